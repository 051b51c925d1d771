"""How long this process waits for anything outside it: the one table of it.

Values are seconds unless they say otherwise; each may be set by an environment variable of its
name. What opens a connection reads its limit here, and a test holds a list of all that do.
"""

import os
import sys
from pathlib import Path
from typing import Any

import environ

env = environ.Env()

# --- Each part ----------------------------------------------------------------------

EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=10)
# The cache: to connect, and for each reply. A page waits for it once and not again.
REDIS_TIMEOUT = env.float("REDIS_TIMEOUT", default=1.0)
# The queue, as whoever hands a task over sees it; workers wait for work, so they wait longer.
BROKER_TIMEOUT = env.float("BROKER_TIMEOUT", default=2.0)
BROKER_WORKER_TIMEOUT = env.float("BROKER_WORKER_TIMEOUT", default=30.0)
SEARCH_TIMEOUT = env.float("SEARCH_TIMEOUT", default=2.0)
SEARCH_WRITE_TIMEOUT = env.float("SEARCH_WRITE_TIMEOUT", default=20.0)
SEARCH_REBUILD_TIMEOUT = env.float("SEARCH_REBUILD_TIMEOUT", default=60.0)
STORAGE_CONNECT_TIMEOUT = env.float("STORAGE_CONNECT_TIMEOUT", default=3.0)
STORAGE_TIMEOUT = env.float("STORAGE_TIMEOUT", default=15.0)
SCANNER_PING_TIMEOUT = env.float("SCANNER_PING_TIMEOUT", default=3.0)
SCANNER_TIMEOUT = env.float("SCANNER_TIMEOUT", default=60.0)  # for one file
# Whatever else opens a socket and names no limit of its own.
SOCKET_TIMEOUT = env.float("SOCKET_TIMEOUT", default=30.0)

# How long a part that failed is left alone by the process that met it.
LEFT_ALONE_SECONDS = env.float("LEFT_ALONE_SECONDS", default=5.0)
SEARCH_LEFT_ALONE_SECONDS = env.float("SEARCH_LEFT_ALONE_SECONDS", default=10.0)
MAIL_LEFT_ALONE_SECONDS = env.float("MAIL_LEFT_ALONE_SECONDS", default=30.0)

# How often a part is looked at by whichever process comes first.
WATCH_SECONDS = env.float("WATCH_SECONDS", default=15.0)
# How far a machine's clock may be from the database's before it is given no requests: deadlines,
# codes and sessions go by it.
CLOCK_SECONDS = env.float("CLOCK_SECONDS", default=30.0)

# --- The database, by what kind of process asks --------------------------------------

WEB, WORKER, COMMAND = "web", "worker", "command"


def process_kind() -> str:
    """What this process is: `wsgi.py` says web; Celery's program is a worker; all else a command.

    `PROCESS_KIND` in the environment says otherwise.
    """
    program = Path(sys.argv[0] if sys.argv else "")
    is_celery = "celery" in (program.name, program.parent.name)
    return os.environ.get("PROCESS_KIND") or (WORKER if is_celery else COMMAND)


# (a statement, a wait for a lock, an open transaction in which nothing is asked); 0: no limit.
# A command may migrate: long statements are right there, but not to keep everybody waiting
# behind a lock that it waits for.
DATABASE_SECONDS: dict[str, tuple[float, float, float]] = {
    WEB: (15, 5, 30),
    WORKER: (300, 30, 900),
    COMMAND: (0, 30, 0),
}
DATABASE_CONNECT_TIMEOUT = env.int("DATABASE_CONNECT_TIMEOUT", default=3)


def reply_seconds(kind: str) -> float:
    """How long a reply of PostgreSQL is waited for: longer than it may work on a statement, which
    it ends by itself unless it is frozen. 0: no limit, where statements have none."""
    statement = env.float("DATABASE_STATEMENT_TIMEOUT", default=DATABASE_SECONDS[kind][0])
    return env.float("DATABASE_REPLY_SECONDS", default=statement and statement + 5)


def database_options(kind: str) -> dict[str, Any]:
    """libpq's own options for PostgreSQL: limits of the server’s, and of the network’s.

    `DATABASE_STATEMENT_TIMEOUT`, `DATABASE_LOCK_TIMEOUT` and `DATABASE_IDLE_TIMEOUT` change them.
    Source: PostgreSQL 15, sections 20.11.1 and 34.1.2.
    """
    statement, lock, idle = DATABASE_SECONDS[kind]
    limits = {
        "statement_timeout": env.float("DATABASE_STATEMENT_TIMEOUT", default=statement),
        "lock_timeout": env.float("DATABASE_LOCK_TIMEOUT", default=lock),
        "idle_in_transaction_session_timeout": env.float("DATABASE_IDLE_TIMEOUT", default=idle),
    }
    return {
        "connect_timeout": DATABASE_CONNECT_TIMEOUT,
        "options": " ".join(f"-c {name}={round(1000 * s)}" for name, s in limits.items()),
        # A server that went without a word is noticed within half a minute.
        "keepalives": 1,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 20_000,
    }


# --- Tasks --------------------------------------------------------------------------

CELERY_TASK_SOFT_TIME_LIMIT = env.int("TASK_SECONDS", default=300)
# A task that does not end when it is told to is killed so much later.
TASK_GRACE = 30
CELERY_TASK_TIME_LIMIT = CELERY_TASK_SOFT_TIME_LIMIT + TASK_GRACE

# A sweep takes what has waited so long: a worker that was told of it is likely to be at it before.
SWEEP_AFTER_SECONDS = env.int("SWEEP_AFTER_SECONDS", default=60)
# How long a message waits that a server would not take yet; twice as long each time after.
MAIL_FIRST_WAIT_SECONDS = env.int("MAIL_FIRST_WAIT_SECONDS", default=240)
# A message in a worker's hands for longer than this was lost with it.
MAIL_CLAIM_SECONDS = env.int("MAIL_CLAIM_SECONDS", default=600)

LONG_TASKS: dict[str, int] = {
    "challenges.judging.tasks.erase_old_pitches": 1800,
    "challenges.judging.tasks.share_out": 900,
    "challenges.judging.tasks.work_out_rankings": 900,
    "marketplace.activity.tasks.check_record": 1800,  # see `make bench-record`
    "marketplace.outages.tasks.carry_out": 1800,  # whatever was handed over, these included
    "search.tasks.alert_of_open_calls": 1800,
    "search.tasks.learn_sentences": 900,
    "search.tasks.learn_words": 900,
    "search.tasks.measure_matches": 1800,
    "search.tasks.mend_index": 1800,
}
CELERY_TASK_ANNOTATIONS = {
    name: {"soft_time_limit": seconds, "time_limit": seconds + TASK_GRACE}
    for name, seconds in LONG_TASKS.items()
}
LONGEST_TASK = max(CELERY_TASK_TIME_LIMIT, max(LONG_TASKS.values()) + TASK_GRACE)
# A message that a worker took and never answered for is given to another after this.
VISIBILITY_TIMEOUT = 2 * LONGEST_TASK


def broker_options(kind: str) -> dict[str, Any]:
    seconds = BROKER_WORKER_TIMEOUT if kind == WORKER else BROKER_TIMEOUT
    return {
        "visibility_timeout": VISIBILITY_TIMEOUT,
        "socket_connect_timeout": min(seconds, BROKER_TIMEOUT),
        "socket_timeout": seconds,
        "socket_keepalive": True,
        "max_retries": 0,
        "retry_on_timeout": False,
    }


def storage_options() -> dict[str, Any]:
    """botocore's `Config`, as django-storages takes it."""
    from botocore.config import Config

    return {
        "client_config": Config(
            connect_timeout=STORAGE_CONNECT_TIMEOUT,
            read_timeout=STORAGE_TIMEOUT,
            retries={"mode": "standard", "total_max_attempts": 2},
        )
    }
