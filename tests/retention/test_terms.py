"""What is kept for a time goes when that is over: every model with a term, in batches, twice."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from challenges.judging.models import MemberState, Panel, PanelMember
from challenges.people.models import Expert
from cms.desk.models import BulkMessage
from marketplace.activity.models import (
    NewsLine,
    Notification,
    RecordCheck,
    RecordFinding,
    Setback,
    Told,
)
from marketplace.activity.services import mark_read
from marketplace.limits.models import Tally
from marketplace.retention import pruning
from marketplace.retention.pruning import forget_past_terms, past_term
from marketplace.retention.registry import REGISTRY
from marketplace.settings.schedule import CELERY_BEAT_SCHEDULE
from marketplace.tasks import forget_past_terms as task
from startups.models import TeamInvitation
from tests.factories import (
    OrganisationFactory,
    RegionFactory,
    UserFactory,
    make_call,
    make_judge,
    make_officer,
)

pytestmark = pytest.mark.django_db

NOW = timezone.now()


def make_rows(at: Any, number: int = 1) -> None:
    """So many rows, whose terms run from then, of every model that has one."""
    person, officer = UserFactory(), make_officer()
    panel = Panel.objects.create(stage=make_call().first_stage)
    for n in range(number):
        key = f"{at.timestamp():.0f}-{n}"
        Notification.objects.create(
            recipient=person, address="", subject="x", body="y", created_at=at
        )
        Told.objects.create(person=person, key=str(n), at=at)
        NewsLine.objects.create(
            person=person, key=str(n), text="x", path="/", created_at=at, told_at=at
        )
        BulkMessage.objects.create(token=key, by=officer, at=at, subject="x", body="y", pitches=0)
        Tally.objects.create(key=key, count=1, began=at, last=at, free_at=at)
        RecordCheck.objects.create(started_at=at, ended_at=at)
        RecordFinding.objects.create(kind="broken", where=key, what="x", first_at=at, gone_at=at)
        Setback.objects.create(sweep=key, key=n, at=at, try_after=at)
        TeamInvitation.objects.create(
            organisation=OrganisationFactory(),
            email="x@example.org",
            token_digest=key,
            invited_by=person,
            expires_at=at,
        )
        PanelMember.objects.create(
            panel=panel,
            email=f"x{key}@example.org",
            name="X",
            token_digest=key,
            expires_at=at,
        )
        Expert.objects.create(
            region=RegionFactory(),
            email=f"x{key}@example.org",
            name="X",
            left_at=at,
        )


def with_terms() -> list[Any]:
    return [held for held in REGISTRY.held.values() if held.term]


def test_each_model_with_a_term_is_reached() -> None:
    make_rows(NOW - timedelta(days=4000))
    make_rows(NOW)
    labels = {held.model._meta.label for held in with_terms()}
    assert task() == dict.fromkeys(labels, 1), "give make_rows a row of each"
    for held in with_terms():
        assert held.model._base_manager.count() == 1, held.model
    assert set(forget_past_terms().values()) == {0}


def test_what_is_read_goes_as_what_is_not() -> None:
    make_rows(NOW)
    mark_read(Notification.objects.get().recipient)
    forget_past_terms(NOW + timedelta(days=729))
    assert Notification.objects.count() == 1
    forget_past_terms(NOW + timedelta(days=731))
    assert not Notification.objects.exists()


def test_what_waits_to_be_told_stays() -> None:
    old = NOW - timedelta(days=4000)
    make_rows(old)
    Notification.objects.update(address="a@example.org")
    NewsLine.objects.update(told_at=None)
    gone = forget_past_terms()
    assert (gone["activity.Notification"], gone["activity.NewsLine"]) == (0, 0)
    Notification.objects.update(refused_at=old)
    assert forget_past_terms()["activity.Notification"] == 1


@pytest.mark.parametrize("state", MemberState.values)
def test_who_judged_stays_and_who_never_came_goes(state: str) -> None:
    old = NOW - timedelta(days=4000)
    make_rows(old)
    if state != MemberState.ACCEPTED:  # who accepted has an account
        PanelMember.objects.update(state=state)
    judge = make_judge(make_call().first_stage)
    PanelMember.objects.filter(pk=judge.pk).update(expires_at=old, state=state)
    forget_past_terms()
    assert PanelMember.objects.count() == 1 + (state == MemberState.STEPPED_DOWN)
    assert PanelMember.objects.filter(pk=judge.pk).exists()


def test_without_end_where_the_operator_says_so(settings: Any) -> None:
    settings.NOTIFICATION_RETENTION_DAYS = 0
    make_rows(NOW - timedelta(days=4000))
    gone = forget_past_terms()
    assert "activity.Notification" not in gone
    assert gone["startups.TeamInvitation"] == 1


def test_batch_after_batch_each_in_its_turn(monkeypatch: Any) -> None:
    monkeypatch.setattr(pruning, "BATCH", 2)
    make_rows(NOW - timedelta(days=4000), number=5)
    turns: list[str] = []
    forget = pruning._forget_batch

    def watched(held: Any, *args: Any) -> bool:
        turns.append(held.model.__name__)
        return forget(held, *args)

    monkeypatch.setattr(pruning, "_forget_batch", watched)
    assert set(forget_past_terms().values()) == {5}
    kinds = len(with_terms())
    assert len(turns) == 3 * kinds
    assert len(set(turns[:kinds])) == kinds


def test_one_that_fails_keeps_no_other(monkeypatch: Any) -> None:
    make_rows(NOW - timedelta(days=4000))
    delete = pruning.delete_rows

    def failing(rows: Any) -> None:
        if rows.model is Told:
            raise RuntimeError("away")
        delete(rows)

    monkeypatch.setattr(pruning, "delete_rows", failing)
    gone = forget_past_terms()
    assert "activity.Told" not in gone
    assert gone["activity.NewsLine"] == gone["people.Expert"] == 1
    monkeypatch.undo()
    assert forget_past_terms()["activity.Told"] == 1, "the next run takes it"


def test_a_run_ends_and_the_next_goes_on(monkeypatch: Any) -> None:
    monkeypatch.setattr(pruning, "BATCH", 1)
    make_rows(NOW - timedelta(days=4000), number=2)
    monkeypatch.setattr(pruning, "RUN_FOR", timedelta(0))
    assert forget_past_terms() == {}
    monkeypatch.undo()
    assert set(forget_past_terms().values()) == {2}


def test_the_oldest_go_first_and_the_clock_asks() -> None:
    make_rows(NOW - timedelta(days=4000), number=2)
    for held in with_terms():
        rows = past_term(held, NOW)
        assert rows is not None
        moments = list(rows.values_list(held.term.since, flat=True))
        assert moments == sorted(moments)
    tasks = {each["task"] for each in CELERY_BEAT_SCHEDULE.values()}
    assert task.name in tasks
