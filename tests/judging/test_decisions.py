"""Deciding and releasing: everybody at once, or nobody."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.core import mail
from django.test import Client, TransactionTestCase
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from challenges.awards.models import Award
from challenges.calls.models import Stage
from challenges.judging import decisions
from challenges.judging.models import AssignmentState, Decision, Outcome
from challenges.judging.results import feedback_for, released_result
from challenges.judging.services import remove_member
from challenges.judging.services.releasing import release_decisions
from challenges.judging.services.reminding import remind_before_close
from challenges.pitches.models import Entry, EntryState
from challenges.pitches.services import withdraw_entry
from marketplace.accounts.models import Role
from marketplace.accounts.services import grant_role
from marketplace.activity.models import Notification
from marketplace.errors import Incomplete, NotAllowed, Refused, TooLate
from startups.models import Membership
from tests.factories import (
    UserFactory,
    assign,
    make_judge,
    make_officer,
    release,
    sign_in,
    signed_release,
)
from tests.judging.conftest import World, build_world, scores_for, write_review


def decide(world: World, outcome: str, entries: list[Entry] | None = None, **fields: Any) -> list:
    defaults = {
        "stage": world.stage,
        "entries": world.entries if entries is None else entries,
        "outcome": outcome,
        "reason": "Strong on impact.",
        "actor": world.officer,
    }
    return decisions.decide(**{**defaults, **fields})  # type: ignore[arg-type]


def decide_all(world: World) -> None:
    """The first is awarded £12,000, the rest are not."""
    write_review(world.assignment)
    decide(world, Outcome.AWARDED, world.entries[:1], amount=Decimal(12_000), feedback="Go on.")
    decide(world, Outcome.NOT_AWARDED, world.entries[1:])


@pytest.mark.parametrize(
    ("outcome", "fields", "says"),
    [
        ("awarded", {}, "amount"),
        ("awarded", {"amount": Decimal(0)}, "amount"),
        ("awarded", {"amount": Decimal(-5)}, "amount"),
        ("awarded", {"amount": Decimal("50000.01")}, "at most £50,000"),
        ("not-awarded", {"reason": "  "}, "reason"),
        ("shortlisted", {}, "last stage"),
    ],
)
def test_what_is_no_decision(world: World, outcome: str, fields: dict, says: str) -> None:
    with pytest.raises(Refused, match=says):
        decide(world, outcome, **fields)
    assert not Decision.objects.exists()


def test_a_withdrawn_or_foreign_pitch_is_refused_and_nothing_is_kept(world: World) -> None:
    withdraw_entry(entry=world.entries[1], actor=_member(world, 1))
    for entries in (world.entries, [world.entry, build_world().entry]):
        with pytest.raises(Refused, match="isn’t in this competition"):
            decide(world, Outcome.NOT_AWARDED, entries)
    assert not Decision.objects.exists()


def _member(world: World, place: int) -> Any:
    return world.entries[place].pitch.organisation.memberships.get().user


def test_a_decision_can_change_until_it_is_released(world: World) -> None:
    decide(world, Outcome.AWARDED, amount=Decimal(100), feedback="Kept.")
    decide(world, Outcome.NOT_AWARDED)
    decision = Decision.objects.get(entry=world.entry)
    assert (decision.outcome, decision.amount, decision.feedback) == ("not-awarded", None, "Kept.")


def test_who_judges_does_not_decide(world: World) -> None:
    both = make_judge(world.stage)
    grant_role(user=both.user, region=world.call.region, role=Role.OFFICER)
    with pytest.raises(NotAllowed):
        decide(world, Outcome.NOT_AWARDED, actor=both.user)


def test_who_scored_and_left_the_panel_does_not_decide(world: World) -> None:
    write_review(world.assignment)
    remove_member(member=world.judge, actor=world.officer, reason="To decide instead.")
    person = type(world.officer).objects.get(pk=world.judge.user_id)
    grant_role(user=person, region=world.call.region, role=Role.OFFICER)
    with pytest.raises(NotAllowed):
        decide(world, Outcome.NOT_AWARDED, actor=person)


def test_others_do_not_decide(world: World) -> None:
    for person in (world.judge.user, world.applicant, UserFactory()):
        with pytest.raises(NotAllowed):
            decide(world, Outcome.NOT_AWARDED, actor=person)
        with pytest.raises(NotAllowed):
            release(world.stage, person)


def test_the_undecided_hold_up_the_release(world: World) -> None:
    write_review(world.assignment)
    decide(world, Outcome.NOT_AWARDED, world.entries[:1])
    with pytest.raises(Incomplete) as caught:
        release(world.stage, world.officer)
    assert caught.value.problems == [("undecided", "1 not decided yet.")]


def test_unfinished_reviews_hold_up_the_release(world: World) -> None:
    decide(world, Outcome.NOT_AWARDED)
    with pytest.raises(Refused, match="still scoring"):
        release(world.stage, world.officer)


def test_release_is_one_moment_for_all_and_only_once(world: World) -> None:
    decide_all(world)
    release(world.stage, world.officer)
    moments = {*Decision.objects.values_list("released_at", flat=True)}
    world.stage.refresh_from_db()
    assert moments == {world.stage.released_at}
    assert {*Entry.objects.values_list("state", flat=True)} == {"awarded", "not-awarded"}
    with pytest.raises(TooLate):
        release(world.stage, world.officer)
    with pytest.raises(TooLate):
        decide(world, Outcome.NOT_AWARDED)


def test_letters_go_out_as_they_were_previewed(
    world: World, django_capture_on_commit_callbacks: Any
) -> None:
    decide_all(world)
    previewed = {(x.entry.pk, x.subject, x.body) for x in decisions.preview_letters(world.stage)}
    with django_capture_on_commit_callbacks(execute=True):
        release(world.stage, world.officer)
    sent = {
        (
            Entry.objects.get(pitch__organisation__memberships__user=note.recipient).pk,
            note.subject,
            note.body,
        )
        for note in Notification.objects.exclude(subject__startswith="Receipt").filter(
            recipient__memberships__isnull=False
        )
    }
    assert sent == previewed
    mailed = {(message.subject, message.body.rpartition("\n\n")[0]) for message in mail.outbox}
    assert mailed >= {(subject, body) for _, subject, body in previewed}
    assert any("£12,000" in body for _, _, body in previewed)


def test_a_title_of_several_lines_breaks_no_letter(world: World) -> None:
    decide_all(world)
    type(world.entry.pitch).objects.update(title="Warm\n\nhomes\r\nBcc: x@example.org")
    for letter in decisions.preview_letters(world.stage):
        assert letter.subject.endswith("Warm homes Bcc: x@example.org")
        assert "Why: Strong on impact." in letter.body


def test_the_award_is_public_with_its_amount(world: World, client: Any) -> None:
    decide_all(world)
    release(world.stage, world.officer)
    award = Award.objects.get()
    assert (award.amount, award.entry, award.organisation) == (
        12_000,
        world.entry,
        world.entry.pitch.organisation,
    )
    assert award.awarded_on == timezone.localdate(world.entry.decision.released_at)
    assert "£12,000" in client.get(award.get_absolute_url()).content.decode()


def test_the_short_listed_go_on_to_the_next_stage(db: None) -> None:
    world = build_world(stages=2)
    write_review(world.assignment)
    decide(world, Outcome.SHORTLISTED, world.entries[:1])
    decide(world, Outcome.NOT_AWARDED, world.entries[1:])
    release(world.stage, world.officer)
    second = world.call.stages.get(order=2)
    following = second.entries.get()
    assert (following.pitch, following.state) == (world.entry.pitch, EntryState.DRAFT)
    assert not Award.objects.exists()


def test_a_call_region_officer_elsewhere_can_do_nothing(world: World) -> None:
    from tests.factories import RegionFactory

    other = make_officer(region=RegionFactory(code="E47000001", slug="other", name="Other"))
    with pytest.raises(NotAllowed):
        decide(world, Outcome.NOT_AWARDED, actor=other)


# --- What the applicant reads ----------------------------------------------------------


def test_nothing_is_known_before_the_release(world: World) -> None:
    decide_all(world)
    assert released_result(world.entry) is None
    assert feedback_for(world.entry) == []


def test_the_result_has_means_and_unsigned_comments(world: World) -> None:
    impact, feasibility = world.stage.criteria.all()
    second = assign(make_judge(world.stage), world.entry)
    recused = assign(make_judge(world.stage), world.entry)
    write_review(second, scores={impact.pk: (4, "A"), feasibility.pk: (2, "Z")}, comment="secret")
    write_review(recused, scores={impact.pk: (0, "never"), feasibility.pk: (0, "never")})
    type(recused).objects.filter(pk=recused.pk).update(state=AssignmentState.RECUSED)
    write_review(
        world.assignment, scores={impact.pk: (5, "Z"), feasibility.pk: (3, "A")}, comment="secret"
    )
    decide(world, Outcome.NOT_AWARDED, feedback="Say what it costs.")
    release(world.stage, world.officer)
    result = released_result(world.entry)
    assert result is not None
    assert (result.label, result.feedback) == ("Not awarded", "Say what it costs.")
    assert [(c.name, c.mean, c.comments) for c in result.criteria] == [
        ("Impact", 4.5, ["A", "Z"]),
        ("Feasibility", 2.5, ["A", "Z"]),
    ]
    assert "secret" not in str(result)
    assert world.judge.name not in str(result)


def test_the_page_of_a_pitch_shows_what_the_panel_said_and_not_who(
    world: World, client: Client
) -> None:
    person = UserFactory()
    Membership.objects.create(organisation=world.entry.pitch.organisation, user=person)
    impact, feasibility = world.stage.criteria.all()
    scores = {impact.pk: (5, "Well thought through"), feasibility.pk: (2, "Too dear to run")}
    write_review(world.assignment, scores=scores, comment="for the panel")
    decide(world, Outcome.NOT_AWARDED, feedback="Say what it costs.")
    sign_in(client, person)
    address = reverse("pitches:entry", args=[world.entry.pitch.reference])
    before = client.get(address).content.decode()
    assert "Strong on impact." not in before
    assert "Well thought through" not in before
    release(world.stage, world.officer)
    page = client.get(address).content.decode()
    told = ("Not awarded", "Strong on impact.", "Say what it costs.", "5 of 5 on average")
    for words in (*told, "Well thought through", "2 of 5 on average", "Too dear to run"):
        assert words in page
    for kept in (world.judge.name, world.judge.email, "for the panel"):
        assert kept not in page


# --- Half-way ------------------------------------------------------------------------


class FailureTest(TransactionTestCase):
    """With real commits, so that mail would go out if anything were committed."""

    def test_a_failure_half_way_leaves_everything_and_tells_nobody(self) -> None:
        from unittest.mock import patch

        world = build_world(entries=3)
        decide_all(world)
        signed = signed_release(world.stage, world.officer)
        mail.outbox.clear()
        before = Notification.objects.count()
        calls = []

        def fail_at_second(decision: Decision) -> Any:
            calls.append(decision)
            if len(calls) == 2:
                raise RuntimeError("the printer is on fire")
            return compose(decision)

        compose = decisions.compose
        with (
            patch.object(decisions, "compose", fail_at_second),
            self.assertRaisesMessage(RuntimeError, "on fire"),
        ):
            release_decisions(sign_off=signed)
        world.stage.refresh_from_db()
        assert world.stage.released_at is None
        assert {*Entry.objects.values_list("state", flat=True)} == {EntryState.SUBMITTED}
        assert not Decision.objects.filter(released_at__isnull=False).exists()
        assert not Award.objects.exists()
        assert Notification.objects.count() == before
        assert mail.outbox == []


def test_the_result_is_a_pdf_for_its_team_alone(world: World, client: Client) -> None:
    write_review(world.assignment, 5, scores=scores_for(world.stage, 5, "Zq-what-they-said"))
    url = reverse("judging:letter", args=[world.entry.pitch.reference])
    sign_in(client, world.applicant)
    assert client.get(url).status_code == 404, "nothing is released"
    decide(world, Outcome.NOT_AWARDED, reason="It fits.")
    release(world.stage, world.officer)
    answer = client.get(url)
    assert answer["Content-Type"] == "application/pdf"
    read = "\n".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)
    for words in ("It fits.", "Zq-what-they-said", "Impact", world.entry.pitch.reference):
        assert words in read
    assert world.judge.name not in read
    sign_in(client, world.judge.user)
    assert client.get(url).status_code == 404


def test_judges_are_reminded_before_the_panel_closes(world: World) -> None:
    due = world.stage.scores_due_at
    assert remind_before_close(due - timedelta(days=4)) == 0
    assert remind_before_close(due - timedelta(days=2)) == 1
    assert remind_before_close(due - timedelta(days=2)) == 0
    assert remind_before_close(due - timedelta(hours=5)) == 1
    assert remind_before_close(due + timedelta(hours=1)) == 0
    write_review(world.assignment)
    Stage.objects.filter(pk=world.stage.pk).update(scores_due_at=due + timedelta(days=9))
    assert remind_before_close(due + timedelta(days=7)) == 0, "nothing is left to score"
