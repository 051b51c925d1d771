"""What unsuccessful applicants wrote leaves on schedule, after a warning; results stay."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from challenges.judging import retention
from challenges.judging.decisions import compose, decide, standard_text
from challenges.judging.models import Assignment, Decision, Outcome, Score
from challenges.judging.services.appeals import file_appeal
from challenges.judging.statistics import statistics_of
from challenges.pitches.models import Attachment, Entry, Pitch
from cms.desk.models import Note
from cms.desk.tasks import erase_notes
from marketplace.activity.models import Notification, Record
from marketplace.activity.services import find_break
from tests.factories import assign, release, sign_in
from tests.judging.conftest import World, attach, build_world, text_of, write_review

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
KEPT = timedelta(days=730)


@pytest.fixture
def decided() -> World:
    """The first is awarded, the second is not."""
    world = build_world()
    attach(world.entries[1])
    write_review(world.assignment, 5, comment="Zq-panel")
    write_review(assign(world.judge, world.entries[1]), 2, comment="Zq-panel")
    common = {"stage": world.stage, "reason": "By the ranking.", "actor": world.officer}
    decide(entries=world.entries[:1], outcome=Outcome.AWARDED, amount=9000, **common)
    decide(entries=world.entries[1:], outcome=Outcome.NOT_AWARDED, feedback="Zq-feed", **common)
    release(world.stage, world.officer)
    Note.objects.create(
        call=world.call, pitch=world.entries[1].pitch, text="Zq-note", by=world.officer
    )
    return world


def pass_time(warned_at: timedelta, erased_at: timedelta) -> tuple[int, int]:
    now = timezone.now()
    return retention.warn_of_erasure(now + warned_at), retention.erase_old_pitches(now + erased_at)


def test_after_a_warning_every_word_goes_and_the_result_stays(
    decided: World, client: Client, django_capture_on_commit_callbacks: object
) -> None:
    lost = decided.entries[1]
    file = Attachment.objects.get()
    storage, name = file.file.storage, file.file.name
    assert storage.exists(name)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        assert pass_time(KEPT - 29 * DAY, KEPT + 2 * DAY) == (1, 1)
    told = Notification.objects.filter(subject__startswith="What you wrote will be erased")
    assert told.count() == 1
    assert not storage.exists(name)
    assert not Attachment.objects.exists()
    pitch = Pitch.objects.get(pk=lost.pitch_id)
    assert (pitch.title, pitch.summary) == ("", "")
    assert not lost.answers.exists()
    assert lost.submissions.get().content["answers"] == []
    assert lost.submissions.get().digest
    review = Assignment.objects.get(entry=lost)
    assert review.total is not None
    assert not review.comment
    assert set(Score.objects.filter(assignment=review).values_list("comment", flat=True)) == {""}
    decision = Decision.objects.get(entry=lost)
    assert (decision.reason, decision.feedback) == ("By the ranking.", "")
    assert erase_notes() == 1
    record = Record.objects.get(verb="pitches.erased")
    assert find_break(record.chain) is None
    assert statistics_of(decided.stage).scored == 2
    person = lost.pitch.organisation.memberships.get().user
    page = text_of(sign_in(client, person).get(lost.get_absolute_url()))
    assert "were erased on" in page
    assert "Keep a copy" not in page


def test_the_winner_keeps_everything(decided: World) -> None:
    pass_time(KEPT, KEPT + 40 * DAY)
    won = Entry.objects.get(pk=decided.entry.pk)
    assert won.answers.exists()
    assert won.pitch.title


def test_nothing_goes_without_a_warning_of_thirty_days(decided: World) -> None:
    now = timezone.now()
    assert retention.erase_old_pitches(now + 2 * KEPT) == 0
    late = now + 2 * KEPT
    assert retention.warn_of_erasure(late) == 1
    assert retention.warn_of_erasure(late) == 0, "told once"
    assert retention.erase_old_pitches(late + 29 * DAY) == 0
    assert retention.erase_old_pitches(late + 30 * DAY) == 1
    assert retention.erase_old_pitches(late + 30 * DAY) == 0


def test_not_while_somebody_has_come_back(decided: World) -> None:
    lost = decided.entries[1]
    person = lost.pitch.organisation.memberships.get().user
    file_appeal(entry=lost, kind="appeal", grounds="A rule.", actor=person)
    assert pass_time(KEPT, KEPT + 40 * DAY) == (0, 0)


def test_not_where_the_operator_keeps_everything(
    decided: World, settings: pytest.FixtureRequest
) -> None:
    settings.PITCH_RETENTION_DAYS = 0
    assert pass_time(KEPT, KEPT + 40 * DAY) == (0, 0)
    decision = Decision.objects.get(entry=decided.entries[1])
    assert "then erase it" not in standard_text(decision)[1]


def test_the_letter_names_the_day(decided: World) -> None:
    decision = Decision.objects.get(entry=decided.entries[1])
    day = timezone.localdate(decision.released_at + KEPT)
    assert f"until {day:%-d %B %Y}" in compose(decision).body


def test_what_is_still_judged_stays() -> None:
    build_world()
    assert pass_time(2 * KEPT, 2 * KEPT + 40 * DAY) == (0, 0)
