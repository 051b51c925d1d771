"""A mail server that goes wrong at each step of the protocol (RFC 5321, RFC 3207), on a socket."""

import contextlib
import signal
import socketserver
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.utils import timezone

from marketplace.activity import tasks
from marketplace.activity.models import Notification
from marketplace.outages.breaker import breaker, forget_all
from tests.activity.test_refused_mail import waiting

pytestmark = pytest.mark.django_db

CLOSE, ENDLESS, GARBAGE = "close", "endless", "garbage"
STEPS = ("greeting", "EHLO", "MAIL", "RCPT", "DATA", "end")
GOOD = {"greeting": "220 here", "EHLO": "250 here", "DATA": "354 go on", "STARTTLS": "220 go on"}


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Talk)
        self.answers: dict[str, str] = {}
        self.taken: list[str] = []


class Talk(socketserver.StreamRequestHandler):
    server: Server

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            self.talk()

    def talk(self) -> None:
        going = self.answer("greeting")
        while going and (line := self.rfile.readline()):
            verb = line.decode("latin-1").split()[0].upper()
            if verb == "QUIT":
                self.say("221 bye")
                return
            going = self.answer(verb)
            if verb == "DATA" and self.server.answers.get("DATA", "354").startswith("354"):
                text = b"".join(iter(self.rfile.readline, b".\r\n"))
                going = self.answer("end")
                if going and self.server.answers.get("end", "250").startswith("250"):
                    self.server.taken.append(text.decode())

    def answer(self, step: str) -> bool:
        """Whether it goes on."""
        what = self.server.answers.get(step, GOOD.get(step, "250 so be it"))
        if what == ENDLESS:
            while True:
                self.say("250-and")
                time.sleep(0.05)
        if what == GARBAGE:
            self.wfile.write(b"\xff\x00<html>" * 40 + b"\r\n")
        elif what != CLOSE:
            self.say(what)
        return what not in (CLOSE, GARBAGE) and not what.startswith("421")

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def server(settings: Any) -> Iterator[Server]:
    server = Server()
    threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address
    settings.EMAIL_TIMEOUT = 1
    yield server
    server.shutdown()
    server.server_close()


def arrives_once(server: Server) -> None:
    """Later, when the server is well."""
    server.answers.clear()
    forget_all()
    Notification.objects.update(try_after=timezone.now())
    tasks.send_unsent_notifications()
    tasks.send_unsent_notifications()
    assert len(server.taken) == 1
    assert not Notification.objects.unsent().exists()


FAULTS = [
    (step, answer)
    for step in STEPS
    for answer in (CLOSE, GARBAGE, "421 later", "451 later", "550 never", "999 x", "25")
]


@pytest.mark.parametrize(("step", "answer"), FAULTS)
def test_at_whichever_step_nothing_is_lost(server: Server, step: str, answer: str) -> None:
    row = waiting("x@example.org")
    server.answers[step] = answer
    # Where it knows no EHLO it is greeted as servers were before.
    is_old = step == "EHLO" and answer[0] in "4592" and not answer.startswith("421")
    assert tasks.send_unsent_notifications() == is_old
    row.refresh_from_db()
    if is_old:
        assert row.mailed_at and len(server.taken) == 1
        return
    assert row.claimed_at is None and row.mailed_at is None
    if row.refused_at:
        assert answer == "550 never" and step in ("RCPT", "DATA", "end")
        assert not server.taken
    else:
        arrives_once(server)


@pytest.mark.parametrize(
    "said",
    ["250 here", "250-here\r\n250 STARTTLS", "250-here\r\n250 AUTH PLAIN"],
    ids=["without TLS", "TLS that is none", "without TLS, with a password"],
)
def test_what_must_be_secret_is_said_to_no_server_without_tls(
    server: Server, settings: Any, said: str
) -> None:
    settings.EMAIL_USE_TLS = True
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "us", "secret"
    row = waiting("x@example.org")
    server.answers["EHLO"] = said
    assert tasks.send_unsent_notifications() == 0
    row.refresh_from_db()
    assert (row.attempts, row.refused_at, server.taken) == (0, None, [])
    settings.EMAIL_USE_TLS = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    arrives_once(server)


@pytest.mark.parametrize("step", STEPS)
def test_a_server_that_never_ends_is_cut_off_by_the_clock(server: Server, step: str) -> None:
    """Each line comes in time for the connection’s own limit; that of the task ends it."""
    row = waiting("x@example.org")
    server.answers[step] = ENDLESS
    began = time.monotonic()
    with cut_off_after(0.3), pytest.raises(SoftTimeLimitExceeded):
        tasks.send_unsent_notifications()
    assert time.monotonic() - began < 5
    assert breaker("mail").is_open
    assert tasks.send_notifications([row.pk]) == 0
    row.refresh_from_db()
    assert (row.claimed_at, row.attempts, row.refused_at) == (None, 0, None)
    arrives_once(server)


@contextlib.contextmanager
def cut_off_after(seconds: float) -> Iterator[None]:
    """As Celery does it: a signal, once."""

    def cut_off(*given: object) -> None:
        raise SoftTimeLimitExceeded

    before = signal.signal(signal.SIGALRM, cut_off)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
