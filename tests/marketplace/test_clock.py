"""The clock of the one process: what is due is run, once, and nothing stops it."""

import threading
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from celery import Celery
from celery.schedules import crontab
from django.conf import settings

from marketplace import clock
from marketplace.clock import Clock, keep_time

RAN: list[str] = []


@pytest.fixture(autouse=True)
def nothing_ran() -> None:
    RAN.clear()


@pytest.fixture(scope="module")
def app() -> Celery:
    made = Celery("tests", set_as_current=False)
    made.conf.update(task_always_eager=True, timezone="Europe/London")

    @made.task(name="good")
    def good(word: str = "good") -> None:
        RAN.append(word)

    @made.task(name="bad")
    def bad() -> None:
        raise RuntimeError("on fire")

    return made


def later(made: Clock, **by: float) -> None:
    """As if so much time had passed since each was last run."""
    for entry in made.entries:
        entry.last_run_at -= timedelta(**by)


def test_what_is_due_is_run_once_with_its_arguments(app: Celery) -> None:
    made = Clock(
        app,
        {
            "minute": {"task": "good", "schedule": 60.0, "args": ("minute",)},
            "hour": {"task": "good", "schedule": 3600.0, "args": ("hour",)},
            "daily": {"task": "good", "schedule": crontab(hour=7, minute=30), "args": ("day",)},
        },
    )
    assert made.tick() == []
    later(made, seconds=61)
    assert "minute" in made.tick() and made.tick() == []
    assert RAN.count("minute") == 1 and "hour" not in RAN
    later(made, hours=24)
    assert set(made.tick()) == {"minute", "hour", "daily"}


def test_one_that_fails_or_is_unknown_stops_no_other(app: Celery) -> None:
    made = Clock(
        app,
        {
            "bad": {"task": "bad", "schedule": 1.0},
            "unknown": {"task": "nobody.knows.it", "schedule": 1.0},
            "good": {"task": "good", "schedule": 1.0},
        },
    )
    later(made, seconds=5)
    assert made.tick() == ["bad", "unknown", "good"]
    assert RAN == ["good"]


def test_it_looks_until_it_is_told_to_stop(app: Celery) -> None:
    answers = iter([False, False, True])
    made = Clock(app, {"good": {"task": "good", "schedule": 0.0}})
    with patch.object(made, "tick", wraps=made.tick) as tick:
        keep_time(made, lambda seconds: next(answers))
    assert tick.call_count == 2


def test_it_runs_only_where_no_broker_is(settings: Any) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = False
    assert clock.start() is None


def test_of_two_only_one_keeps_the_time(tmp_path: Any, settings: Any) -> None:
    with (tmp_path / "lock").open("w") as one, (tmp_path / "lock").open("w") as other:
        assert clock._is_mine(one)
        assert not clock._is_mine(other)
    with (tmp_path / "lock").open("w") as again:
        assert clock._is_mine(again)


def test_a_thread_that_is_stopped_ends(tmp_path: Any, settings: Any) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = True
    settings.VAR_DIR = tmp_path
    stop = threading.Event()
    stop.set()
    thread = clock.start(stop)
    assert thread is not None and thread.daemon
    thread.join(10)
    assert not thread.is_alive()


def test_everything_on_the_schedule_is_a_task() -> None:
    from celery import current_app

    current_app.loader.import_default_modules()
    names = {row["task"] for row in settings.CELERY_BEAT_SCHEDULE.values()}
    assert names <= set(current_app.tasks)
