"""Requests letter by letter, forms from pages that are none, and pages asked for anew."""

from collections.abc import Callable
from urllib.parse import urlencode

from tests.asking import ask_raw
from tests.attack.scene import Scene, broken
from tests.attack.visitor import TOKEN
from tests.front.proxy import trusting

SPOKEN = {
    "HTTP/1.0": "GET /search/ HTTP/1.0\r\nHost: {host}\r\n\r\n",
    "HTTP/1.0 without a name": "GET / HTTP/1.0\r\n\r\n",
    "HTTP/0.9": "GET /\r\n",
    "no name": "GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
    "method in small letters": "get / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n",
    "method of WebDAV": "PROPFIND / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\n\r\n",
    "OPTIONS of all": "OPTIONS * HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n",
    "whole address": "GET {url}/search/ HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n",
    "fragment": "GET /#/../admin/ HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n",
    "asked whether to go on": (
        "POST /calls/ask/ HTTP/1.1\r\nHost: {host}\r\nExpect: 100-continue\r\n"
        "Content-Length: 1\r\nConnection: close\r\n\r\na"
    ),
    "another expectation": (
        "POST /calls/ask/ HTTP/1.1\r\nHost: {host}\r\nExpect: 200-maybe\r\n"
        "Content-Length: 1\r\nConnection: close\r\n\r\na"
    ),
    "in chunks": (
        "POST /accounts/login/ HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n\r\n"
        "3;a=b\r\na=b\r\n0\r\nX-Trailer: evil\r\n\r\n"
    ),
    "less than said": "POST /calls/ask/ HTTP/1.1\r\nHost: {host}\r\nContent-Length: 99\r\n\r\na",
    "lines that go on": "GET / HTTP/1.1\r\nHost: {host}\r\nX: a\r\n b\r\nConnection: close\r\n\r\n",
    "space before a colon": "GET / HTTP/1.1\r\nHost : {host}\r\nConnection: close\r\n\r\n",
    "header without a name": "GET / HTTP/1.1\r\nHost: {host}\r\n: x\r\nConnection: close\r\n\r\n",
    "hundreds of headers": (
        "GET / HTTP/1.1\r\nHost: {host}\r\n" + "A: b\r\n" * 300 + "Connection: close\r\n\r\n"
    ),
    "lines end otherwise": "GET / HTTP/1.1\nHost: {host}\nConnection: close\n\n",
    "two spaces": "GET  /  HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n",
    "name with letters of others": (
        "GET / HTTP/1.1\r\nHost: \uff4cocalhost\r\nConnection: close\r\n\r\n"
    ),
    "name with a dot": "GET / HTTP/1.1\r\nHost: localhost.:{port}\r\nConnection: close\r\n\r\n",
    "upgrade": (
        "GET / HTTP/1.1\r\nHost: {host}\r\nUpgrade: h2c, websocket\r\n"
        "Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n"
    ),
}
"""Requests as they are sent, letter by letter."""

WAYS_HERE: dict[str, dict[str, str]] = {
    "page before without an end": {"Referer": "http://[", "Origin": "{url}"},
    "page before that is none": {"Referer": "https://[x]/y", "Origin": "{url}"},
    "origin without an end": {"Referer": "{url}/", "Origin": "http://[::1"},
    "both": {"Referer": "//[", "Origin": "//["},
    "neither": {},
    "page before with a line break": {
        "Referer": "{url}/%0d%0aSet-Cookie:evil=1",
        "Origin": "{url}",
    },
    "page of a script": {
        "Referer": "{url}/",
        "Origin": "{url}",
        "HX-Request": "true",
        "HX-Current-URL": "http://[",
    },
}
"""Where a form says that it was sent from."""


def spoken(words: str) -> Callable[[Scene], list[str]]:
    """Letter by letter, with a second request behind it that nobody may answer as another’s."""

    def act(scene: Scene) -> list[str]:
        port = scene.front.https
        host = f"localhost:{port}"
        sent = words.format(host=host, url=scene.front.url, port=port).encode()
        said = ask_raw(port, sent, tls=trusting(), seconds=30)
        status = said.split()[1] if said.startswith(b"HTTP/") else b"0"
        wrong = [f"{status.decode()}"] if status >= b"500" else []
        if said.count(b"HTTP/1.1 ") > 1 and b"HTTP/1.1 100 " not in said:
            wrong.append("two answers")
        head = said.partition(b"\r\n\r\n")[0].lower()
        if b"evil" in head:
            wrong.append("speaks of what was made up")
        return wrong

    return act


def sent_from(headers: dict[str, str]) -> Callable[[Scene], list[str]]:
    """Forms of somebody signed in and of nobody, sent from a page that is none."""

    def act(scene: Scene) -> list[str]:
        given = {name: value.format(url=scene.front.url) for name, value in headers.items()}
        answers = {}
        for who in ("visitor", "owner", "officer"):
            for path in ("/calls/ask/", "/accounts/login/", "/admin/desk/calls/new/", "/search/"):
                sent = {"csrfmiddlewaretoken": TOKEN, "text": "Some words", "next": "0"}
                body = urlencode(sent).encode()
                kind = {"Content-Type": "application/x-www-form-urlencoded"}
                answers[f"{who}, {path}"] = scene.people[who].ask(
                    "POST", path, {**kind, **given}, body
                )
        return broken(answers)

    return act


def asked_anew(scene: Scene) -> list[str]:
    """Nobody is told that a page of one person’s is still the same: it is not kept anywhere."""
    wrong = []
    headers = {
        "If-None-Match": "*",
        "If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT",
        "Range": "bytes=0-9",
        "If-Range": "x",
    }
    for who, path in [("owner", "/dashboard/"), ("officer", "/admin/desk/calls/"), ("owner", "/")]:
        for name, value in headers.items():
            found = scene.people[who].get(path, {name: value})
            if found.status != 200 or "no-store" not in found.headers.get("cache-control", ""):
                wrong.append(f"{path} with {name}: {found.status}")
            if "cookie" not in found.headers.get("vary", "").lower():
                wrong.append(f"{path}: the same for all ({found.headers.get('vary')})")
    return wrong
