"""The site as in production: gunicorn, worker and beat as they ship, on real parts.

For benches and for tests of the real parts. What runs is what the image and the compose file
say; only ports, addresses and folders are the test's own. `settings_for` gives the environment,
`empty_database` a migrated PostgreSQL database, `Process` what starts, stops and kills.
"""

import hashlib
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from tools.services import free_port

ROOT = Path(__file__).parents[1]
SECONDS = 60
"""How long a process may take to answer, or to end."""

FIRST_REDIS = 8
"""Redis databases below it belong to the tests' own processes."""

TEMPLATE_LOCK = 14_000_000
"""Number of the server's lock that is held while a template is made."""

NOBODY_LISTENS = "smtp://127.0.0.1:9"
"""Port 9 discards, and nothing answers there: mail waits in the outbox."""


@cache
def signing_key() -> str:
    """A key to sign seals of the record with, of this run's own."""
    made = Ed25519PrivateKey.generate()
    return made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def settings_for(
    folder: Path, *, database: str, redis: str, host: str = "localhost", **more: str
) -> dict[str, str]:
    """The environment of a production site: everything that docs/operations.md asks for.

    Args:
        folder: pictures, files of applicants and logs go below it.
        database: URL of a database of its own, see `empty_database`.
        redis: URL of a Redis server; a database number of this process is taken there.
        host: under which the site is reached; with a port if it is not 443.
        more: further variables, or other values for these.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    return {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "marketplace.settings.production",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "MFA_KEYS": secrets.token_urlsafe(32),
        "RECORD_SIGNING_KEY": signing_key(),
        "ALLOWED_HOSTS": host.partition(":")[0],
        "SITE_URL": f"https://{host}",
        "CSRF_TRUSTED_ORIGINS": f"https://{host}",
        "DATABASE_URL": database,
        "REDIS_URL": urlsplit(redis)._replace(path=f"/{FIRST_REDIS + worker % 8}").geturl(),
        "EMAIL_URL": NOBODY_LISTENS,
        "DEFAULT_FROM_EMAIL": "Golden Thread <no-reply@example.org>",
        "MEDIA_ROOT": str(folder / "media"),
        "PRIVATE_MEDIA_ROOT": str(folder / "private"),
        "LOG_LEVEL": "WARNING",
        "WEB_CONCURRENCY": "2",
        **more,
    }


@contextmanager
def empty_database(server: str, env: Callable[[str], Mapping[str, str]]) -> Iterator[str]:
    """URL of a migrated PostgreSQL database of this run's own, dropped afterwards.

    Args:
        server: URL of any database of the server, as in `DATABASE_URL`.
        env: gives the environment to migrate in, from the URL.
    """
    import psycopg

    name = f"production_{os.getpid()}_{secrets.token_hex(3)}"
    place = server.rpartition("/")[0]
    with psycopg.connect(f"{place}/postgres", autocommit=True) as admin:
        template = _migrated(admin, place, env)
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield f"{place}/{name}"
    finally:
        with psycopg.connect(f"{place}/postgres", autocommit=True) as admin:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _migrated(admin: Any, place: str, env: Callable[[str], Mapping[str, str]]) -> str:
    """Name of the server's migrated template, made by the first that asks: it takes long.

    Whoever makes it renames it once it is whole, so half of one is never used.
    """
    name = f"migrated_{_digest()}"
    admin.execute("SELECT pg_advisory_lock(%s)", [TEMPLATE_LOCK])
    try:
        there = "SELECT 1 FROM pg_database WHERE datname = %s"
        if not admin.execute(there, [name]).fetchone():
            admin.execute(f'DROP DATABASE IF EXISTS "{name}_unfinished" WITH (FORCE)')
            admin.execute(f'CREATE DATABASE "{name}_unfinished"')
            manage(env(f"{place}/{name}_unfinished"), "migrate", "--verbosity=0")
            admin.execute(f'ALTER DATABASE "{name}_unfinished" RENAME TO "{name}"')
    finally:
        admin.execute("SELECT pg_advisory_unlock(%s)", [TEMPLATE_LOCK])
    return name


def _digest() -> str:
    """Of what migrating does: every app's migrations and what follows them, and the lock."""
    found = hashlib.sha256((ROOT / "requirements" / "production.lock").read_bytes())
    for app in ("marketplace", "startups", "challenges", "search", "cms"):
        for pattern in ("**/migrations/*.py", "**/apps.py", "**/setup.py"):
            for path in sorted((ROOT / app).glob(pattern)):
                found.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return found.hexdigest()[:24]


def manage(env: Mapping[str, str], *arguments: str) -> str:
    """What `manage.py` with these arguments prints.

    Raises:
        RuntimeError: it failed; the message holds what it said.
    """
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=dict(env),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"manage.py {arguments[0]}: {done.stdout}{done.stderr}")
    return done.stdout


def collect_static(env: Mapping[str, str]) -> None:
    """Production serves static files from what is collected, as when the image is built."""
    manage(env, "collectstatic", "--noinput", "--verbosity=0")


@dataclass
class Process:
    """One process of the site, in a group of its own, its output in `log`."""

    command: list[str]
    env: Mapping[str, str]
    log: Path
    answers: Callable[[], bool] = field(default=lambda: True)
    """Whether it does its work yet; asked until it says so."""
    running: subprocess.Popen | None = None

    def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            RuntimeError: it ended, or did not answer in time.
        """
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=dict(self.env),
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        until = time.monotonic() + SECONDS
        while not self.answers():
            if time.monotonic() > until or self.running.poll() is not None:
                self.stop()
                said = self.log.read_text(errors="replace")[-3000:]
                raise RuntimeError(f"{self.command[0]} did not start: {said}")
            time.sleep(0.1)

    def kill(self) -> None:
        """As a power cut would: the whole group at once, with no time to end anything."""
        self._send(signal.SIGKILL)

    def stop(self) -> None:
        """As an orderly stop does: it may end what it is at."""
        self._send(signal.SIGTERM)

    def _send(self, what: signal.Signals) -> None:
        if self.running and self.running.poll() is None:
            os.killpg(self.running.pid, what)
            try:
                self.running.wait(timeout=SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(self.running.pid, signal.SIGKILL)
                self.running.wait()


def web_command(port: int) -> list[str]:
    """What the image runs, bound to a port of this machine only."""
    found = re.search(r"^CMD (\[.*\])$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert found, "the Dockerfile has no CMD"
    program, *arguments = json.loads(found[1])
    arguments = [each for each in arguments if not each.startswith("--bind=")]
    return [sys.executable, "-m", program, f"--bind=127.0.0.1:{port}", *arguments]


def compose() -> dict:
    """The compose file, as data."""
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def command_of(service: str) -> list[str]:
    """What a service of the compose file runs with the image’s Python, as `worker` and `beat`."""
    program, *arguments = compose()["services"][service]["command"]
    return [sys.executable, "-m", program, *(each.replace("$$", "$") for each in arguments)]


def web(env: Mapping[str, str], folder: Path, port: int | None = None) -> tuple[Process, int]:
    """gunicorn as shipped, and the port on which it listens once started."""
    from tests.asking import ask

    port = port or free_port()
    host = urlsplit(env["SITE_URL"]).netloc

    def answers() -> bool:
        return ask(port, "GET", "/healthz", {"Host": host}).status == 200

    return Process(web_command(port), env, folder / "web.log", answers), port


def worker(env: Mapping[str, str], folder: Path) -> Process:
    """Celery’s worker as shipped; it takes tasks some seconds after it was started."""
    return Process(command_of("worker"), env, folder / "worker.log")


def beat(env: Mapping[str, str], folder: Path) -> Process:
    """Celery’s clock as shipped; its process id goes into the folder."""
    command = [each.replace("/tmp/beat.pid", f"{folder}/beat.pid") for each in command_of("beat")]
    return Process(command, env, folder / "beat.log")
