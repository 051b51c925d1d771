"""What no browser sends is turned away in words, and nothing behind it fails."""

import re
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.handlers.wsgi import WSGIHandler
from django.db import DataError
from django.http import HttpResponse
from django.test import Client, RequestFactory

from marketplace.door import readable
from marketplace.middleware import CleanTextMiddleware
from tests.attack.hostile import BODIES, HEADERS, NEXT, TEXTS
from tests.factories import UserFactory, sign_in

pytestmark = pytest.mark.django_db
SHORT = {name: text for name, text in TEXTS.items() if len(text) < 2000}


@pytest.mark.parametrize("path", ["/%00", "/calls/%00/questions/", "/organisations/a%00b/"])
def test_an_address_with_a_nul_is_not_there(path: str) -> None:
    assert Client().get(path).status_code == 404


@pytest.mark.parametrize(
    "value", ['"abcdefghijkl\\000mn"', '"abc\\012defghijkl"', '"\\177abcdefghi"']
)
def test_a_session_with_control_characters_is_none(value: str) -> None:
    answer = Client().get("/dashboard/", headers={"Cookie": f"sessionid={value}"})
    assert answer.status_code == 302
    assert "/accounts/login/" in answer["Location"]


@pytest.mark.parametrize("charset", ["utf-16", "utf-7", "latin-1", "us-ascii"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_another_encoding_is_refused(charset: str, method: str) -> None:
    kind = f"application/x-www-form-urlencoded; charset={charset}"
    assert Client().generic(method, "/search/?q=%ff", b"q=%ff", kind).status_code == 400


@pytest.mark.parametrize("charset", ["hex", "zip", "rot13", "HEX", '"hex"', "base64", "uu", "idna"])
def test_an_encoding_that_is_none_reaches_no_django(charset: str) -> None:
    kind = f"application/x-www-form-urlencoded; charset={charset}"
    request = RequestFactory().generic("POST", "/search/?q=%ff", b"q=%ff", "text/plain")
    heard: list[str] = []

    def started(status: str, headers: object) -> None:
        heard.append(status)

    b"".join(readable(WSGIHandler())({**request.environ, "CONTENT_TYPE": kind}, started))
    assert int(heard[0].split()[0]) < 500


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8"])
def test_ours_is_taken(charset: str) -> None:
    kind = f"application/x-www-form-urlencoded; charset={charset}"
    sent = b"login=a%40example.org&password=x"
    assert Client().generic("POST", "/accounts/login/", sent, kind).status_code == 200


def test_what_is_too_large_is_not_read_to_say_so() -> None:
    kind = "application/x-www-form-urlencoded"
    more = {"CONTENT_LENGTH": str(settings.REQUEST_MAX_BYTES + 1)}
    answer = Client().generic("POST", "/calls/ask/", b"q=1", kind, **more)
    assert answer.status_code == 413


@pytest.mark.parametrize("name", HEADERS)
def test_no_header_is_a_fault(name: str) -> None:
    for client in (Client(), sign_in(Client(), UserFactory())):
        for path in ("/", "/search/?q=a", "/dashboard/"):
            assert client.get(path, headers=HEADERS[name]).status_code < 500


# What is kept from Django before it begins is tried above.
REACH_DJANGO = [
    name for name, (kind, _) in BODIES.items() if not re.search(r"charset=(?:hex|\.\./)", kind)
]


@pytest.mark.parametrize("name", REACH_DJANGO)
def test_no_body_is_a_fault(name: str) -> None:
    kind, body = BODIES[name]
    client = sign_in(Client(), UserFactory())
    for path in ("/calls/ask/", "/accounts/login/", "/accounts/signup/"):
        assert client.generic("POST", path, body, kind).status_code < 500


@pytest.mark.parametrize("name", SHORT)
def test_no_text_is_a_fault(name: str) -> None:
    text = SHORT[name]
    client = sign_in(Client(), UserFactory())
    sent = {"topic": text, "text": text, "region": text, "email": text, "name": text}
    for path in ("/calls/ask/", "/organisations/register/", "/accounts/email/"):
        safe = {key: value.encode("utf-8", "replace").decode() for key, value in sent.items()}
        assert client.post(path, safe).status_code < 500


@pytest.mark.parametrize("name", NEXT)
def test_signing_in_leads_nowhere_else(name: str) -> None:
    client = sign_in(Client(), UserFactory())
    place = client.get("/accounts/login/", {"next": NEXT[name]}).headers.get("Location", "")
    assert not urlsplit(place).netloc
    assert not place.startswith(("//", "/\\", "\\", "javascript", "data"))


@pytest.mark.parametrize("who", ["officer", "visitor"])
def test_a_nul_in_what_is_looked_up_is_refused_in_words(who: str) -> None:
    """PostgreSQL takes none in any text; ours and Wagtail’s."""
    client = Client()
    if who == "officer":
        sign_in(client, UserFactory(is_superuser=True))
    else:
        sign_in(client, UserFactory())
    for path in ("/admin/tag-autocomplete/?term=%00", "/admin/images/?q=%00&tag=%00", "/?q=%00"):
        assert client.get(path).status_code < 500, path
    assert client.post("/organisations/register/", {"join": "a\x00"}).status_code < 500


@pytest.mark.parametrize("kind", [DataError, ValueError])
def test_only_a_nul_is(kind: type[Exception]) -> None:
    seen = CleanTextMiddleware(lambda request: HttpResponse())
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    said = kind("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    answer = seen.process_exception(request, said)
    assert answer is not None and answer.status_code == 400
    assert seen.process_exception(request, kind("another fault")) is None
