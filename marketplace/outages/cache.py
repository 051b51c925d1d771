"""A cache that is quicker with Redis and works without it.

Every operation that Redis refuses, or is too slow for, is done in this process's own memory
instead, and Redis is left alone for some seconds. Limits that count in the cache go on counting
there: each process by itself, so a visitor gets at most as many tries more as there are processes.

Values are signed JSON and nothing else: what somebody else wrote into Redis is no value, and can't
run anything here (Python's own warning about `pickle`). A tuple comes back as a list.
"""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import structlog
from django.conf import settings
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from marketplace.outages.breaker import breaker

log = structlog.get_logger(__name__)

AWAY = (RedisError, OSError)
"""What redis-py raises: refused, silent, full, read-only, loading, wrong password, cut off."""

NONSENSE = (ValueError, TypeError, LookupError, AttributeError)
"""What its client fails with where something answers that is no Redis."""

SLOW_SECONDS = 0.25
SLOW_IN_A_ROW = 3
"""A Redis that answers so slowly, so often in a row, is no help to a page."""

MOST_KEYS = 5_000
"""Of those changed while Redis was away; with more, all of the cache goes when it is back."""

_SIGNATURE_BYTES = 16


class NotCacheable(TypeError):
    """A value that JSON can't hold as it is."""


class NotOurs(ValueError):
    """A value that was not signed here; it counts as none."""


class NotCounted(ValueError):
    """There is no count under this key: what `incr` says of it in every cache."""


class SignedJson:
    """Values as bytes: a keyed BLAKE2b digest (RFC 7693), then JSON. Whole numbers stay numbers,
    so that Redis can count with them."""

    def dumps(self, value: Any) -> bytes | int:
        """Raises: NotCacheable."""
        if type(value) is int:
            return value
        _refuse_changed_keys(value)
        try:
            text = json.dumps(value, allow_nan=False, separators=(",", ":")).encode()
        except (TypeError, ValueError, RecursionError) as error:
            raise NotCacheable(f"{type(value).__name__}: {error}") from error
        return self._sign(text) + text

    def loads(self, data: bytes | int) -> Any:
        """Raises: NotOurs: this installation did not write it."""
        if isinstance(data, int):
            return data
        try:
            return int(data)
        except ValueError:
            pass
        signature, text = data[:_SIGNATURE_BYTES], data[_SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._sign(text)):
            raise NotOurs
        return json.loads(text)

    def _sign(self, text: bytes) -> bytes:
        key = hashlib.sha256(b"cache:" + settings.SECRET_KEY.encode()).digest()
        return hashlib.blake2b(text, key=key, digest_size=_SIGNATURE_BYTES).digest()


def _refuse_changed_keys(value: Any) -> None:
    """JSON makes text of every key: a number would not be found again.

    Raises:
        NotCacheable
    """
    if isinstance(value, dict):
        if wrong := [key for key in value if not isinstance(key, str)]:
            raise NotCacheable(f"a key that is no text: {wrong[0]!r}")
        value = value.values()
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        for each in value:
            _refuse_changed_keys(each)


class MemoryCache(LocMemCache):
    """This process's memory, with the same values as Redis would hold.

    Options:
        strict: raise `NotCacheable` rather than log it and keep nothing; for tests.
    """

    def __init__(self, name: str, params: dict[str, Any]) -> None:
        super().__init__(name, params)
        self.is_strict = (params.get("OPTIONS") or {}).get("strict", False)
        self._json = SignedJson()

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> Any:
        packed = self._packed(value)
        return packed is not None and super().add(key, packed, timeout, version)

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> Any:
        packed = self._packed(value)
        if packed is not None:
            super().set(key, packed, timeout, version)

    def get(self, key: Any, default: Any = None, version: Any = None) -> Any:
        missing = object()
        packed = super().get(key, missing, version)
        return default if packed is missing else self._json.loads(packed)

    def _packed(self, value: Any) -> bytes | int | None:
        try:
            return self._json.dumps(value)
        except NotCacheable as error:
            if self.is_strict:
                raise
            log.error("not cached: a value that JSON can't hold", error=str(error)[:200])
            return None


class _Client(RedisCacheClient):
    """Leaves out what is not ours."""

    def get(self, key: Any, default: Any) -> Any:
        try:
            return super().get(key, default)
        except NotOurs:
            return default

    def incr(self, key: Any, delta: Any) -> Any:
        client = self.get_client(key, write=True)
        if not client.exists(key):
            raise NotCounted(f"Key '{key}' not found.")
        return client.incr(key, delta)

    def get_many(self, keys: Any) -> Any:
        missing = object()
        found = {key: self.get(key, missing) for key in keys}
        return {key: value for key, value in found.items() if value is not missing}


class _Missed:
    """What one process changed while Redis was away; shared by its threads."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.keys: set[tuple[str, Any]] = set()
        self.slow = 0


_missed: dict[str, _Missed] = {}


class SturdyCache(BaseCache):
    """Redis, with a `MemoryCache` for the time that it is away.

    Options: `strict`, as `MemoryCache`.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        seconds = settings.REDIS_TIMEOUT
        options = {
            "serializer": SignedJson,
            "socket_connect_timeout": seconds,
            "socket_timeout": seconds,
            "retry": Retry(NoBackoff(), 0),
        }
        self.redis = RedisCache(server, {**params, "OPTIONS": options})
        self.redis._class = _Client  # type: ignore[attr-defined]
        self.memory = MemoryCache(f"instead of {server}", params)
        self._missed = _missed.setdefault(server, _Missed())

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> Any:
        return self._ask("add", key, value, timeout, version)

    def get(self, key: Any, default: Any = None, version: Any = None) -> Any:
        return self._ask("get", key, default, version)

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> Any:
        return self._ask("set", key, value, timeout, version, changes=[(key, version)])

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> Any:
        return self._ask("touch", key, timeout, version)

    def delete(self, key: Any, version: Any = None) -> Any:
        return self._ask("delete", key, version, changes=[(key, version)])

    def incr(self, key: Any, delta: int = 1, version: Any = None) -> Any:
        return self._ask("incr", key, delta, version)

    def has_key(self, key: Any, version: Any = None) -> Any:
        return self._ask("has_key", key, version)

    def get_many(self, keys: Any, version: Any = None) -> Any:
        return self._ask("get_many", list(keys), version)

    def set_many(self, data: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> Any:
        changes = [(key, version) for key in data]
        return self._ask("set_many", data, timeout, version, changes=changes)

    def delete_many(self, keys: Any, version: Any = None) -> Any:
        gone = list(keys)
        return self._ask("delete_many", gone, version, changes=[(key, version) for key in gone])

    def clear(self) -> None:
        """Empty the cache, and nothing else that stands in the same Redis: the queue may."""
        self.memory.clear()
        self._reach(self._drop_all)

    def _ask(self, verb: str, *given: Any, changes: Iterable[tuple[Any, Any]] = ()) -> Any:
        done, answer = self._reach(lambda: getattr(self.redis, verb)(*given))
        if done:
            return answer
        with self._missed.lock:
            self._missed.keys.update((str(key), version) for key, version in changes)
        return getattr(self.memory, verb)(*given)

    def _reach(self, ask: Callable[[], Any]) -> tuple[bool, Any]:
        """Whether Redis did it, and its answer."""
        gate = breaker("redis")
        if not gate.may_ask():
            return False, None
        began = time.monotonic()
        try:
            if gate.has_failed:
                self._make_up()
            answer = ask()
        except NotCacheable:
            return False, None  # memory says what is to be done about it
        except NotCounted:
            raise
        except (*AWAY, *NONSENSE) as error:
            gate.failed(error)
            return False, None
        missed = self._missed
        missed.slow = missed.slow + 1 if time.monotonic() - began > SLOW_SECONDS else 0
        if missed.slow >= SLOW_IN_A_ROW:
            missed.slow = 0
            gate.failed("slow")
        else:
            gate.worked()
        return True, answer

    def _make_up(self) -> None:
        """What changed here while Redis was away is not to be read there as it was before.

        Counts stay: those of before the outage run out by themselves.
        """
        with self._missed.lock:
            touched = list(self._missed.keys)
        if len(touched) > MOST_KEYS:
            self._drop_all()
        else:
            # At once: a Redis that is slow now would hold a page for each of them.
            for version in {version for _, version in touched}:
                self.redis.delete_many([key for key, of in touched if of == version], version)
        with self._missed.lock:
            self._missed.keys.difference_update(touched)
        self.memory.clear()

    def _drop_all(self) -> None:
        client = self.redis._cache.get_client(write=True)
        prefix = f"{self.key_prefix}:*"
        for chunk in _chunks(client.scan_iter(match=prefix, count=1000), 500):
            client.delete(*chunk)


def _chunks(keys: Iterable[Any], size: int) -> Iterable[list[Any]]:
    chunk: list[Any] = []
    for key in keys:
        chunk.append(key)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
