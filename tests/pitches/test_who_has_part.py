"""Every kind of partner, and everything that happens to a pitch: who hears, who may read it, and
whose judges have a conflict."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import rules
from django.test import Client
from django.utils import timezone

from challenges.awards.answering import accept_offer, decline_offer, take_back_offer
from challenges.awards.declining import turn_down
from challenges.awards.services import end_award
from challenges.calls import enquiries
from challenges.calls.addenda import propose_addendum
from challenges.calls.cancelling import MATTER as CANCEL
from challenges.calls.models import Enquiry, Stage
from challenges.calls.sign_offs import propose, sign
from challenges.judging import retention
from challenges.judging.decisions import decide
from challenges.judging.finding import find_ties
from challenges.judging.models import Outcome
from challenges.judging.services.appeals import answer_appeal, carry_out_appeal, file_appeal
from challenges.pitches.changed_rules import extend_deadline, publish_addendum
from challenges.pitches.models import Entry, Partner, PartnerState, Pitch
from challenges.pitches.partners import answer_as_partner, remove_partner
from challenges.pitches.parts import entries_of, has_part, people_in, with_part
from challenges.pitches.reminders import remind_of_drafts
from challenges.pitches.services import submit_entry, withdraw_entry
from cms.desk.services import message_teams
from marketplace.accounts.models import User
from marketplace.activity.models import Notification
from marketplace.errors import TooLate
from startups.models import Membership
from tests.awards.after import After, build
from tests.factories import (
    OrganisationFactory,
    UserFactory,
    assign,
    close_stage,
    make_entry,
    make_judge,
    make_officer,
    release,
    submit,
)
from tests.pitches.test_reopening import proposed

pytestmark = pytest.mark.django_db

PART = {"lead", "confirmed"}
TIED = PART | {"left", "removed"}
"""Whose people may not judge: who left or was taken out has written the pitch."""

DAY = timedelta(days=1)


@dataclass
class World:
    entry: Entry
    cast: dict[str, User]
    officer: User
    after: After | None = None

    @property
    def lead(self) -> User:
        return self.cast["lead"]

    def fresh(self) -> Entry:
        return Entry.objects.select_related("decision", "stage__call__region").get(pk=self.entry.pk)


def with_cast(entry: Entry, **more: Any) -> World:
    """Somebody of a partner in each state, a colleague who is switched off, and a stranger."""
    cast = {"lead": User.objects.get(memberships__organisation=entry.pitch.organisation)}
    for state in PartnerState.values:
        cast[state] = UserFactory()
        organisation = OrganisationFactory(owner=cast[state])
        Partner.objects.create(
            pitch=entry.pitch,
            organisation=organisation,
            part="x",
            state=state,
            asked_by=cast["lead"],
        )
    cast["stranger"] = UserFactory()
    OrganisationFactory(owner=cast["stranger"])
    cast["switched off"] = UserFactory(is_active=False)
    for organisation in (
        entry.pitch.organisation,
        Partner.objects.get(pitch=entry.pitch, state="confirmed").organisation,
    ):
        Membership.objects.create(organisation=organisation, user=cast["switched off"])
    return World(entry, cast, more.pop("officer", None) or make_officer(), **more)


def draft() -> World:
    world = with_cast(make_entry())
    # One that is only asked stands in the way of submitting.
    Partner.objects.filter(state=PartnerState.INVITED).delete()
    return world


def submitted() -> World:
    return with_cast(submit(make_entry()))


def closed() -> World:
    world = submitted()
    close_stage(world.entry.stage)
    return world


def decided(number: int) -> Callable[[], World]:
    def make() -> World:
        after = build(entries=3, winners=1)
        return with_cast(after.entry(number), officer=after.first, after=after)

    return make


def move_deadline(world: World) -> None:
    stage = world.fresh().stage
    extend_deadline(
        stage=stage,
        closes_at=stage.closes_at + DAY,
        scores_due_at=stage.scores_due_at + DAY,
        decision_on=stage.decision_on + DAY,
        reason="The portal was away.",
        actor=world.officer,
    )


def add_to_rules(world: World) -> None:
    addendum = propose_addendum(
        stage=world.entry.stage,
        changes={},
        reason="Asked for.",
        clarification="Damp counts.",
        actor=world.officer,
    )
    publish_addendum(addendum=addendum, actor=make_officer(world.entry.pitch.call.region))


def answer_question(world: World) -> None:
    """As of one that was asked while there was time."""
    call = world.entry.pitch.call
    asked = enquiries.ask_region(
        region=call.region, topic="call", text="What?", actor=UserFactory()
    )
    Enquiry.objects.filter(pk=asked.pk).update(call=call)
    enquiries.answer(
        enquiry=asked, question="What?", text="This.", is_public=True, actor=world.officer
    )


def remind(world: World) -> None:
    Entry.objects.filter(pk=world.entry.pk).update(version=7)
    Stage.objects.filter(pk=world.entry.stage_id).update(closes_at=timezone.now() + DAY)
    remind_of_drafts()


def reopen(world: World) -> None:
    stage = world.fresh().stage
    sign(sign_off=proposed(stage, world.officer), actor=make_officer(stage.call.region))


def cancel(world: World) -> None:
    call = world.entry.pitch.call
    signed = propose(matter=CANCEL, thing=call, reason="No money.", actor=world.officer)
    sign(sign_off=signed, actor=make_officer(call.region))


def release_result(world: World) -> None:
    stage = world.fresh().stage
    decide(
        stage=stage,
        entries=[world.fresh()],
        outcome=Outcome.NOT_AWARDED,
        reason="By the ranking.",
        feedback="More.",
        actor=world.officer,
    )
    release(stage, world.officer)


def answer_an_appeal(world: World) -> None:
    appeal = file_appeal(entry=world.fresh(), kind="appeal", grounds="A rule.", actor=world.lead)
    upheld = answer_appeal(appeal=appeal, event="uphold", answer="Yes.", actor=appeal.reviewer)
    carry_out_appeal(appeal=upheld, words="We said so.", actor=world.officer)


def offer(world: World) -> Any:
    assert world.after
    turn_down(entry=world.after.entry(0), actor=world.after.member(0))
    return world.after.offer(1, 0)


def write_to_team(world: World) -> None:
    message_teams(
        entries=[world.fresh()], subject="Hello", body="Words", token="x", actor=world.officer
    )


def warn(world: World) -> None:
    withdraw_entry(entry=world.fresh(), actor=world.lead)
    retention.warn_of_erasure(timezone.now() + 800 * DAY)


EVENTS: dict[str, tuple[Callable[[], World], Callable[[World], Any], bool]] = {
    # event             from          what is done                                 still competes
    "submitted": (draft, lambda w: submit_entry(entry=w.fresh(), actor=w.lead), True),
    "deadline moved": (submitted, move_deadline, True),
    "addendum": (submitted, add_to_rules, True),
    "question answered": (submitted, answer_question, True),
    "reminded": (submitted, remind, True),
    "written to": (submitted, write_to_team, True),
    "withdrawn": (submitted, lambda w: withdraw_entry(entry=w.fresh(), actor=w.lead), False),
    "withdrawn late": (closed, lambda w: withdraw_entry(entry=w.fresh(), actor=w.lead), False),
    "cancelled": (submitted, cancel, False),
    "reopened": (closed, reopen, True),
    "released": (closed, release_result, True),
    "corrected": (decided(0), lambda w: w.after.correct(0, Outcome.NOT_AWARDED), True),
    "appeal answered": (decided(1), answer_an_appeal, True),
    "offered": (decided(1), offer, True),
    "offer accepted": (decided(1), lambda w: accept_offer(offer=offer(w), actor=w.lead), True),
    "offer declined": (decided(1), lambda w: decline_offer(offer=offer(w), actor=w.lead), True),
    "offer taken back": (
        decided(1),
        lambda w: take_back_offer(offer=offer(w), reason="Slip.", actor=w.officer),
        True,
    ),
    "turned down": (decided(0), lambda w: turn_down(entry=w.fresh(), actor=w.lead), True),
    "project ended": (
        decided(0),
        lambda w: end_award(award=w.after.award(0), actor=w.officer, reason="Over."),
        True,
    ),
    "warned of erasure": (submitted, warn, False),
}


@pytest.mark.parametrize("event", EVENTS)
def test_who_hears_who_reads_and_who_may_not_judge(event: str) -> None:
    make, act, competes = EVENTS[event]
    world = make()
    before = set(Notification.objects.values_list("pk", flat=True))
    act(world)
    new = Notification.objects.exclude(pk__in=before)
    told = {name for name, person in world.cast.items() if new.filter(recipient=person).exists()}
    assert told == PART
    assert _readers(world) == PART
    ties = find_ties(world.entry.stage, world.cast.values())
    tied = {name for name, person in world.cast.items() if (person.pk, world.entry.pk) in ties}
    off = {"switched off"} if competes else set()
    assert tied == (TIED if competes else set()) | off


def _readers(world: World) -> set[str]:
    """By each of the roads, which agree."""
    entry, pitch = world.fresh(), world.entry.pitch
    roads: list[Callable[[User], bool]] = [
        lambda person: rules.has_perm("pitches.view_entry", person, entry),
        lambda person: entry in entries_of(person),
        lambda person: Pitch.objects.filter(with_part(person)).exists(),
        lambda person: has_part(person, pitch),
    ]
    active = {name: person for name, person in world.cast.items() if person.is_active}
    found = {name for name, person in active.items() if person in people_in([pitch.pk])[pitch.pk]}
    for road in roads:
        assert {name for name, person in active.items() if road(person)} == found
    return found


def test_an_erased_pitch_has_no_partners_and_tells_nobody() -> None:
    world = closed()
    withdraw_entry(entry=world.fresh(), actor=world.lead)
    count = Notification.objects.count()
    retention.erase(world.entry.pitch_id)
    assert Notification.objects.count() == count
    assert _readers(world) == {"lead"}
    answer_question(world)
    assert not Notification.objects.filter(
        recipient=world.lead, subject__startswith="A question"
    ).exists()


# --- After the deadline -----------------------------------------------------------------


def test_nobody_joins_a_pitch_that_has_closed(client: Client) -> None:
    world = closed()
    asked = Partner.objects.get(state=PartnerState.INVITED)
    with pytest.raises(TooLate, match="no partner can join"):
        answer_as_partner(partner=asked, event="confirm", actor=world.cast["invited"])
    client.force_login(world.cast["invited"])
    page = client.get(f"/pitches/partners/{asked.pk}/").content.decode()
    assert "no partner can join" in page
    assert "Confirm our part" not in page
    client.post(f"/pitches/partners/{asked.pk}/", {"event": "decline"})
    asked.refresh_from_db()
    assert asked.state == PartnerState.DECLINED
    assert not has_part(world.cast["invited"], world.entry.pitch)


@pytest.mark.parametrize("blind", [True, False])
@pytest.mark.parametrize("event", ["leave", "remove"])
def test_officers_and_judges_hear_that_a_partner_has_gone(event: str, blind: bool) -> None:
    world = closed()
    Stage.objects.filter(pk=world.entry.stage_id).update(is_blind=blind)
    judge, idle = (make_judge(world.fresh().stage) for _ in range(2))
    assign(judge, world.fresh())
    partner = Partner.objects.get(state=PartnerState.CONFIRMED)
    if event == "leave":
        answer_as_partner(partner=partner, event="leave", actor=world.cast["confirmed"])
    else:
        remove_partner(partner=partner, actor=world.lead)
    [message] = Notification.objects.filter(recipient=judge.user)
    assert (partner.organisation.name in message.body) is not blind
    assert world.entry.pitch.reference in message.subject
    assert not Notification.objects.filter(recipient=idle.user).exists()
    assert Notification.objects.filter(recipient=world.officer, subject__contains="consortium")


def test_judges_hear_nothing_while_a_pitch_can_still_be_changed_or_of_one_only_asked() -> None:
    world = submitted()
    judge = make_judge(world.fresh().stage)
    assign(judge, world.fresh())
    remove_partner(partner=Partner.objects.get(state="confirmed"), actor=world.lead)
    close_stage(world.entry.stage)
    remove_partner(partner=Partner.objects.get(state="invited"), actor=world.lead)
    assert not Notification.objects.filter(recipient=judge.user).exists()


# --- No other road ---------------------------------------------------------------------

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("marketplace", "startups", "challenges", "search", "cms")
MAKES_MESSAGES = {"marketplace/activity/services.py", "marketplace/activity/following.py"}
SENDS_MAIL = {"marketplace/activity/outbox.py"}
FINDS_PEOPLE = {
    "challenges/pitches/parts.py",
    # Its own owners, about its team and not about a pitch.
    "startups/services.py",
}


def _calls() -> Iterator[tuple[str, str, ast.Call]]:
    """(file, what is called, the call), in the product's own code."""
    for floor in FLOORS:
        for path in (ROOT / floor).rglob("*.py"):
            if {"migrations", "demonstration"} & set(path.parts):
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    yield str(path.relative_to(ROOT)), ast.unparse(node.func), node


def test_messages_are_made_and_mailed_in_one_place() -> None:
    made, mailed = set(), set()
    for where, called, _ in _calls():
        if called.startswith("Notification.objects.") and called.endswith("create"):
            made.add(where)
        if called == "Notification":
            made.add(where)
        if called.split(".")[-1] in ("EmailMessage", "EmailMultiAlternatives", "send_mail"):
            mailed.add(where)
    assert made <= MAKES_MESSAGES
    assert mailed - {"marketplace/accounts/adapter.py"} <= SENDS_MAIL


def test_people_of_an_organisation_are_found_in_one_place() -> None:
    """A query for users over their memberships is a second answer to “who has part”."""
    others = {
        where
        for where, called, call in _calls()
        if called.endswith("filter") and "User.objects" in called
        if any((keyword.arg or "").startswith("memberships__") for keyword in call.keywords)
    }
    assert others <= FINDS_PEOPLE


def test_an_account_that_is_switched_off_hears_by_no_road(
    django_capture_on_commit_callbacks: Any, mailoutbox: list[Any]
) -> None:
    world = closed()
    User.objects.filter(pk=world.lead.pk).update(is_active=False)
    with django_capture_on_commit_callbacks(execute=True):
        release_result(world)
    to = {address for message in mailoutbox for address in message.to}
    assert world.cast["confirmed"].email in to
    assert not to & {world.lead.email, world.cast["switched off"].email}
