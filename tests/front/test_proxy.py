"""Through the proxy, as a visitor: what it lets on, what it keeps back, what it says itself."""

import gzip
import http.client
import os
import re
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.conf import settings

from tests.asking import ask, ask_raw
from tests.front.proxy import PICTURE, TEMPLATE, Front, alone, shipped_variables, trusting
from tests.production import compose

pytestmark = pytest.mark.services

HEADERS = {
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": settings.HEADERS["Permissions-Policy"],
}


@pytest.fixture
def site(standing_front: Front) -> Front:
    return standing_front


def test_pages_come_through_over_tls_and_http_leads_there(site: Front) -> None:
    assert site.ask("GET", "/healthz").text == "ok"
    page = site.ask("GET", "/")
    assert (page.status, "<h1" in page.text) == (200, True)
    plain = ask(site.http, "GET", "/search/?q=a", {"Host": f"localhost:{site.http}"})
    assert (plain.status, plain.headers["location"]) == (308, f"{site.url}/search/?q=a")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/search/", 200),
        ("/accounts/login/", 200),
        ("/no-such-page/", 404),
        ("/static/site.css", 200),
        ("/media/no-such.png", 404),
        ("/media/images/there.png", 200),
        ("/media/documents/evil.html", 200),
        ("/proxy-errors/page.css", 200),
        ("/proxy-errors/404.html", 404),
        ("/readyz", 404),
        ("/" + "a" * 9000, 414),
        ("/" + "a" * 7900 + "/", 404),
        ("/" + "a" * 8100, 414),
    ],
)
def test_every_answer_carries_the_headers(site: Front, path: str, status: int) -> None:
    put(site, "images/there.png", PICTURE)
    put(site, "documents/evil.html", b"<script>alert(1)</script>")
    if path == "/static/site.css":
        path = re.findall(r'href="(/static/site[^"]*css)"', site.ask("GET", "/").text)[0]
    answer = site.ask("GET", path)
    assert answer.status == status
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src" in policy
    assert "server" not in answer.headers or answer.headers["server"] in ("nginx", "gunicorn")


def put(site: Front, name: str, content: bytes) -> None:
    place = site.folder / "media" / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    for folder in place.parents:
        if folder != site.folder and site.folder in folder.parents:
            folder.chmod(0o755)


@pytest.mark.parametrize(
    ("name", "shows"),
    [
        ("images/one.max-165x165.png", "inline"),
        ("images/one.webp", "inline"),
        ("images/one.svg", "attachment"),
        ("images/one.png.html", "attachment"),
        ("images/one.html", "attachment"),
        ("original_images/one.png", "attachment"),
        ("documents/evil.html", "attachment"),
        ("documents/evil.js", "attachment"),
        ("documents/evil.svg", "attachment"),
        ("documents/evil.pdf", "attachment"),
        ("evil", "attachment"),
    ],
)
def test_media_shows_pictures_and_runs_nothing(site: Front, name: str, shows: str) -> None:
    put(site, name, PICTURE)
    answer = site.ask("GET", f"/media/{name}")
    assert answer.status == 200
    assert answer.headers["content-disposition"] == shows
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    kind = answer.headers["content-type"].partition(";")[0]
    assert kind.startswith("image/") or shows == "attachment"
    assert "svg" not in kind and "script" not in kind


@pytest.mark.parametrize(
    "path",
    [
        "/media/",
        "/media",
        "/media/images/",
        "/media/images",
        "/media/.hidden",
        "/media/.git/config",
        "/media/images/.one.png",
        "/media/link.png",
        "/media/linked/fullchain.pem",
        "/media/../private/secret.txt",
        "/media/%2e%2e/private/secret.txt",
        "/media/..%2fprivate/secret.txt",
        "/media/images/..%5c..%5cprivate/secret.txt",
        "/media//../../private/secret.txt",
        "/media/images/%00.png",
        "/proxy-errors/../nginx.conf.template",
    ],
)
def test_nothing_else_of_the_disk_is_reached(site: Front, path: str) -> None:
    secret = site.folder / "private" / "secret.txt"
    secret.parent.mkdir(exist_ok=True)
    secret.write_text("secret")
    put(site, ".hidden", b"secret")
    put(site, ".git/config", b"secret")
    put(site, "images/.one.png", b"secret")
    for name, to in {"link.png": secret, "linked": site.folder / "tls"}.items():
        place = site.folder / "media" / name
        if not place.is_symlink():
            place.symlink_to(to)
    said = raw(site, f"GET {path} HTTP/1.1\nHost: localhost:{site.https}\nConnection: close\n\n")
    assert int(said.split()[1]) in (301, 302, 400, 403, 404)
    assert b"secret" not in said.replace(b"secret.txt", b"")
    assert b"PRIVATE" not in said and b"CERTIFICATE" not in said


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "PUT", "DELETE", "PATCH", "FOO"])
def test_other_methods_end_at_the_proxy(site: Front, method: str) -> None:
    assert site.ask(method, "/").status in (400, 405)
    assert site.ask(method, "/media/images/one.png").status in (400, 403, 404, 405)


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1", ""])
def test_another_name_is_not_answered(site: Front, host: str) -> None:
    assert ask(site.https, "GET", "/", {"Host": host}, tls=trusting()).status in (0, 400, 421)
    assert ask(site.http, "GET", "/", {"Host": host}).status in (0, 400)


def raw(site: Front, words: str) -> bytes:
    return ask_raw(site.https, words.encode().replace(b"\n", b"\r\n"), tls=trusting())


@pytest.mark.parametrize(
    "words",
    [
        # Both lengths (RFC 9112, 6.3): who counts otherwise than we would read a second request.
        "POST / HTTP/1.1\nHost: {host}\nContent-Length: 6\nTransfer-Encoding: chunked\n\n0\n\nG",
        "POST / HTTP/1.1\nHost: {host}\nContent-Length: 6\nContent-Length: 5\n\n0\n\nG",
        "POST / HTTP/1.1\nHost: {host}\nTransfer-Encoding: xchunked\n\n0\n\nG",
        "POST / HTTP/1.1\nHost: {host}\nTransfer-Encoding: chunked\nTransfer-Encoding: x\n\n0\n\n",
        "POST / HTTP/1.1\nHost: {host}\nTransfer-Encoding : chunked\n\n0\n\nG",
        "POST / HTTP/1.1\nHost: {host}\nContent-Length: -1\n\n",
        "POST / HTTP/1.1\nHost: {host}\nContent-Length: 99999999999999999999999\n\n",
        "POST / HTTP/1.1\nHost: {host}\nTransfer-Encoding: chunked\n\nzz\n\n",
        "GET / HTTP/1.1\nHost: {host}\nHost: evil.example\n\n",
        "GET http://evil.example/ HTTP/1.1\nHost: {host}\n\n",
        "GET / HTTP/1.1\nHost: {host}\nX: {long}\n\n",
        "GET / HTTP/9.9\nHost: {host}\n\n",
        "GET /\x01 HTTP/1.1\nHost: {host}\n\n",
        "\n\n\n\x16\x03",
    ],
)
def test_odd_requests_are_refused_and_smuggle_nothing(site: Front, words: str) -> None:
    smuggled = "GET /smuggled HTTP/1.1\nHost: {host}\n\n"
    said = raw(site, (words + smuggled).format(host=f"localhost:{site.https}", long="a" * 40_000))
    assert said.count(b"HTTP/1.1 ") <= 1
    assert not said or int(said.split()[1]) in (400, 404, 405, 411, 413, 414, 421, 431, 501, 505)
    assert "/smuggled" not in site.tracebacks()


def test_what_the_proxy_logged_can_be_read_whatever_was_sent(site: Front) -> None:
    site.ask("GET", "/no-%ED-text")
    until = time.monotonic() + 10  # it writes its line once the answer has gone
    while "/no-\ufffd-text" not in site.said() and time.monotonic() < until:
        time.sleep(0.05)
    assert "/no-\ufffd-text" in site.said()


def test_a_body_that_is_too_large_is_refused_in_words(site: Front) -> None:
    most = int(shipped_variables()["PROXY_BODY_BYTES"])
    assert most == settings.REQUEST_MAX_BYTES
    answer = site.ask("POST", "/calls/ask/", {"Content-Length": str(most + 1)})
    assert answer.status == 413
    assert "Nothing of it was kept" in answer.text


class Echo(BaseHTTPRequestHandler):
    """Says what reached it."""

    def do_GET(self) -> None:
        if "slow" in self.path:
            time.sleep(5)
        body = str(self.headers).encode()
        self.send_response(200)
        if "many-headers" in self.path:
            self.send_header("X-Long", "a" * 12_000)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def listening(port: int, handler: type[Echo] = Echo) -> Iterator[None]:
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def bare() -> Iterator[Front]:
    """The proxy with nothing behind it yet; limits as shipped."""
    with alone() as found:
        yield found


MADE_UP = {
    "X-Forwarded-For": "198.51.100.7",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Port": "1",
    "X-Forwarded-Server": "evil",
    "X-Forwarded-Prefix": "/evil",
    "X-Forwarded-Anything": "evil",
    "Forwarded": "for=evil",
    "X-Real-IP": "198.51.100.7",
    "X-Original-URL": "/evil",
    "X-Rewrite-URL": "/evil",
    "X-HTTP-Method-Override": "DELETE",
    "X-Request-ID": "evil-evil-evil",
    "X-Request-Start": "t=evil",
    "Proxy": "http://evil.example",
    "X_Forwarded_For": "198.51.100.7",
    "Script-Name": "/evil",
    "True-Client-IP": "198.51.100.7",
    "Connection": "X-CSRFToken, close",
    "Upgrade": "websocket",
    "Expect": "100-continue",
}


def test_what_a_visitor_says_of_the_way_never_arrives(bare: Front) -> None:
    with listening(bare.web_port):
        heard = bare.ask("GET", "/", {**MADE_UP, "X-CSRFToken": "kept", "HX-Request": "true"})
    assert heard.status == 200
    assert "evil" not in heard.text and "198.51.100.7" not in heard.text
    assert "X-Forwarded-For: 127.0.0.1\n" in heard.text
    assert "X-Forwarded-Proto: https\n" in heard.text
    assert f"Host: localhost:{bare.https}\n" in heard.text
    began = re.search(r"X-Request-Start: t=(\d+\.\d{3})\n", heard.text)
    assert began and abs(float(began[1]) - time.time()) < 5
    assert "X-CSRFToken: kept" in heard.text and "HX-Request: true" in heard.text


def test_an_answer_may_say_much_before_its_text(bare: Front) -> None:
    with listening(bare.web_port):
        heard = bare.ask("GET", "/many-headers")
    assert (heard.status, len(heard.headers["x-long"])) == (200, 12_000)


def test_the_site_away_is_said_in_its_look(bare: Front) -> None:
    answer = bare.ask("GET", "/")
    assert answer.status == 502
    assert "Sorry, the service is not available" in answer.text
    assert "<script" not in answer.text and "style=" not in answer.text
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert answer.headers["cache-control"] == "no-store"


def test_a_site_that_says_nothing_is_left_alone_in_time() -> None:
    with alone(PROXY_READ_SECONDS="1") as bare, listening(bare.web_port):
        answer = bare.ask("GET", "/slow")
    assert (answer.status, answer.seconds < 5) == (504, True)
    assert "Sorry" in answer.text


def test_a_slow_upload_holds_nothing_of_the_site(bare: Front) -> None:
    reached = []

    class Noting(Echo):
        def do_POST(self) -> None:
            reached.append(time.monotonic())
            super().do_POST()

    with listening(bare.web_port, Noting):
        held = trusting().wrap_socket(
            socket.create_connection(("127.0.0.1", bare.https)), server_hostname="localhost"
        )
        head = f"POST / HTTP/1.1\r\nHost: localhost:{bare.https}\r\nContent-Length: 30\r\n"
        held.sendall(f"{head}Connection: close\r\n\r\n".encode())
        for _ in range(3):
            held.sendall(b"a" * 8)
            time.sleep(0.5)
        assert reached == [], "the site waits with the visitor"
        ended = time.monotonic()
        held.sendall(b"a" * 6)
        assert held.recv(12) == b"HTTP/1.1 200"
        held.close()
    assert reached[0] >= ended


def test_who_sends_no_end_of_headers_is_hung_up_on(bare: Front) -> None:
    held = trusting().wrap_socket(
        socket.create_connection(("127.0.0.1", bare.https), timeout=30),
        server_hostname="localhost",
    )
    began = time.monotonic()
    held.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
    try:
        said = held.recv(100)
    except ConnectionError:
        said = b""
    assert not said or b" 408 " in said
    assert 5 < time.monotonic() - began < 20


def test_one_address_has_so_many_connections_and_no_more() -> None:
    statuses: list[int] = []
    go_on = threading.Event()

    class Waiting(Echo):
        def do_GET(self) -> None:
            go_on.wait(60)
            super().do_GET()

    with alone(PROXY_CONNECTIONS="8") as bare, listening(bare.web_port, Waiting):

        def one() -> None:
            statuses.append(bare.ask("GET", "/").status)

        threads = [threading.Thread(target=one) for _ in range(20)]
        for thread in threads:
            thread.start()
        until = time.monotonic() + 60
        while len(statuses) < 12 and time.monotonic() < until:
            time.sleep(0.05)
        go_on.set()
        for thread in threads:
            thread.join()
    assert sorted(statuses) == [200] * 8 + [429] * 12


def test_pages_of_one_person_are_not_compressed(site: Front) -> None:
    accepts = {"Accept-Encoding": "gzip"}
    public = site.ask("GET", "/search/", accepts)
    assert public.headers.get("content-encoding") == "gzip"
    assert "<h1" in gzip.decompress(public.content).decode()
    for path, more in [
        ("/accounts/login/", {}),
        ("/search/", {"Cookie": "sessionid=abc"}),
    ]:
        page = site.ask("GET", path, accepts | more)
        assert (page.status, page.headers.get("content-encoding")) == (200, None)
        assert page.headers["cache-control"] == "private, no-store"


def test_every_variable_of_the_template_is_given(site: Front) -> None:
    named = set(re.findall(r"\$\{(PROXY_\w+)\}", TEMPLATE.read_text()))
    assert named == {name for name in shipped_variables() if name.startswith("PROXY_")}
    assert compose()["services"]["proxy"]["environment"]["NGINX_ENVSUBST_FILTER"] == "^PROXY_"


def test_the_tls_is_new_enough(site: Front) -> None:
    held = http.client.HTTPSConnection("localhost", site.https, context=trusting())
    held.request("GET", "/healthz", headers={"Host": f"localhost:{site.https}"})
    held.getresponse().read()
    assert held.sock.version() in ("TLSv1.2", "TLSv1.3")  # type: ignore[union-attr]
    held.close()


def test_it_reads_its_certificate_anew_when_told(site: Front) -> None:
    """As `docker compose kill -s HUP proxy` does after a renewal: nobody is cut off."""
    assert site.proxy.running
    os.kill(site.proxy.running.pid, signal.SIGHUP)
    for _ in range(20):
        assert site.ask("GET", "/healthz").status == 200
