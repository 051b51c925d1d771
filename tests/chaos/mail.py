"""A mail server that can be silent, slow, refusing, bouncing or grey, and knows what it took."""

import threading
from collections import Counter
from email import message_from_bytes
from typing import Any

from aiosmtpd.controller import Controller

TAKES, GREY, BOUNCES, DROPS = "takes", "grey", "bounces", "drops"


class Handler:
    """Counts each message by whom it is to and its subject."""

    def __init__(self) -> None:
        self.mode = TAKES
        self.taken: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self.mode == GREY:
            return "451 4.7.1 try again later"
        if self.mode == BOUNCES and "bounces" in address:
            return "550 5.1.1 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.mode == DROPS:
            return "421 4.3.0 closing"
        subject = str(message_from_bytes(envelope.content)["Subject"])
        with self._lock:
            for address in envelope.rcpt_tos:
                self.taken[address, subject] += 1
        return "250 OK"

    def taken_by(self, address: str) -> int:
        with self._lock:
            return sum(number for (to, _), number in self.taken.items() if to == address)

    def twice(self) -> int:
        """How many messages came more than once."""
        with self._lock:
            return sum(number - 1 for number in self.taken.values())


def start(port: int) -> tuple[Controller, Handler]:
    handler = Handler()
    controller = Controller(handler, hostname="127.0.0.1", port=port, ready_timeout=30)
    controller.start()
    return controller, handler
