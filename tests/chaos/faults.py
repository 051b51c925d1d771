"""The table of faults: how each is made and mended, and which pages may suffer meanwhile.

One row is one thing that goes wrong. Any of them may be played at once, in any order, and again.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.chaos import mail
from tests.chaos.links import PASSES, REFUSES, SILENT, SLOW
from tests.chaos.parts import OLD, Parts
from tests.production import ROOT

NOTHING: frozenset[str] = frozenset()
EVERYTHING = frozenset({"everything"})
"""Pages may say that the service is busy (503), or nothing where the web process is down."""
FILES = frozenset({"attach"})

Act = Callable[[Parts], object]


@dataclass(frozen=True)
class Fault:
    """`pages` may fail kindly while it lasts; `readiness` is whether /readyz says ready then.
    `brief`: made and over at once, in the middle of the rush. `can`: whether it can be played."""

    name: str
    make: Act
    mend: Act
    pages: frozenset[str] = NOTHING
    readiness: bool = True
    brief: bool = False
    twice: bool = False
    can: Callable[[Parts], bool] = lambda parts: True


def nothing(parts: Parts) -> None:
    """Nothing is to be mended: it is over."""


def link(name: str, mode: str) -> Fault:
    return Fault(
        f"{name}-{'refusing' if mode == REFUSES else mode}",
        lambda parts: parts.links()[name].set(mode),
        lambda parts: parts.links()[name].set(PASSES),
        can=lambda parts: name in parts.links(),
    )


def letters(mode: str) -> Fault:
    def set_to(wanted: str) -> Act:
        return lambda parts: setattr(parts.mail, "mode", wanted)

    return Fault(f"mail-{mode}", set_to(mode), set_to(mail.TAKES), twice=mode == mail.DROPS)


# --- Redis --------------------------------------------------------------------------


def _kill_redis(parts: Parts) -> None:
    parts.redis.kill()


def _start_redis(parts: Parts) -> None:
    parts.redis.start()


def _full(parts: Parts, most: str) -> None:
    client = parts.redis_client()
    client.config_set("maxmemory-policy", "noeviction")
    client.config_set("maxmemory", most)


def _password(parts: Parts, old: str | None, new: str) -> None:
    parts.redis_client(password=old).config_set("requirepass", new)
    parts.redis_link.cut()


def _queue_of_another_type(parts: Parts) -> None:
    """Something else wrote under the queue's name."""
    client = parts.redis_client(db=parts.redis_number)
    client.delete("celery")
    client.set("celery", "not a list")


def _queue_gone(parts: Parts) -> None:
    parts.redis_client(db=parts.redis_number).delete("celery")


def _evicting(parts: Parts, policy: str, most: int) -> None:
    """Full, and making room by forgetting what it holds: the queue, too."""
    client = parts.redis_client()
    used = client.info("memory")["used_memory"] if most else 0
    client.config_set("maxmemory-policy", policy)
    client.config_set("maxmemory", used + most)


def _writes_blocked(parts: Parts, blocked: bool | None) -> None:
    """As Elasticsearch does by itself when its disk is nearly full."""
    from elasticsearch import Elasticsearch

    with Elasticsearch(parts.search_url, request_timeout=20) as client:
        client.indices.put_settings(
            index=f"{parts.search_prefix}-*",
            settings={"index.blocks.read_only_allow_delete": blocked},
        )


# --- the site's own processes -------------------------------------------------------


def _restart(parts: Parts) -> None:
    parts.site.start()


def _ended(process: str, number: int) -> Act:
    """It is started again as compose does it."""
    return lambda parts: getattr(parts, process).signal(number)


def _web_told_to_end(parts: Parts) -> None:
    parts.site.stop()
    parts.site.start()


def _with_clock(offset: str) -> Act:
    def act(parts: Parts) -> None:
        parts.site.stop()
        parts.site.clock = offset
        parts.site.start()

    return act


def _old_code(parts: Parts) -> None:
    parts.site.stop()
    parts.site.folder = _worktree(parts)
    parts.site.start()


def _new_code(parts: Parts) -> None:
    parts.site.stop()
    parts.site.folder = ROOT
    parts.site.start()


def _worktree(parts: Parts) -> Path:
    """The release before the newest migration, as it would still run while that is applied."""
    folder = parts.folder / "old"
    if not folder.exists():
        # From the objects that are here, without touching this copy's own list of worktrees.
        command = f"git archive {_old_commit()} | tar -x -C {folder}"
        folder.mkdir()
        subprocess.run(command, cwd=ROOT, shell=True, check=True)  # noqa: S602 (a hash)
        for name in ("build", "node_modules"):
            if (ROOT / name).exists() and not (folder / name).exists():
                (folder / name).symlink_to(ROOT / name)
    return folder


def _old_commit() -> str:
    """`CHAOS_OLD`, or the commit before the newest migration; "" if it isn’t here."""
    if given := os.environ.get(OLD):
        return given
    newest = _git("log", "-1", "--format=%H", "--diff-filter=A", "--", "*/migrations/0*.py")
    return _git("rev-parse", "--verify", f"{newest}^") if newest else ""


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


# --- the database and the disk ------------------------------------------------------


def _lock_out(parts: Parts) -> None:
    """Somebody holds a lock that every submission needs, for longer than a page waits."""
    import psycopg

    parts.locker = psycopg.connect(parts.database_url)  # type: ignore[attr-defined]
    parts.locker.execute("LOCK TABLE pitches_submission IN ACCESS EXCLUSIVE MODE")  # type: ignore[attr-defined]


def _unlock(parts: Parts) -> None:
    parts.locker.close()  # type: ignore[attr-defined]


def _fill_disk(parts: Parts) -> None:
    with (parts.folder / "private" / "ballast").open("wb") as ballast:
        try:
            while True:
                ballast.write(bytes(65536))
                ballast.flush()
        except OSError:
            pass


def _empty_disk(parts: Parts) -> None:
    (parts.folder / "private" / "ballast").unlink()


def _rebuild(parts: Parts) -> None:
    from django.core.management import call_command

    call_command("search_rebuild", verbosity=0, stdout=open(os.devnull, "w"))  # noqa: SIM115


def _silent_database(seconds: float) -> Act:
    def act(parts: Parts) -> None:
        parts.database_signal(signal.SIGSTOP)
        time.sleep(seconds)
        parts.database_signal(signal.SIGCONT)

    return act


TABLE: tuple[Fault, ...] = (
    Fault("none", nothing, nothing),
    link("redis", REFUSES),
    link("redis", SILENT),
    link("redis", SLOW),
    Fault("redis-killed", _kill_redis, _start_redis),
    Fault("redis-flushed", lambda parts: parts.redis_client().flushall(), nothing, brief=True),
    Fault("redis-full", lambda parts: _full(parts, "1"), lambda parts: _full(parts, "0")),
    Fault(
        "redis-readonly",
        lambda parts: parts.redis_client().replicaof("127.0.0.1", "9"),
        lambda parts: parts.redis_client().replicaof("NO", "ONE"),
    ),
    Fault(
        "redis-password",
        lambda parts: _password(parts, None, "changed"),
        lambda parts: _password(parts, "changed", ""),
    ),
    Fault("redis-wrong-type", _queue_of_another_type, _queue_gone),
    Fault(
        "redis-evicting",
        lambda parts: _evicting(parts, "allkeys-random", 20_000),
        lambda parts: _evicting(parts, "noeviction", 0),
    ),
    Fault(
        "index-readonly",
        lambda parts: _writes_blocked(parts, True),
        lambda parts: _writes_blocked(parts, None),
        can=lambda parts: "index" in parts.links(),
    ),
    link("index", REFUSES),
    link("index", SILENT),
    link("index", SLOW),
    Fault("index-deleted", lambda parts: parts.delete_index(), nothing, brief=True),
    Fault("index-rebuilt", _rebuild, nothing, brief=True),
    link("mail", REFUSES),
    link("mail", SILENT),
    link("mail", SLOW),
    letters(mail.GREY),
    letters(mail.BOUNCES),
    letters(mail.DROPS),
    link("scanner", REFUSES),
    link("scanner", SILENT),
    Fault(
        "worker-killed",
        _ended("worker", signal.SIGKILL),
        nothing,
        brief=True,
        twice=True,  # killed between the server's yes and our noting it
    ),
    Fault("worker-ended", _ended("worker", signal.SIGTERM), nothing, brief=True),
    Fault("beat-killed", _ended("beat", signal.SIGKILL), nothing, brief=True),
    Fault(
        "web-killed",
        lambda parts: parts.site.kill(),
        _restart,
        pages=EVERYTHING,
        readiness=False,
    ),
    Fault("web-ended", _web_told_to_end, nothing, pages=EVERYTHING, brief=True),
    Fault(
        "database-restarted",
        lambda parts: parts.database("restart", "-m", "immediate"),
        nothing,
        pages=EVERYTHING,
        brief=True,
        twice=True,  # gone between the mail server's yes and our noting it
    ),
    Fault("database-silent", _silent_database(3), nothing, pages=EVERYTHING, brief=True),
    Fault("database-frozen", _silent_database(30), nothing, pages=EVERYTHING, brief=True),
    Fault("database-locked", _lock_out, _unlock, pages=EVERYTHING),
    Fault("disk-full", _fill_disk, _empty_disk, FILES, can=lambda parts: parts.has_small_disk),
    *(
        Fault(
            f"clock-{name}",
            _with_clock(offset),
            _with_clock(""),
            EVERYTHING,
            readiness=False,
        )
        for name, offset in (("ahead", "600"), ("behind", "-600"))
    ),
    Fault(
        "old-code",
        _old_code,
        _new_code,
        pages=EVERYTHING,
        can=lambda parts: bool(_old_commit()),
    ),
)
FAULTS: dict[str, Fault] = {fault.name: fault for fault in TABLE}

SLICE = (
    *("none", "redis-silent", "mail-silent", "index-deleted", "worker-killed", "redis-flushed"),
    *("database-restarted", "web-killed", "redis-killed+mail-refusing"),
)
"""What a run of two minutes plays."""

PAIRS = ("redis-silent+mail-silent", "index-silent+redis-killed", "mail-refusing+worker-killed")
"""Two at once, at the end of a whole run."""


def orders(words: str) -> list[list[Fault]]:
    """What `ARGS` names: orders with commas between, faults at once with a plus between.

    Raises:
        SystemExit: a name that is not in the table.
    """
    found = []
    for word in filter(None, words.replace(" ", ",").split(",")):
        names = word.split("+")
        if unknown := [name for name in names if name not in FAULTS]:
            raise SystemExit(f"No fault is called {unknown[0]}. Say of: {', '.join(FAULTS)}")
        found.append([FAULTS[name] for name in names])
    return found
