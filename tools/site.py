"""Make the database, load the demonstration region into it, and serve the site."""

import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager

from tools import stamps
from tools.console import Trouble, say, step
from tools.paths import DATABASE, KEPT_SEALS, PYTHON, REQUIREMENTS, ROOT, UPLOADS, VAR, shown
from tools.processes import quietly

DEFAULT_PORT = 8000
PACKAGES = ("marketplace", "startups", "challenges", "search", "cms")
MIGRATED = VAR / "setup" / "migrated.stamp"
LOADED = VAR / "setup" / "demonstration.stamp"
START_LIMIT = 60
"""Seconds that the server may take to answer for the first time."""


def development() -> dict[str, str]:
    """The environment of everything that `make run` starts, whatever the shell has set."""
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "marketplace.settings.development"}


def prepare_database() -> None:
    """Migrate and load the demonstration; on the embedded database only when needed."""
    wanted = migrations_digest()
    own = not os.environ.get("DATABASE_URL")
    VAR.mkdir(exist_ok=True)
    if not (own and is_migrated() and stamps.matches(MIGRATED, wanted)):
        stamps.remove(MIGRATED)
        with step("Migrating the database"):
            manage("Migrating the database", "migrate", "--verbosity=0")
        if own:
            stamps.write(MIGRATED, wanted)
    if not (own and stamps.matches(LOADED, "loaded") and has_demonstration()):
        stamps.remove(LOADED)
        with step("Loading the demonstration region"):
            manage("Loading the demonstration region", "load_demonstration")
        if own:
            stamps.write(LOADED, "loaded")


def migrations_digest() -> str:
    found = [path for name in PACKAGES for path in (ROOT / name).rglob("migrations/*.py")]
    return stamps.digest([*found, REQUIREMENTS / "production.lock"])


def is_migrated() -> bool:
    return _answers("SELECT 1 FROM django_migrations LIMIT 1")


def has_demonstration() -> bool:
    return _answers("SELECT 1 FROM accounts_user WHERE is_demonstration LIMIT 1")


def reset() -> None:
    """Drop the embedded database and all uploads, and load the demonstration again.

    Raises:
        Trouble: `DATABASE_URL` is set (that database is not ours to drop), or nobody agreed.
    """
    if os.environ.get("DATABASE_URL"):
        raise Trouble("DATABASE_URL is set; demo-reset drops only the embedded database. Unset it.")
    if os.environ.get("CONFIRM") != "1" and not _agreed():
        raise Trouble("Nothing was changed. Answer “yes”, or run: make demo-reset CONFIRM=1")
    for stamp in (MIGRATED, LOADED):
        stamps.remove(stamp)
    for path in DATABASE.parent.glob(f"{DATABASE.name}*"):
        path.unlink()
    KEPT_SEALS.unlink(missing_ok=True)
    for folder in UPLOADS:
        shutil.rmtree(folder, ignore_errors=True)
    prepare_database()


def port_wanted() -> int:
    text = os.environ.get("PORT") or str(DEFAULT_PORT)
    if not re.fullmatch(r"\d{1,5}", text) or not 1 <= int(text) <= 65535:
        raise Trouble(f"PORT={text} is not a port. Give a number from 1024 to 65535.")
    return int(text)


def check_port(port: int) -> None:
    """Raises Trouble if nothing of ours could listen on this port."""
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError as error:
            raise Trouble(f"Port {port} needs an administrator. Try: make run PORT=8001") from error
        except OSError as error:
            raise Trouble(
                f"Port {port} is taken, perhaps by another copy of this site. "
                f"Stop that one, or choose another port: make run PORT={_next_free(port)}"
            ) from error


def serve(port: int) -> int:
    """Serve until stopped; returns the server's exit code."""
    address = f"http://127.0.0.1:{port}"
    env = {"SITE_URL": address, **development()}
    server = [str(PYTHON), "-m", "gunicorn", "--workers=1", "--threads=8", "--log-level=warning"]
    bound = ["--no-control-socket", f"--bind=127.0.0.1:{port}", "marketplace.wsgi:application"]
    with _stopped_by_signals(), _running([*server, *bound], env) as running:
        sign_ins = _sign_ins(env)
        _wait_until_it_answers(running, f"{address}/healthz")
        passkeys = f"  To try passkeys, open http://localhost:{port} instead: they need a name."
        say(f"\n  {address}\n\n{sign_ins.rstrip()}\n{passkeys}\n\n  Ctrl+C stops it.")
        try:
            return running.wait()
        except KeyboardInterrupt:
            say("\n  Stopped.")
            return 0


def manage(what: str, *arguments: str) -> None:
    quietly(what, [PYTHON, "manage.py", *arguments], env=development())


def _answers(query: str) -> bool:
    """Whether the embedded database has a row for this query."""
    if not DATABASE.exists():
        return False
    with closing(sqlite3.connect(f"{DATABASE.as_uri()}?mode=ro", uri=True)) as connection:
        try:
            return connection.execute(query).fetchone() is not None
        except sqlite3.Error:
            return False


def _agreed() -> bool:
    try:
        answer = input(f"This deletes {shown(DATABASE)} and all uploads. Type yes to go on: ")
    except EOFError:
        return False
    return answer.strip().lower() in {"y", "yes"}


def _next_free(port: int) -> int:
    for candidate in range(port + 1, min(port + 50, 65536)):
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", candidate)):
                return candidate
    return DEFAULT_PORT + 1000


def _sign_ins(env: dict[str, str]) -> str:
    command = [str(PYTHON), "manage.py", "demonstration_sign_ins"]
    found = subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    return found.stdout if found.returncode == 0 else "  (no demonstration sign-ins)"


def _wait_until_it_answers(running: "subprocess.Popen[bytes]", url: str) -> None:
    limit = time.monotonic() + START_LIMIT
    while time.monotonic() < limit:
        if running.poll() is not None:
            raise Trouble("The server stopped while starting; its last lines stand above.")
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise Trouble(f"The server did not answer within {START_LIMIT} s. Run the command again.")


@contextmanager
def _running(command: list[str], env: dict[str, str]) -> "Iterator[subprocess.Popen[bytes]]":
    process = subprocess.Popen(command, cwd=ROOT, env=env)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """Let a polite `kill` stop the server as Ctrl+C does."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
