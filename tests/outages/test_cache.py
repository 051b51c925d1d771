"""The cache works whatever becomes of Redis, waits for it once, and runs nothing of others'."""

import pickle
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings as project
from hypothesis import given
from hypothesis import strategies as some
from redis import Redis

from marketplace.outages import cache as module
from marketplace.outages.breaker import breaker, forget_all
from marketplace.outages.cache import MemoryCache, NotCacheable, NotOurs, SignedJson, SturdyCache
from tests.chaos.links import REFUSES, SILENT, SLOW, Link
from tests.parts import require_part

JSON = some.recursive(
    some.none()
    | some.booleans()
    | some.integers()
    | some.floats(allow_nan=False, allow_infinity=False)
    | some.text(),
    lambda inner: some.lists(inner) | some.dictionaries(some.text(), inner),
)


@given(JSON)
def test_values_come_back_as_they_were(value: Any) -> None:
    packed = SignedJson().dumps(value)
    as_redis_gives_it = str(packed).encode() if isinstance(packed, int) else packed
    assert SignedJson().loads(as_redis_gives_it) == value


@pytest.mark.parametrize(
    "value",
    [object(), {1: "a"}, [{"a": {(1, 2): 3}}], b"bytes", {1, 2}, float("nan")],
    ids=lambda value: type(value).__name__,
)
def test_what_json_would_change_or_can_not_hold_fails(value: Any) -> None:
    with pytest.raises(NotCacheable):
        SignedJson().dumps(value)
    with pytest.raises(NotCacheable):
        MemoryCache("strict", {"OPTIONS": {"strict": True}}).set("key", value)
    lenient = MemoryCache("lenient", {})
    lenient.set("key", value)
    assert lenient.get("key", "nothing") == "nothing"


class Bomb:
    def __reduce__(self) -> tuple[Callable, tuple]:
        return pytest.fail, ("it was run",)


POISON = [
    pickle.dumps(Bomb()),
    b"",
    b"x",
    b'{"a": 1}',
    b"\x00" * 16 + b"[]",
    b"[" * 100_000,
    b"9" * 5000,
    SignedJson().dumps("ours")[:-1] if not isinstance(SignedJson().dumps("ours"), int) else b"",
]


@pytest.mark.parametrize("poison", POISON, ids=range(len(POISON)))
def test_what_we_did_not_write_is_no_value(poison: bytes) -> None:
    with pytest.raises(NotOurs):
        SignedJson().loads(poison)


# --- with something else in Redis' place ------------------------------------------------


class Says(socketserver.BaseRequestHandler):
    """Answers whatever is asked with the same bytes."""

    def handle(self) -> None:
        with suppress(OSError):
            while self.request.recv(65536):
                self.request.sendall(self.server.said)  # type: ignore[attr-defined]


NONSENSE = [
    *(b"HTTP/1.1 400 Bad Request\r\n\r\n", b":abc\r\n", b"$abc\r\n", b"*x\r\n", b"\r\n", b"\x00"),
    *(b"+OK\r\n", b":1\r\n", b"*0\r\n", b"*-1\r\n", b"$-1\r\n", b"*1\r\n*1\r\n:1\r\n"),
    *(b"-WRONGTYPE of a key\r\n", b"-LOADING\r\n", b"-MOVED 1 nowhere:1\r\n", b"-\r\n"),
    *(b"%1\r\n+a\r\n+b\r\n", b"$5\r\n\xff\xfe\xfd\xfc\xfb\r\n", b"_\r\n", b"#t\r\n"),
]


@pytest.mark.parametrize("said", NONSENSE)
def test_nonsense_in_its_place_fails_no_page(said: bytes, settings: Any) -> None:
    settings.REDIS_TIMEOUT = 0.2
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Says)
    server.daemon_threads = True
    server.said = said  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_address[1]
    cache = SturdyCache(f"redis://127.0.0.1:{port}/0", {"KEY_PREFIX": "x", "TIMEOUT": 60})
    try:
        for again in range(2):
            cache.set("a", {"n": 1})
            cache.get("a")
            cache.get_many(["a", "b"])
            cache.set_many({"a": 1})
            cache.add("count", 0, 60)
            with suppress(ValueError):  # as every cache says of a count that is not there
                cache.incr("count")
            cache.get_or_set("c", again)
            cache.has_key("a")
            cache.touch("a", 5)
            cache.delete("a")
            cache.delete_many(["a"])
            cache.clear()
            forget_all()
    finally:
        forget_all()
        server.shutdown()
        server.server_close()


# --- with a Redis that goes away ------------------------------------------------------


@pytest.fixture
def link() -> Iterator[Link]:
    require_part("REDIS_URL", project.REDIS_URL, "run `make test-real`")
    where = urlsplit(project.REDIS_URL)
    found = Link((where.hostname or "", where.port or 6379))
    yield found
    found.close()


@pytest.fixture
def sturdy(link: Link, settings: Any) -> Iterator[SturdyCache]:
    settings.REDIS_TIMEOUT = 0.3
    settings.LEFT_ALONE_SECONDS = 0.4
    made = SturdyCache(f"redis://{link.address}/0", {"KEY_PREFIX": "sturdy", "TIMEOUT": 60})
    made.clear()
    yield made
    link.set("passes")
    forget_all()
    made.clear()


def break_(link: Link, how: str) -> Callable[[], None]:
    """Break it; what mends it."""
    client = Redis.from_url(project.REDIS_URL)
    match how:
        case "full":
            client.config_set("maxmemory", "1")
            return lambda: client.config_set("maxmemory", "0")
        case "read-only":
            client.replicaof("127.0.0.1", "9")
            return lambda: client.replicaof("NO", "ONE")
        case "password":
            client.config_set("requirepass", "changed")
            link.cut()
            return lambda: Redis.from_url(project.REDIS_URL, password="changed").config_set(
                "requirepass", ""
            )
        case "dies":
            link.cut()
            link.set(REFUSES)
        case "comes back at once":
            link.cut()
        case _:
            link.set(how)
    return lambda: link.set("passes")


HOW = [REFUSES, SILENT, SLOW, "dies", "comes back at once", "full", "read-only", "password"]


@pytest.mark.services
@pytest.mark.parametrize("how", HOW)
def test_pages_go_on_and_wait_once(sturdy: SturdyCache, link: Link, how: str) -> None:
    sturdy.set("before", [1])
    sturdy.get("before")
    mend = break_(link, how)
    try:
        began = time.monotonic()
        for number in range(50):
            sturdy.set(f"key{number}", {"n": number})
            assert sturdy.get(f"key{number}") == {"n": number}
            sturdy.add(f"count{number}", 0, 60)
            assert sturdy.incr(f"count{number}") == 1
        assert sturdy.get_many(["key1", "nowhere"]) == {"key1": {"n": 1}}
        sturdy.delete("key1")
        assert sturdy.get("key1") is None
        # 200 operations: a wait or three, never one for each.
        assert time.monotonic() - began < 6
    finally:
        mend()
    forget_all()
    sturdy.set("after", "back")
    assert sturdy.redis.get("after") == "back"


@pytest.mark.services
def test_what_changed_meanwhile_is_not_read_as_it_was(
    sturdy: SturdyCache, link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    for most in (10, 0):
        monkeypatch.setattr(module, "MOST_KEYS", most)
        sturdy.set("words", ["old"])
        sturdy.set("gone", ["old"])
        link.set(REFUSES)
        sturdy.set("words", ["new"])
        sturdy.delete("gone")
        assert sturdy.get("words") == ["new"]
        link.set("passes")
        breaker("redis")._ask_again_at = 0.0
        assert sturdy.get("gone") is None
        assert sturdy.get("words") in (None, ["new"])
        assert not breaker("redis").has_failed


@pytest.mark.services
@pytest.mark.parametrize("poison", POISON, ids=range(len(POISON)))
def test_poison_in_redis_is_a_miss(sturdy: SturdyCache, poison: bytes) -> None:
    client = Redis.from_url(project.REDIS_URL)
    client.set(sturdy.redis.make_key("poisoned"), poison)
    assert sturdy.get("poisoned", "nothing") == "nothing"
    assert sturdy.get_many(["poisoned"]) == {}
    assert sturdy.get_or_set("poisoned", lambda: [2]) == [2]


@pytest.mark.services
def test_clearing_leaves_the_queue_alone(sturdy: SturdyCache) -> None:
    client = Redis.from_url(project.REDIS_URL)
    client.set("celery-like", 1)
    sturdy.set("mine", 1)
    sturdy.clear()
    assert client.get("celery-like") == b"1"
    assert sturdy.get("mine") is None
    client.delete("celery-like")


@pytest.mark.services
def test_limits_hold_without_redis(sturdy: SturdyCache, link: Link) -> None:
    link.set(SILENT)
    sturdy.add("limit", 0, timeout=60)
    assert [sturdy.incr("limit") for _ in range(5)] == [1, 2, 3, 4, 5]
