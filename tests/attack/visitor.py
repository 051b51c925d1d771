"""A visitor who speaks HTTP through the proxy, signed in or not; walks as a test client does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client

from marketplace.accounts.models import User
from tests.asking import Answer
from tests.factories import sign_in
from tests.front.proxy import Front

TOKEN = "c" * 32
FORM = "application/x-www-form-urlencoded"


class Heard(Answer):
    """An answer that reads as a test client’s does."""

    @property
    def status_code(self) -> int:
        return self.status

    def __getitem__(self, name: str) -> str:
        return self.headers[name.lower()]

    @property
    def location(self) -> str:
        return self.headers.get("location", "")


class Headers(dict):
    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)


@dataclass
class Visitor:
    """One person with one session; `None` is nobody."""

    front: Front
    person: User | None = None
    cookies: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.enter()

    def enter(self) -> None:
        """Begin a session, as if they had signed in with their second factor."""
        self.cookies["csrftoken"] = TOKEN
        if self.person:
            client = sign_in(Client(), self.person)
            name = settings.SESSION_COOKIE_NAME
            self.cookies[name] = client.cookies[name].value

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Heard:
        return self.ask("GET", path, headers)

    def post(
        self,
        path: str,
        fields: Mapping[str, Any] | None = None,
        *,
        page: str = "/",
        headers: Mapping[str, str] | None = None,
    ) -> Heard:
        given_ = {"csrfmiddlewaretoken": TOKEN, **(fields or {})}
        sent = urlencode(given_, doseq=True, encoding="utf-8", errors="surrogatepass")
        body = sent.encode()
        given = {"Content-Type": FORM, **self.from_page(page), **(headers or {})}
        return self.ask("POST", path, given, body)

    def from_page(self, page: str) -> dict[str, str]:
        return {"Origin": self.front.url, "Referer": self.front.url + page.split("?")[0]}

    def ask(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Heard:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        given = {"Cookie": cookies, **(headers or {})}
        found = self.front.ask(method, path, given, body)
        return Heard(
            found.status, found.seconds, Headers(found.headers), found.content, found.cookies
        )


def multipart(
    fields: Mapping[str, str], files: Sequence[tuple[str, str, bytes]]
) -> tuple[bytes, str]:
    """A form with files (field, name, content), as bytes, and its content type."""
    mark = "golden-thread-attack"
    parts = []
    for name, value in fields.items():
        head = f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
        parts += [head.encode(), value.encode(), b"\r\n"]
    for name, file, content in files:
        head = f'--{mark}\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"'
        parts += [f"{head}\r\n\r\n".encode("utf-8", "replace"), content, b"\r\n"]
    return b"".join([*parts, f"--{mark}--\r\n".encode()]), f"multipart/form-data; boundary={mark}"
