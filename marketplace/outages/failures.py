"""Which errors say that a part is away or busy, and that trying again may help."""

import errno

from django.db import InterfaceError, InternalError, OperationalError
from kombu.exceptions import OperationalError as QueueError
from redis.exceptions import RedisError

PASSING_STATES = ("25P03", "25006")
"""PostgreSQL's codes, of those that Django calls internal: a transaction that was idle for too long
was ended; the server is a copy that takes no writes. (Appendix A)"""

DISK = frozenset(
    {
        *(errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ESTALE),
        *(errno.EMFILE, errno.ENFILE),
    }
)
"""What a disk says that is full or fails, or a process that has too much open. (errno(3))"""

RETRY_AFTER = 10
"""Seconds after which we ask browsers and programs to try again."""


def is_passing(error: BaseException | None) -> bool:
    """Whether a part that failed, and neither the person nor the code, is to blame.

    The database: away, restarting, out of room; a statement or a wait for a lock that took too
    long; a deadlock. The store of files: it does not answer, or a disk is full or fails, be it that
    on which uploads wait. The queue or the cache, where nothing caught it.
    """
    if isinstance(error, OperationalError | InterfaceError | RedisError | QueueError):
        return True
    if isinstance(error, OSError) and error.errno in DISK:
        return True
    if isinstance(error, InternalError):
        return getattr(error.__cause__, "sqlstate", None) in PASSING_STATES
    return error is not None and _is_of_the_store(error)


def _is_of_the_store(error: BaseException) -> bool:
    """botocore's, which is only there where an object store is used."""
    kinds = {
        kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "botocore.exceptions"
    }
    if kinds & {"HTTPClientError", "ConnectionError", "EndpointConnectionError"}:
        return True
    if "ClientError" not in kinds:
        return False
    response = getattr(error, "response", {})
    return response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500
