"""What a request says of its own way counts only where a proxy of ours brought it."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory, override_settings

from marketplace.proxies import TrustedProxyMiddleware

SAID = {
    "HTTP_X_FORWARDED_FOR": "198.51.100.7",
    "HTTP_X_FORWARDED_PROTO": "https",
    "HTTP_X_FORWARDED_HOST": "evil.example",
    "HTTP_FORWARDED": "for=198.51.100.7",
    "HTTP_X_REAL_IP": "198.51.100.7",
    "HTTP_X_REQUEST_START": "t=1732881600.123",
}


def heard_from(address: str) -> set[str]:
    heard: list[HttpRequest] = []

    def view(request: HttpRequest) -> HttpResponse:
        heard.append(request)
        return HttpResponse()

    request = RequestFactory().get("/", REMOTE_ADDR=address, **SAID)
    TrustedProxyMiddleware(view)(request)
    return {name for name in SAID if name in heard[0].META}


@pytest.mark.parametrize(
    ("address", "is_believed"),
    [
        ("10.1.2.3", True),
        ("10.1.2.255", True),
        ("::ffff:10.1.2.3", True),
        ("fd00::9", True),
        ("", True),
        ("10.1.3.1", False),
        ("127.0.0.1", False),
        ("::1", False),
        ("198.51.100.7", False),
        ("unknown", False),
        ("10.1.2.3, 198.51.100.7", False),
    ],
)
@override_settings(TRUSTED_PROXIES=["10.1.2.0/24", "fd00::9"])
def test_only_named_proxies_are_believed(address: str, is_believed: bool) -> None:
    assert heard_from(address) == (set(SAID) if is_believed else set())


def test_without_a_name_only_this_machine_is_believed() -> None:
    assert heard_from("127.0.0.1") == set(SAID)
    assert heard_from("172.17.0.1") == set()
