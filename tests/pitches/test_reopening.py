"""A stage opens again for everyone after the service failed; and when it may not."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from challenges.calls.models import Addendum, Stage
from challenges.calls.sign_offs import sign
from challenges.pitches.first_reading import note_reading
from challenges.pitches.models import Entry, EntryState
from challenges.pitches.reopening import propose_reopening, why_not
from challenges.pitches.services import submit_entry, withdraw_entry
from marketplace.accounts.models import User
from marketplace.activity.models import Notification, Record
from marketplace.errors import NotAllowed, Refused
from tests.factories import (
    RegionFactory,
    UserFactory,
    assign,
    close_stage,
    make_call,
    make_entry,
    make_judge,
    make_officer,
    sign_in,
    submit,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def proposed(stage: Stage, actor: User, **changes: Any) -> Any:
    now = timezone.now()
    values: dict[str, Any] = {
        "failed_from": stage.closes_at - HOUR,
        "failed_until": stage.closes_at,
        "closes_at": now + timedelta(days=1),
        "scores_due_at": stage.scores_due_at + timedelta(days=1),
        "decision_on": stage.decision_on + timedelta(days=1),
        "reason": "The site did not answer.",
        **changes,
    }
    return propose_reopening(stage=stage, actor=actor, **values)


@pytest.fixture
def world(db: None) -> Any:
    """A stage that closed a minute ago, with a draft and a submission in it."""
    call = make_call()
    draft, entry = make_entry(call=call), submit(make_entry(call=call))
    stage = close_stage(call.first_stage)
    return draft, entry, stage, make_officer(call.region), make_officer(call.region)


def team(entry: Entry) -> User:
    return User.objects.get(memberships__organisation=entry.pitch.organisation)


def fresh(entry: Entry) -> Entry:
    return Entry.objects.get(pk=entry.pk)


def test_drafts_can_be_submitted_and_submissions_changed(world: Any) -> None:
    draft, entry, stage, first, second = world
    judge = make_judge(stage)
    sign(sign_off=proposed(stage, first), actor=second)
    addendum = Addendum.objects.get()
    assert addendum.state == "published" and "The site did not answer." in addendum.reason
    assert "The service failed from" in addendum.reason
    assert (addendum.proposed_by, addendum.decided_by) == (first, second)
    for each in (draft, entry):
        assert fresh(each).can_change()
        assert fresh(each).rulebook == addendum.rulebook
        mails = Notification.objects.filter(recipient=team(each), subject__startswith="Open again")
        assert mails.count() == 1
    submit_entry(entry=draft, actor=team(draft))
    assert fresh(draft).state == EntryState.SUBMITTED
    assert Notification.objects.filter(
        recipient=judge.user, subject__startswith="Other dates"
    ).exists()


@pytest.mark.parametrize("who", ["officer", "judge", "file"])
def test_once_somebody_has_read_a_submission_it_stays_closed(world: Any, who: str) -> None:
    _, entry, stage, first, second = world
    waiting = proposed(stage, first)
    if who == "judge":
        judge = make_judge(stage)
        review = assign(judge, entry)
        address = reverse("judging:review", kwargs={"pk": review.pk})
        assert sign_in(Client(), judge.user).get(address).status_code == 200
    elif who == "officer":
        address = reverse("desk:pitch", kwargs={"pk": entry.pk})
        assert sign_in(Client(), second).get(address).status_code == 200
    else:
        note_reading(stage, second)
    stage = Stage.objects.get(pk=stage.pk)
    assert stage.first_read_at is not None
    assert "first read" in str(why_not(stage))
    with pytest.raises(Refused):
        sign(sign_off=waiting, actor=second)
    assert not Addendum.objects.exists()


@pytest.mark.parametrize("page", ["pitch", "before", "checks", "discuss", "export"])
def test_every_page_that_shows_a_submission_counts(world: Any, page: str) -> None:
    _, entry, stage, first, _ = world
    address = {
        "pitch": lambda: reverse("desk:pitch", kwargs={"pk": entry.pk}),
        "before": lambda: reverse("desk:before", kwargs={"pk": entry.pk}),
        "checks": lambda: reverse("desk:checks", kwargs={"pk": stage.pk}),
        "discuss": lambda: reverse("judging:discuss", kwargs={"pk": entry.pk}),
        "export": lambda: reverse("desk:export", kwargs={"kind": "csv"}),
    }[page]()
    assert sign_in(Client(), first).get(address).status_code == 200
    assert Stage.objects.get(pk=stage.pk).first_read_at is not None


@pytest.mark.parametrize("page", ["pitches", "call", "ranking", "panel"])
def test_a_list_with_titles_does_not(world: Any, page: str) -> None:
    _, _, stage, first, _ = world
    pk = {"pitches": {}, "call": {"pk": stage.call_id}}.get(page, {"pk": stage.pk})
    assert sign_in(Client(), first).get(reverse(f"desk:{page}", kwargs=pk)).status_code == 200
    assert Stage.objects.get(pk=stage.pk).first_read_at is None


def test_a_team_that_reads_its_own_pitch_changes_nothing(world: Any) -> None:
    _, entry, stage, _, _ = world
    sign_in(Client(), team(entry)).get(entry.get_absolute_url())
    assert Stage.objects.get(pk=stage.pk).first_read_at is None


def test_the_first_reading_is_recorded_once(world: Any) -> None:
    _, _, stage, first, second = world
    for person in (first, second, first):
        note_reading(Stage.objects.select_related("call").get(pk=stage.pk), person)
    assert Record.objects.filter(verb="pitches.first_read").count() == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"closes_at": -HOUR}, "future"),
        ({"failed_from": HOUR}, "after the stage had closed"),
        ({"failed_until": timedelta(days=3)}, "future"),
        ({"scores_due_at": -timedelta(days=40)}, "these dates"),
    ],
)
def test_dates_that_make_no_sense(world: Any, changes: dict[str, Any], said: str) -> None:
    _, _, stage, first, _ = world
    changed = {name: timezone.now() + shift for name, shift in changes.items()}
    if "failed_from" in changed:
        changed["failed_until"] = changed["failed_from"] + HOUR
    with pytest.raises(Refused, match=said):
        proposed(stage, first, **changed)


@pytest.mark.parametrize("life", ["open", "released", "cancelled", "scored", "decided"])
def test_when_it_can_not_be(world: Any, life: str) -> None:
    _, entry, stage, first, _ = world
    now = timezone.now()
    if life == "open":
        Stage.objects.filter(pk=stage.pk).update(closes_at=now + HOUR)
    elif life == "released":
        Stage.objects.filter(pk=stage.pk).update(released_at=now)
    elif life == "cancelled":
        type(stage.call).objects.filter(pk=stage.call_id).update(state="cancelled")
    elif life == "scored":
        review = assign(make_judge(stage), entry)
        type(review).objects.filter(pk=review.pk).update(state="submitted", total=50)
    else:
        from challenges.judging.models import Decision

        Decision.objects.create(entry=entry, outcome="not-awarded", reason="No.", decided_by=first)
    stage = Stage.objects.select_related("call").get(pk=stage.pk)
    assert why_not(stage)
    with pytest.raises(Refused):
        proposed(stage, first)


def test_who_may_not(world: Any) -> None:
    _, _, stage, first, _ = world
    other = RegionFactory(code="E47000001", slug="elsewhere", name="Elsewhere")
    for person in (UserFactory(), make_officer(other)):
        with pytest.raises(NotAllowed):
            proposed(stage, person)
    with pytest.raises(NotAllowed):
        sign(sign_off=proposed(stage, first), actor=first)


def test_its_page(world: Any) -> None:
    _, _, stage, first, _ = world
    client = sign_in(Client(), first)
    address = reverse("desk:reopen", kwargs={"pk": stage.pk})
    page = client.get(address)
    assert page.status_code == 200
    form = page.context["form"]
    at = "%Y-%m-%dT%H:%M"
    data = {
        name: timezone.localtime(form.initial[name]).strftime(at)
        for name in ("failed_until", "closes_at", "scores_due_at")
    }
    data["failed_from"] = timezone.localtime(stage.closes_at - HOUR).strftime(at)
    data["decision_on"] = form.initial["decision_on"].isoformat()
    assert client.post(address, {**data, "reason": ""}).status_code == 400
    answer = client.post(address, {**data, "reason": "Down."})
    assert answer.status_code == 302, answer.context["form"].errors
    assert client.get(address).status_code == 302  # to what waits
    at_desk = client.get(reverse("desk:call", kwargs={"pk": stage.call_id})).content.decode()
    assert "Open again" in at_desk and "More time" not in at_desk


class TestWithdrawal:
    def test_after_the_deadline_officers_and_judges_hear(self, world: Any) -> None:
        _, entry, stage, first, _ = world
        judge, idle = make_judge(stage), make_judge(stage)
        assign(judge, entry)
        withdraw_entry(entry=entry, actor=team(entry), reason="We were bought.")
        subjects = dict(Notification.objects.values_list("recipient", "subject"))
        assert subjects[first.pk].startswith("Withdrawn after the deadline")
        assert subjects[judge.user_id].startswith("Nothing to score any more")
        assert idle.user_id not in subjects
        assert fresh(entry).withdrawn_reason == "We were bought."
        record = Record.objects.get(verb="pitches.withdrawn")
        assert "bought" not in str(record.detail)

    def test_before_it_only_the_team(self) -> None:
        call = make_call()
        officer = make_officer(call.region)
        entry = submit(make_entry(call=call))
        withdraw_entry(entry=entry, actor=team(entry))
        assert not Notification.objects.filter(recipient=officer).exists()

    def test_an_owner_hears_alone_while_they_work_here(self, world: Any) -> None:
        _, entry, stage, first, second = world
        type(stage.call).objects.filter(pk=stage.call_id).update(owner=second)
        withdraw_entry(entry=entry, actor=team(entry))
        assert not Notification.objects.filter(recipient=first).exists()
        assert Notification.objects.filter(recipient=second).exists()
