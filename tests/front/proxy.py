"""The proxy as it ships, in front of the site as it ships.

`proxy/nginx.conf.template` is filled in as nginx's image does it, from the variables that the
compose file gives to the proxy; only addresses, folders and ports are the test's own.
"""

import os
import shutil
import ssl
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.asking import Answer, ask
from tests.production import (
    ROOT,
    Process,
    collect_static,
    compose,
    empty_database,
    settings_for,
    web,
)
from tools.services import free_port

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
TEMPLATE = ROOT / "proxy" / "nginx.conf.template"
PICTURE = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"
    b"\x1f\x15\xc4\x89\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0P\x0f\x00\x04\x85\x01\x80\x84\xa9"
    b"\x8c!\x00\x00\x00\x00IEND\xaeB`\x82"
)


@dataclass
class Front:
    """A proxy that runs, the site behind it, and where to ask either."""

    folder: Path
    env: Mapping[str, str]
    proxy: Process
    site: Process
    https: int
    http: int
    web_port: int

    @property
    def url(self) -> str:
        return f"https://localhost:{self.https}"

    def ask(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        **more: float,
    ) -> Answer:
        """As a visitor: over TLS, with the name of the site."""
        given = {"Host": f"localhost:{self.https}", **(headers or {})}
        return ask(self.https, method, path, given, body, tls=trusting(), **more)

    def tracebacks(self) -> str:
        """What the site logged of faults since it started."""
        return self.site.log.read_text(errors="replace")

    def said(self) -> str:
        """What the proxy logged since it started; it repeats what visitors send, byte by byte."""
        return self.proxy.log.read_text(errors="replace")


def trusting() -> ssl.SSLContext:
    """A client's TLS that takes the test's certificate."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def make_certificate(folder: Path) -> None:
    """A certificate for localhost that signs itself, where an ACME client would leave one."""
    folder.mkdir()
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "2", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=DNS:localhost"),
            *("-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem"),
        ],
        check=True,
        capture_output=True,
    )


def shipped_variables() -> dict[str, str]:
    """What the compose file gives to the proxy, with the defaults that it names."""
    found = {}
    for name, value in compose()["services"]["proxy"]["environment"].items():
        text = str(value)
        if text.startswith("${") and ":-" in text:
            text = text[2:-1].partition(":-")[2]
        found[name] = text
    return found


def fill_in(folder: Path, values: Mapping[str, str]) -> Path:
    """The configuration, as nginx's image writes it: only variables of the proxy are replaced."""
    names = " ".join(f"${{{name}}}" for name in values if name.startswith("PROXY_"))
    made = subprocess.run(
        ["envsubst", names],
        input=TEMPLATE.read_text(),
        env={**values, "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    place = folder / "nginx.conf"
    place.write_text(made.stdout)
    return place


@contextmanager
def standing(
    folder: Path, web_port: int, site: Mapping[str, str], **more: str
) -> Iterator[tuple[Process, int, int]]:
    """The proxy in front of a port; the process, its port for HTTPS, and that for HTTP."""
    host, _, https = site["SITE_URL"].removeprefix("https://").partition(":")
    http, status = free_port(), free_port()
    temporary = folder / "proxy"
    temporary.mkdir(mode=0o777)
    temporary.chmod(0o777)
    (folder / "acme").mkdir()
    make_certificate(folder / "tls")
    values = {
        **shipped_variables(),
        "PROXY_TMP": str(temporary),
        "PROXY_TLS": str(folder / "tls"),
        "PROXY_ACME": str(folder / "acme"),
        "PROXY_FILES": str(ROOT / "proxy"),
        "PROXY_ROOT": str(folder),
        "PROXY_HTTP": f"127.0.0.1:{http}",
        "PROXY_HTTPS": f"127.0.0.1:{https}",
        "PROXY_STATUS": f"127.0.0.1:{status}",
        "PROXY_HOSTS": host,
        "PROXY_SITE": site["SITE_URL"],
        "PROXY_PORT_IN_ADDRESS": f":{https}",
        "PROXY_WEB": f"127.0.0.1:{web_port}",
        "PROXY_RESOLVER": "127.0.0.1",
        **more,
    }
    config = fill_in(temporary, values)
    command = [NGINX, "-c", str(config), "-g", "daemon off;"]

    def answers() -> bool:
        return ask(status, "GET", "/").status == 200

    proxy = Process(command, {"PATH": os.environ["PATH"]}, folder / "proxy.log", answers)
    proxy.start()
    try:
        yield proxy, int(https), http
    finally:
        proxy.stop()


@contextmanager
def front(**more: str) -> Iterator[Front]:
    """Everything: an empty database, gunicorn with production settings, and the proxy.

    Args:
        more: variables of the site, or of the proxy where they begin with `PROXY_`.
    """
    server, redis = os.environ["DATABASE_URL"], os.environ["REDIS_URL"]
    folder = Path(tempfile.mkdtemp(prefix="golden-thread-front-"))
    folder.chmod(0o755)
    of_proxy = {name: value for name, value in more.items() if name.startswith("PROXY_")}
    of_site = {name: value for name, value in more.items() if name not in of_proxy}
    host = f"localhost:{free_port()}"
    env = settings_for(folder, database="", redis=redis, host=host, **of_site)
    try:
        with empty_database(server, lambda url: {**env, "DATABASE_URL": url}) as url:
            env["DATABASE_URL"] = url
            collect_static(env)
            site, port = web(env, folder)
            site.start()
            try:
                with standing(folder, port, env, **of_proxy) as (proxy, https, http):
                    yield Front(folder, env, proxy, site, https, http, port)
            finally:
                site.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def alone(**more: str) -> Iterator[Front]:
    """The proxy with nothing behind it; a test may listen on `web_port`."""
    folder = Path(tempfile.mkdtemp(prefix="golden-thread-front-"))
    folder.chmod(0o755)
    port = free_port()
    env = {"SITE_URL": f"https://localhost:{free_port()}"}
    nothing = Process([], {}, folder / "web.log")
    try:
        with standing(folder, port, env, **more) as (proxy, https, http):
            yield Front(folder, env, proxy, nothing, https, http, port)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
