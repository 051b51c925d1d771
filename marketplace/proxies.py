"""Whose word about a visitor is believed: that of the proxies which the settings name."""

from collections.abc import Callable
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from marketplace.arrival import HEADER

SAID_BY_PROXIES = ("HTTP_X_FORWARDED_", "HTTP_FORWARDED", "HTTP_X_REAL_IP", HEADER)
"""What begins so in a request’s META tells where it comes from, how and since when."""


class TrustedProxyMiddleware:
    """Forgets what a request says of its own way, unless a proxy of ours brought it.

    Else whoever reaches the site past the proxy could name any address as their own, and so have
    no limit on tries to sign in, and call plain HTTP safe. Stands above all that reads it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.proxies = [ip_network(each, strict=False) for each in settings.TRUSTED_PROXIES]

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not self._is_proxy(request.META.get("REMOTE_ADDR", "")):
            for name in [name for name in request.META if name.startswith(SAID_BY_PROXIES)]:
                del request.META[name]
        return self.get_response(request)

    def _is_proxy(self, address: str) -> bool:
        if not address:
            return True  # a socket file: whoever opens it is on this machine, and let in
        try:
            found = ip_address(address)
        except ValueError:
            return False
        found = getattr(found, "ipv4_mapped", None) or found
        return any(found in network for network in self.proxies)
