import socket

from django.apps import AppConfig
from django.conf import settings


class OutagesConfig(AppConfig):
    name = "marketplace.outages"
    label = "outages"

    def ready(self) -> None:
        # For whatever opens a socket and names no limit of its own.
        socket.setdefaulttimeout(settings.SOCKET_TIMEOUT)
