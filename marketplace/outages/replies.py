"""A database that stopped in the middle of an answer is not waited for without end.

The server's own limits hold while it runs. One that is frozen, with its machine still there to
acknowledge what the network sends, keeps none of them, and psycopg waits for it for ever: a few
seconds of requests would hold every thread.
"""

import time
from typing import Any

from django.conf import settings


def limit_replies(connection: Any, **_: Any) -> None:
    """Receives `connection_created`: each wait of this connection ends after
    `DATABASE_REPLY_SECONDS`, and the connection with it, as nobody knows what it is at."""
    seconds = settings.DATABASE_REPLY_SECONDS
    if connection.vendor != "postgresql" or not seconds:
        return
    held = connection.connection
    wait = held.wait
    failure = connection.Database.OperationalError

    def wait_for_so_long(gen: Any, *args: Any, **kwargs: Any) -> Any:
        began = time.monotonic()
        try:
            return wait(gen, *args, **{"timeout": seconds, **kwargs})
        except failure:
            if time.monotonic() - began >= seconds:
                held.pgconn.finish()
            raise

    held.wait = wait_for_so_long
