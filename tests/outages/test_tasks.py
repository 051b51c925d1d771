"""Every task has its limits, and every message that asks for one may be lost."""

import ast
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
import time_machine
from celery import Celery, Task
from django.conf import settings as project
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from marketplace.celery import SiteTask, app
from marketplace.outages import owed
from marketplace.outages.breaker import breaker
from marketplace.outages.models import OwedTask
from marketplace.outages.tasks import carry_out, carry_out_owed
from marketplace.settings import time_limits
from tests.chaos.links import REFUSES, SILENT, Link

FLOORS = ("cms", "search", "challenges", "startups", "marketplace")


def tasks() -> dict[str, Any]:
    app.loader.import_default_modules()
    return {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}


def limit(task: Any, name: str) -> int:
    return getattr(task, name) or getattr(app.conf, f"task_{name}")


@pytest.mark.parametrize("name", sorted(tasks()))
def test_every_task_is_told_to_end_and_then_ended(name: str) -> None:
    task = tasks()[name]
    assert 0 < limit(task, "soft_time_limit") < limit(task, "time_limit")
    # A longer one would be given to a second worker while the first is at it.
    assert limit(task, "time_limit") < project.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]
    assert isinstance(task, SiteTask)
    assert task.acks_late
    assert task.reject_on_worker_lost
    assert task.retry_on_worker_lost
    assert task.max_retries


def test_the_table_of_long_tasks_names_tasks_and_the_clock_names_tasks() -> None:
    assert time_limits.LONG_TASKS.keys() <= tasks().keys()
    assert {row["task"] for row in project.CELERY_BEAT_SCHEDULE.values()} <= tasks().keys()
    assert project.CELERY_WORKER_PREFETCH_MULTIPLIER == 1


# --- who asks for a task, and who finds it again --------------------------------------

SWEPT = {
    ("marketplace/activity/services.py", "send_notifications"): "send-unsent-mail",
    ("marketplace/outages/owed.py", "carry_out"): "carry-out-owed",
    ("search/services.py", "index_things"): "search-catch-up",
    ("challenges/pitches/scanning.py", "scan_attachments"): "scan-waiting-files",
    ("challenges/pitches/judges_copies.py", "make_judges_copies"): "make-waiting-judges-copies",
}
"""(file, task that it asks a worker for) → the sweep that finds it when the message is lost. What
is not in an app's own rows is handed over by `owed.hand_over`, which keeps it."""


def test_every_message_to_a_worker_has_a_sweep() -> None:
    asked = {
        (str(path), task)
        for path in sources()
        for call in ast.walk(ast.parse((project.BASE_DIR / path).read_text()))
        if isinstance(call, ast.Call) and (task := asked_for(call))
    } - {("marketplace/outages/owed.py", "task")}
    assert asked == SWEPT.keys()
    assert set(SWEPT.values()) <= project.CELERY_BEAT_SCHEDULE.keys()


def asked_for(call: ast.Call) -> str | None:
    """The task that a call asks a worker for, by its last name."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in ("delay", "apply_async", "send_task", "signature"):
        what = call.func.value if isinstance(call.func, ast.Attribute) else None
    elif name in ("tell_worker", "_is_told"):
        what = call.args[0]
    else:
        return None
    found = what.attr if isinstance(what, ast.Attribute) else getattr(what, "id", "?")
    return None if found.startswith("super") or found == "?" else found


def sources() -> list[Path]:
    root = project.BASE_DIR
    return sorted(
        path.relative_to(root) for floor in FLOORS for path in (root / floor).rglob("*.py")
    )


# --- owed tasks ----------------------------------------------------------------------

done: list[Any] = []


@app.task(name="tests.outages.note", bind=False)
def note(what: Any) -> None:
    if what == "fails":
        raise ValueError("what somebody wrote")
    done.append(what)


@pytest.fixture(autouse=True)
def _nothing_done() -> None:
    done.clear()


def later(**more: float) -> time_machine.travel:
    return time_machine.travel(timezone.now() + timedelta(**more))


@pytest.mark.django_db
@pytest.mark.parametrize("answer", [None, OperationalError()], ids=["lost", "refused"])
def test_a_lost_message_is_found_once(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any, answer: Any
) -> None:
    monkeypatch.setattr(carry_out, "delay", Mock(side_effect=answer))
    with django_capture_on_commit_callbacks(execute=True):
        owed.hand_over(note, 7)
    assert carry_out_owed() == 0, "a worker may be at it"
    with later(minutes=2):
        assert carry_out_owed() == 1
        assert carry_out_owed() == 0
    assert done == [7]
    assert not OwedTask.objects.exists()


@pytest.mark.django_db
def test_where_somebody_waits_it_is_done_here(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    monkeypatch.setattr(carry_out, "delay", Mock(side_effect=OperationalError()))
    with django_capture_on_commit_callbacks(execute=True):
        owed.hand_over(note, 7, or_here=True)
    assert done == [7]


@pytest.mark.django_db
def test_a_worker_that_was_killed_is_taken_for_lost_in_the_end() -> None:
    row = owed.hand_over(note, 7)
    OwedTask.objects.filter(pk=row.pk).update(
        not_before=timezone.now() + timedelta(seconds=project.LONGEST_TASK)
    )
    with later(minutes=5):
        assert carry_out_owed() == 0
        assert not owed.carry_out(row.pk)
    with later(hours=1):
        assert carry_out_owed() == 1


@pytest.mark.django_db
def test_one_that_fails_waits_longer_each_time_and_stops_no_other(settings: Any) -> None:
    settings.CELERY_TASK_EAGER_PROPAGATES = False
    failing, fine = owed.hand_over(note, "fails"), owed.hand_over(note, 1)
    OwedTask.objects.create(task="no.such.task", given=[])
    with later(minutes=2):
        assert carry_out_owed() == 1
        assert done == [1]
        assert carry_out_owed() == 0
    waits = [owed.wait_after(tries) for tries in range(1, 30)]
    assert waits == sorted(waits)
    assert waits[-1] == owed.LONGEST_WAIT
    assert OwedTask.objects.get(pk=failing.pk).tries == 1
    assert not OwedTask.objects.filter(pk=fine.pk).exists()


@pytest.mark.django_db
def test_what_was_rolled_back_is_not_done() -> None:
    with pytest.raises(ValueError), transaction.atomic():
        owed.hand_over(note, 7)
        raise ValueError
    with later(minutes=2):
        assert carry_out_owed() == 0


# --- a queue that is away ------------------------------------------------------------


def nothing() -> None: ...


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Link, Task]]:
    """A link, and a task of an application that sends it there, as a web process would."""
    link = Link(None)
    own = Celery(
        "chaos", task_cls=SiteTask, broker=f"redis://{link.address}/0", set_as_current=False
    )
    own.conf.task_publish_retry = False
    own.conf.broker_connection_timeout = 0.5
    own.conf.broker_transport_options = {
        **time_limits.broker_options(time_limits.WEB),
        "socket_timeout": 0.5,
        "socket_connect_timeout": 0.5,
    }
    yield link, own.task(name="tests.outages.elsewhere")(nothing)
    link.close()


@pytest.mark.parametrize("mode", [REFUSES, SILENT])
def test_a_queue_that_takes_nothing_is_waited_for_once(queue: tuple[Link, Task], mode: str) -> None:
    link, task = queue
    link.set(mode)
    began = timezone.now()
    for _ in range(20):
        with pytest.raises(OperationalError):
            task.delay()
    assert (timezone.now() - began).total_seconds() < 4
    assert breaker("broker").has_failed
