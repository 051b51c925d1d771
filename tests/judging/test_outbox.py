"""Letters: what every one says, one written by hand, one held back."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from challenges.awards.models import Award
from challenges.calls.models import Stage
from challenges.judging import decisions
from challenges.judging.models import (
    Decision,
    OutgoingLetter,
)
from challenges.judging.results import released_result
from challenges.judging.services import outbox
from challenges.judging.services.releasing import (
    propose_release,
)
from challenges.judging.statistics import released_stages
from challenges.pitches.models import Entry
from marketplace.accounts.models import User
from marketplace.activity.models import Notification
from marketplace.errors import Incomplete, NotAllowed, Refused, WrongState
from tests.factories import (
    make_officer,
    release,
)
from tests.judging.conftest import World, build_world, write_review
from tests.judging.test_decisions import decide

pytestmark = pytest.mark.django_db


def fresh(world: World) -> Stage:
    return Stage.objects.get(pk=world.stage.pk)


def test_a_letter_says_who_writes_and_how_to_come_back(decided: World) -> None:
    type(decided.call.region).objects.update(contact_email="challenges@example.org")
    letter = decisions.compose(Decision.objects.get(entry=decided.entry))
    for words in (
        "Dear team of",
        "of 5 on average",
        "• Good.",
        "challenges@example.org",
        "20 working days",
        decided.call.region.name,
    ):
        assert words in letter.body
    assert decided.judge.name not in letter.body


def test_one_written_by_hand_goes_out_so_with_what_every_letter_says(
    decided: World, second: User
) -> None:
    decision = Decision.objects.get(entry=decided.entry)
    text = f"Dear Ada,\n\nWell done: £12,000.\n\nWhy: {decision.reason}"
    for wrong in ("Dear Ada, well done.", f"Why: {decision.reason}", "£12,000"):
        with pytest.raises(Incomplete):
            outbox.write_letter(decision=decision, text=wrong, actor=decided.officer)
    outbox.write_letter(decision=decision, text=text, actor=decided.officer)
    release(decided.stage, decided.officer, second=second)
    sent = Notification.objects.get(recipient=decided.applicant, subject__startswith="Awarded")
    assert sent.body.startswith("Dear Ada,")
    assert "20 working days" in sent.body
    assert decisions.compose(Decision.objects.get(pk=decision.pk)).body == sent.body


def test_one_written_for_another_decision_holds_the_release_up(decided: World) -> None:
    decision = Decision.objects.get(entry=decided.entries[1])
    outbox.write_letter(decision=decision, text=f"No. {decision.reason}", actor=decided.officer)
    decide(decided, "not-awarded", decided.entries[1:], reason="Another reason.")
    with pytest.raises(Refused, match="read the letter again"):
        propose_release(stage=fresh(decided), actor=decided.officer)
    outbox.reset_letter(decision=decision, actor=decided.officer)
    propose_release(stage=fresh(decided), actor=decided.officer)


def test_a_held_team_knows_nothing_until_its_letter_is_sent(
    decided: World, second: User, client: Any
) -> None:
    decision = Decision.objects.get(entry=decided.entry)
    outbox.hold_letter(decision=decision, reason="We ring first.", actor=decided.officer)
    release(decided.stage, decided.officer, second=second)
    assert released_result(Entry.objects.get(pk=decided.entry.pk)) is None
    assert released_result(Entry.objects.get(pk=decided.entries[1].pk)) is not None
    assert not Award.objects.exists()
    assert released_stages(decided.call.reference) == [], "numbers would tell it"
    assert not Notification.objects.filter(recipient=decided.applicant, subject__startswith="Awa")
    client.force_login(decided.applicant)
    page = client.get(decided.entry.get_absolute_url()).content.decode()
    assert "Result on its way" in page and "Congratulations" not in page
    with pytest.raises(NotAllowed):
        outbox.send_held(decision=decision, actor=decided.judge.user)
    outbox.send_held(decision=decision, actor=second)
    with pytest.raises(WrongState):
        outbox.send_held(decision=decision, actor=second)
    assert Award.objects.get().amount == 12_000
    assert released_stages(decided.call.reference) == [decided.stage]
    assert "Congratulations" in client.get(decided.entry.get_absolute_url()).content.decode()


def test_a_held_letter_goes_out_by_itself_even_where_its_officer_has_left(
    decided: World, second: User
) -> None:
    decision = Decision.objects.get(entry=decided.entry)
    outbox.hold_letter(decision=decision, reason="We ring first.", actor=decided.officer)
    release(decided.stage, decided.officer, second=second)
    until = OutgoingLetter.objects.get(decision=decision).held_until
    assert timedelta(days=4) < until - timezone.now() <= timedelta(days=5)
    assert outbox.remind_of_held(until - timedelta(days=1)) == 1
    assert outbox.remind_of_held(until - timedelta(days=1)) == 1
    told = Notification.objects.filter(recipient=second, subject__startswith="Still to be told")
    assert told.count() == 1, "once a day"
    decided.officer.region_roles.all().delete()
    assert outbox.send_overdue(until - timedelta(seconds=1)) == 0
    assert outbox.send_overdue(until) == 1
    assert outbox.send_overdue(until) == 0
    assert Award.objects.count() == 1


def test_no_hold_reaches_into_the_next_stage() -> None:
    world = build_world(stages=2)
    write_review(world.assignment)
    decide(world, "shortlisted", world.entries[:1])
    decide(world, "not-awarded", world.entries[1:])
    opens = timezone.now() + timedelta(days=1)
    Stage.objects.filter(call=world.call, order=2).update(opens_at=opens)
    decision = Decision.objects.get(entry=world.entry)
    outbox.hold_letter(decision=decision, reason="Later.", actor=world.officer)
    release(world.stage, world.officer)
    assert OutgoingLetter.objects.get(decision=decision).held_until == opens
    assert not Entry.objects.filter(stage__order=2).exists()
    make_officer(world.call.region)
    assert outbox.send_overdue(opens) == 1
    assert Entry.objects.filter(stage__order=2).count() == 1
