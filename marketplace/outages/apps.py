import socket

from django.apps import AppConfig
from django.conf import settings
from django.db.backends.signals import connection_created


class OutagesConfig(AppConfig):
    name = "marketplace.outages"
    label = "outages"

    def ready(self) -> None:
        from marketplace.outages.replies import limit_replies

        connection_created.connect(limit_replies)
        # For whatever opens a socket and names no limit of its own.
        socket.setdefaulttimeout(settings.SOCKET_TIMEOUT)
