"""One question over HTTP on a connection of its own, as a visitor or a proxy asks it."""

import http.client
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

SECONDS = 60
"""How long an answer may take."""


@dataclass
class Answer:
    """Its status (0: none came), seconds it took, headers in lower case, and body."""

    status: int
    seconds: float
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes = b""
    cookies: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")

    @property
    def place(self) -> str:
        """Path that it sends on to; "" where it sends nowhere."""
        return urlsplit(self.headers.get("location", "")).path


def ask(
    port: int,
    method: str,
    path: str,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    *,
    tls: ssl.SSLContext | None = None,
    seconds: float = SECONDS,
) -> Answer:
    """Ask 127.0.0.1; a server that dies or hangs gives status 0."""
    began = time.perf_counter()
    kind: Any = http.client.HTTPSConnection if tls else http.client.HTTPConnection
    more = {"context": tls} if tls else {}
    # By its name where TLS is spoken: a proxy that serves several chooses by it.
    connection = kind("localhost" if tls else "127.0.0.1", port, timeout=seconds, **more)
    try:
        connection.request(method, path, body or None, dict(headers or {}))
        answer = connection.getresponse()
        content = answer.read()
        given = {name.lower(): value for name, value in answer.getheaders()}
        cookies = answer.headers.get_all("Set-Cookie") or []
        return Answer(answer.status, time.perf_counter() - began, given, content, cookies)
    except (OSError, http.client.HTTPException):
        return Answer(0, time.perf_counter() - began)
    finally:
        connection.close()


def ask_raw(
    port: int,
    words: bytes,
    *,
    tls: ssl.SSLContext | None = None,
    seconds: float = 10,
) -> bytes:
    """Send these bytes as they are, and read until the other side hangs up or says no more."""
    held: socket.socket = socket.create_connection(("127.0.0.1", port), timeout=seconds)
    if tls:
        held = tls.wrap_socket(held, server_hostname="localhost")
    with held:
        heard = b""
        try:
            held.sendall(words)
            while more := held.recv(65536):
                heard += more
        except OSError:
            pass
        return heard
