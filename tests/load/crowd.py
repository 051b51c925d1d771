"""A crowd at one call: gunicorn on PostgreSQL, and applicants who speak HTTP to it.

Used by `rush` and `kill`. `prepared` must run before anything of Django's is imported.
"""

import json
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.asking import Answer, ask
from tests.production import collect_static, empty_database, settings_for, web

CSRF = "c" * 32
DIGEST = re.compile(r"<code>([0-9a-f]{64})</code>")


@dataclass
class Applicant:
    """One person with one pitch. `told` is what the server has said that it holds."""

    number: int
    session: str
    reference: str
    questions: list[int]
    version: int
    told: dict[str, Any] = field(default_factory=dict)
    replies: list[tuple[str, Answer]] = field(default_factory=list)
    digest: str = ""
    pressed_at: float = 0.0
    """When they pressed the button to submit, last; seconds since 1970."""

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
            self.version = json.loads(reply.content)["version"]
            self.told = {"text": text, "money": str(10_000 + save)}

    def submit(self, server: "Server") -> None:
        self.pressed_at = time.time()
        reply = self._post(server, "submit", {"version": self.version, "declaration": "on"})
        if reply.status == 302:
            page = self._get(server, "submit")
            if found := DIGEST.search(page.text):
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
            if found := re.search(r'name="version" value="(\d+)"', page.text):
                self.version = int(found[1])

    def _post(self, server: "Server", name: str, fields: dict[str, Any]) -> Answer:
        path = f"/pitches/{self.reference}/{name}/"
        kind = "application/x-www-form-urlencoded"
        reply = server.ask("POST", path, self.session, urlencode(fields).encode(), kind)
        self.replies.append((name, reply))
        return reply

    def _get(self, server: "Server", name: str) -> Answer:
        reply = server.ask("GET", f"/pitches/{self.reference}/{name}/", self.session)
        self.replies.append((f"see {name}", reply))
        return reply


class Server:
    """gunicorn as in production, on a port of its own; applicants reach it as through a proxy."""

    def __init__(self) -> None:
        folder = Path(os.environ["MEDIA_ROOT"]).parent
        self.process, self.port = web(os.environ, folder)
        self.start, self.kill, self.stop = (
            self.process.start,
            self.process.kill,
            self.process.stop,
        )
        self.headers = {
            "Host": "localhost",
            "X-Forwarded-Proto": "https",
            "Origin": "https://localhost",
        }

    def ask(
        self, method: str, path: str, session: str, body: bytes = b"", kind: str = ""
    ) -> Answer:
        """One question on a connection of its own; a server that dies gives status 0."""
        headers = {
            **self.headers,
            "X-Request-Start": f"t={time.time():.3f}",
            "Cookie": f"sessionid={session}; csrftoken={CSRF}",
            "X-CSRFToken": CSRF,
        }
        if kind:
            headers["Content-Type"] = kind
        return ask(self.port, method, path, headers, body)


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
    """Production settings and an empty, migrated database of this run's own, dropped afterwards.

    Raises:
        SystemExit: DATABASE_URL names no PostgreSQL server, or REDIS_URL no Redis.
    """
    base, redis = os.environ.get("DATABASE_URL", ""), os.environ.get("REDIS_URL", "")
    if not base.startswith("postgres") or not redis:
        raise SystemExit("Set DATABASE_URL and REDIS_URL to real ones, or use the make target.")
    say("migrating …")
    settings = partial(settings_for, folder, redis=redis, LOG_LEVEL="ERROR")
    with empty_database(base, lambda url: settings(database=url)) as url:
        os.environ |= settings(database=url)
        import django

        django.setup()
        from django.db import connections

        collect_static(os.environ)
        try:
            yield
        finally:
            connections.close_all()


def build(
    count: int, closes_in: float, *, with_file: bool = False, begin_at: int = 0
) -> tuple[Any, list[Applicant]]:
    """An open stage that closes in so many seconds, and its applicants with a draft each.

    Args:
        begin_at: number of the first applicant, where there are others.
    """
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
    for number in range(begin_at, begin_at + count):
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
