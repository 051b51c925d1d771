"""A part that failed is left alone for some seconds, so that nobody waits for it twice.

State of one process, which is right: it says what this process has met, and is forgotten with it.
After M. Nygard, "Release It!" (2nd ed.), chapter 5: closed, open, and one that tries again.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog

log = structlog.get_logger(__name__)


class Away(Exception):
    """The part failed lately and is left alone; nothing was tried."""


class Breaker:
    """Whether a part may be asked, by how it answered before.

    Args:
        part: its name in logs and on the desk.
        rest: seconds for which it is left alone after a failure.
    """

    def __init__(self, part: str, rest: Callable[[], float]) -> None:
        self.part = part
        self._rest = rest
        self._lock = threading.Lock()
        self._ask_again_at: float | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is left alone; asks nothing and changes nothing."""
        return self._ask_again_at is not None and time.monotonic() < self._ask_again_at

    @property
    def has_failed(self) -> bool:
        """Whether the last that is known of it is a failure."""
        return self._ask_again_at is not None

    def may_ask(self) -> bool:
        """Whether to try it now. When its rest is over one caller tries and the others do not."""
        if self._ask_again_at is None:
            return True
        with self._lock:
            if self._ask_again_at is None:
                return True
            if time.monotonic() < self._ask_again_at:
                return False
            self._ask_again_at = time.monotonic() + self._rest()
            return True

    def failed(self, error: BaseException | str) -> None:
        with self._lock:
            is_news = self._ask_again_at is None
            self._ask_again_at = time.monotonic() + self._rest()
        if is_news:
            # What an error says may carry an address and its password.
            log.warning("a part is away", part=self.part, error=_kind_of(error))

    def worked(self) -> bool:
        """Note that it answered; whether it had been away until now."""
        if self._ask_again_at is None:
            return False
        with self._lock:
            was_away, self._ask_again_at = self._ask_again_at is not None, None
        if was_away:
            log.warning("a part is back", part=self.part)
        return was_away

    @contextmanager
    def asking(self, *failures: type[BaseException]) -> Iterator[None]:
        """Do something with the part; these errors are failures of it, and are raised on.

        Raises:
            Away: it is left alone; the block was not entered.
        """
        if not self.may_ask():
            raise Away(self.part)
        try:
            yield
        except failures as error:
            self.failed(error)
            raise
        self.worked()


def _kind_of(error: BaseException | str) -> str:
    return error if isinstance(error, str) else type(error).__name__


_breakers: dict[str, Breaker] = {}


def breaker(part: str) -> Breaker:
    """This process's breaker of a part: "redis", "broker", "mail", "search", "scanner"."""
    return _breakers.setdefault(part, Breaker(part, lambda: rest_of(part)))


def rest_of(part: str) -> float:
    from django.conf import settings

    return settings.MAIL_LEFT_ALONE_SECONDS if part == "mail" else settings.LEFT_ALONE_SECONDS


def forget_all() -> None:
    """As in a process that has just started."""
    _breakers.clear()
