"""A crowd at one call: gunicorn on PostgreSQL, and applicants who speak HTTP to it.

Used by `rush` and `kill`. `prepare` must run before anything of Django's is imported.
"""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

ROOT = Path(__file__).parents[2]
WORKERS, THREADS = 2, 4
REPLY_SECONDS = 60
CSRF = "c" * 32
DIGEST = re.compile(r"<code>([0-9a-f]{64})</code>")


@dataclass
class Reply:
    """One answer: its status (0: none came), seconds from question to answer, and body."""

    status: int
    seconds: float
    body: str = ""
    place: str = ""


@dataclass
class Applicant:
    """One person with one pitch. `told` is what the server has said that it holds."""

    number: int
    session: str
    reference: str
    questions: list[int]
    version: int
    told: dict[str, Any] = field(default_factory=dict)
    replies: list[tuple[str, Reply]] = field(default_factory=list)
    digest: str = ""

    def text(self, save: int) -> str:
        return f"Applicant {self.number} at save {save}: we put sensors in homes. "

    def autosave(self, server: "Server", save: int) -> None:
        text = self.text(save)
        first, second = self.questions
        reply = self._post(
            server,
            "autosave",
            {
                "version": self.version,
                "title": f"Pitch {self.number}",
                "summary": "We find damp early.",
                f"q{first}": text,
                f"q{second}": str(10_000 + save),
            },
        )
        if reply.status == 200:
            self.version = json.loads(reply.body)["version"]
            self.told = {"text": text, "money": str(10_000 + save)}

    def submit(self, server: "Server") -> None:
        reply = self._post(server, "submit", {"version": self.version, "declaration": "on"})
        if reply.status == 302:
            page = self._get(server, "submit")
            if found := DIGEST.search(page.body):
                self.digest = found[1]

    def attach(self, server: "Server", question: int, name: str, content: bytes) -> None:
        """Send the form with a file, as the button does."""
        fields = {"version": str(self.version), "action": "save"}
        body, kind = _multipart(fields, f"q{question}", name, content)
        path = f"/pitches/{self.reference}/write/"
        reply = server.ask("POST", path, self.session, body, kind)
        self.replies.append(("attach", reply))
        if reply.status == 302:
            self.told["file"] = name
            page = self._get(server, "write")
            if found := re.search(r'name="version" value="(\d+)"', page.body):
                self.version = int(found[1])

    def _post(self, server: "Server", name: str, fields: dict[str, Any]) -> Reply:
        path = f"/pitches/{self.reference}/{name}/"
        kind = "application/x-www-form-urlencoded"
        reply = server.ask("POST", path, self.session, urlencode(fields).encode(), kind)
        self.replies.append((name, reply))
        return reply

    def _get(self, server: "Server", name: str) -> Reply:
        reply = server.ask("GET", f"/pitches/{self.reference}/{name}/", self.session)
        self.replies.append((f"see {name}", reply))
        return reply


class Server:
    """gunicorn with two workers, on a port of its own."""

    def __init__(self) -> None:
        with socket.socket() as held:
            held.bind(("127.0.0.1", 0))
            self.port = held.getsockname()[1]
        self.running: subprocess.Popen | None = None

    def start(self) -> None:
        command = [
            *(sys.executable, "-m", "gunicorn", "marketplace.wsgi:application"),
            *(f"--bind=127.0.0.1:{self.port}", f"--workers={WORKERS}", f"--threads={THREADS}"),
            *("--log-level=error", "--no-control-socket"),
        ]
        self.running = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ.copy(),
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + REPLY_SECONDS
        while self.ask("GET", "/healthz", "").status != 200:
            if time.monotonic() > until or self.running.poll() is not None:
                raise SystemExit("gunicorn did not start")
            time.sleep(0.1)

    def kill(self) -> None:
        """As a power cut would: master and workers at once, with no time to end anything."""
        assert self.running
        os.killpg(self.running.pid, signal.SIGKILL)
        self.running.wait()

    def stop(self) -> None:
        if self.running and self.running.poll() is None:
            os.killpg(self.running.pid, signal.SIGTERM)
            self.running.wait(timeout=30)

    def ask(self, method: str, path: str, session: str, body: bytes = b"", kind: str = "") -> Reply:
        """One question on a connection of its own; a server that dies gives status 0."""
        began = time.perf_counter()
        headers = {"Cookie": f"sessionid={session}; csrftoken={CSRF}", "X-CSRFToken": CSRF}
        if kind:
            headers["Content-Type"] = kind
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=REPLY_SECONDS)
        try:
            connection.request(method, path, body or None, headers)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
            place = urlsplit(answer.getheader("Location") or "").path
            return Reply(answer.status, time.perf_counter() - began, text, place)
        except (OSError, http.client.HTTPException):
            return Reply(0, time.perf_counter() - began)
        finally:
            connection.close()


def _multipart(fields: dict[str, str], name: str, file: str, content: bytes) -> tuple[bytes, str]:
    mark = "golden-thread-form"
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields.items()
    ]
    head = f'--{mark}\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\n\r\n'
    parts += [head.encode(), content, f"\r\n--{mark}--\r\n".encode()]
    return b"".join(parts), f"multipart/form-data; boundary={mark}"


@contextmanager
def prepared(folder: Path) -> Iterator[None]:
    """An empty, migrated PostgreSQL database of this run's own, dropped afterwards.

    Raises:
        SystemExit: DATABASE_URL names no PostgreSQL server.
    """
    import psycopg

    base = os.environ.get("DATABASE_URL", "")
    if not base.startswith("postgres"):
        raise SystemExit("Set DATABASE_URL to a PostgreSQL server, or use the make target.")
    name = f"crowd_{os.getpid()}"
    upkeep = f"{base.rpartition('/')[0]}/postgres"
    with psycopg.connect(upkeep, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    os.environ |= {
        "DATABASE_URL": f"{base.rpartition('/')[0]}/{name}",
        "DJANGO_SETTINGS_MODULE": "marketplace.settings.development",
        "PRIVATE_MEDIA_ROOT": str(folder / "private"),
        "EMAIL_URL": "dummymail://",
        "LOG_LEVEL": "ERROR",
    }
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connections

    say("migrating …")
    call_command("migrate", verbosity=0)
    try:
        yield
    finally:
        connections.close_all()
        with psycopg.connect(upkeep, autocommit=True) as admin:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def build(count: int, closes_in: float, *, with_file: bool = False) -> tuple[Any, list[Applicant]]:
    """An open stage that closes in so many seconds, and its applicants with a draft each."""
    from datetime import timedelta

    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from challenges.calls.models import CallState, Question, QuestionKind, Stage
    from challenges.calls.services import seal_rulebook
    from marketplace.accounts.models import User
    from marketplace.accounts.session_store import SessionStore
    from tests.factories import OrganisationFactory, make_call

    call = make_call(state=CallState.DRAFT, closes_in=timedelta(seconds=closes_in))
    stage = Stage.objects.get(call=call)
    texts = list(stage.questions.values_list("pk", flat=True))
    if with_file:
        Question.objects.create(
            stage=stage, sort_order=9, kind=QuestionKind.FILE, label="Slides", required=False
        )
    type(call).objects.filter(pk=call.pk).update(state=CallState.APPROVED)
    stage = Stage.objects.select_related("call").get(pk=stage.pk)
    seal_rulebook(stage)
    applicants = []
    for number in range(count):
        person = User.objects.create(email=f"person{number}@example.org", name=f"Person {number}")
        entry = _draft(stage, OrganisationFactory(owner=person))
        session = SessionStore()
        session[SESSION_KEY] = str(person.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = person.get_session_auth_hash()
        session.save()
        key = session.session_key or ""
        applicants.append(Applicant(number, key, entry.pitch.reference, texts, entry.version))
    return stage, applicants


def _draft(stage: Any, organisation: Any) -> Any:
    from challenges.pitches.models import Entry, Pitch

    pitch = Pitch.objects.create(call=stage.call, organisation=organisation)
    return Entry.objects.create(pitch=pitch, stage=stage, rulebook=stage.rulebook)


def play(acts: list[tuple[float, Callable[[], None]]], pool: int) -> None:
    """Do each act at its moment (seconds from now), in so many threads; wait for all."""
    acts = sorted(acts, key=lambda act: act[0])
    began, lock = time.monotonic(), threading.Lock()

    def work() -> None:
        while True:
            with lock:
                if not acts:
                    return
                at, act = acts.pop(0)
            time.sleep(max(0.0, began + at - time.monotonic()))
            act()

    threads = [threading.Thread(target=work) for _ in range(pool)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
