"""Every act after which others act on the same rows, each with the world that it needs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone
from wagtail.actions.delete_page import DeletePageAction
from wagtail.models import Page, PageLogEntry

from challenges.awards.answering import accept_offer, decline_offer, take_back_offer
from challenges.awards.corrections import propose_resumption
from challenges.awards.declining import turn_down
from challenges.awards.lapsing import watch_offers
from challenges.awards.services import complete_award, end_award
from challenges.calls.addenda import propose_addendum
from challenges.calls.cancelling import MATTER as CANCEL
from challenges.calls.enquiries import answer, ask
from challenges.calls.models import Call, Stage
from challenges.calls.owning import hand_over_call
from challenges.calls.services import approve_call, return_call
from challenges.calls.sign_offs import propose, send_back, sign, take_back
from challenges.judging import decisions, services
from challenges.judging.models import Appeal, Conflict, Decision, Offer, Outcome, PanelMember
from challenges.judging.services import appeals, releasing
from challenges.judging.services.conflicts import (
    declare_as_officer,
    look_for_conflicts,
    note_new_parts,
)
from challenges.judging.services.leaving import decline_invitation, remove_member, step_down
from challenges.judging.services.membership import accept_invitation, declare_interests
from challenges.judging.services.outbox import hold_letter, send_held, write_letter
from challenges.pitches.changed_rules import extend_deadline, publish_addendum
from challenges.pitches.models import Entry
from challenges.pitches.partners import answer_as_partner, ask_partner, remove_partner
from challenges.pitches.reopening import propose_reopening
from challenges.pitches.services import (
    restore_entry,
    save_answers,
    start_pitch,
    submit_entry,
    withdraw_entry,
)
from cms.headings import MATTER as HEADING
from cms.keeping import signed_by_two
from cms.services import approve_and_publish, create_page
from marketplace.accounts.models import User
from marketplace.accounts.services import delete_account
from startups.models import Membership
from tests.awards.after import After, build
from tests.factories import (
    OrganisationFactory,
    UserFactory,
    assign,
    close_stage,
    make_call,
    make_entry,
    make_judge,
    make_officer,
    release,
    signed_release,
    submit,
)
from tests.judging.conftest import World, build_world, write_review

Act = Callable[[], Any]
"""Does it once, on rows that `build` made."""

SOON = timedelta(days=3)


@dataclass
class Open:
    """An open stage with a draft, a submission and a pitch that was withdrawn; a partner asked."""

    call: Call
    stage: Stage
    draft: Entry
    entry: Entry
    gone: Entry
    first: User
    second: User

    def member(self, entry: Entry) -> User:
        return User.objects.get(memberships__organisation=entry.pitch.organisation)


def open_world() -> Open:
    call = make_call(closes_in=timedelta(days=20))
    officers = make_officer(call.region), make_officer(call.region)
    Call.objects.filter(pk=call.pk).update(owner=officers[0])
    made = make_entry(call=call), submit(make_entry(call=call)), submit(make_entry(call=call))
    world = Open(Call.objects.get(pk=call.pk), call.first_stage, *made, *officers)
    withdraw_entry(entry=world.gone, actor=world.member(world.gone))
    return world


def _signing(sign_off: Any, actor: User) -> Act:
    return lambda: sign(sign_off=sign_off, actor=actor)


def _cancelling(call: Call, first: User, second: User) -> Act:
    return _signing(propose(matter=CANCEL, thing=call, reason="Over.", actor=first), second)


def while_open() -> dict[str, Act]:
    world = open_world()
    team = world.member(world.draft)
    partner_owner, later_owner = UserFactory(), UserFactory()
    partner = OrganisationFactory(owner=partner_owner)
    asked = ask_partner(
        entry=world.draft, organisation=partner, part="Sensors", share=None, actor=team
    )
    later = OrganisationFactory(owner=later_owner)
    ready = make_entry(call=world.call)
    enquiry = ask(call=world.call, text="May we?", actor=team)
    stage = world.stage
    dates = {
        "closes_at": stage.closes_at + SOON,
        "scores_due_at": stage.scores_due_at + SOON,
        "decision_on": stage.decision_on + SOON,
    }
    more = {name: value.isoformat() for name, value in dates.items()}
    cancel = propose(matter=CANCEL, thing=world.call, reason="Over.", actor=world.first)
    change = propose_addendum(stage=stage, changes=more, reason="More time.", actor=world.first)
    question = stage.questions.first()
    return {
        "start": lambda: start_pitch(call=world.call, organisation=later, actor=later_owner),
        "save": lambda: save_answers(
            entry=world.draft, answers={question.pk: "Other words."}, version=1, actor=team
        ),
        "submit": lambda: submit_entry(entry=ready, actor=world.member(ready)),
        "withdraw": lambda: withdraw_entry(entry=world.entry, actor=world.member(world.entry)),
        "restore": lambda: restore_entry(entry=world.gone, actor=world.member(world.gone)),
        "ask a partner": lambda: ask_partner(
            entry=world.draft, organisation=later, part="Data", share=None, actor=team
        ),
        "confirm as partner": lambda: answer_as_partner(
            partner=asked, event="confirm", actor=partner_owner
        ),
        "decline as partner": lambda: answer_as_partner(
            partner=asked, event="decline", actor=partner_owner
        ),
        "remove a partner": lambda: remove_partner(partner=asked, actor=team),
        "answer a question": lambda: answer(
            enquiry=enquiry, question="May we?", text="Yes.", is_public=True, actor=world.first
        ),
        "extend": lambda: extend_deadline(
            stage=stage, reason="More time.", actor=world.first, **dates
        ),
        "publish a change": lambda: publish_addendum(addendum=change, actor=world.second),
        "hand over": lambda: hand_over_call(
            call=world.call, to=world.second, actor=world.first, reason="Holiday."
        ),
        "sign: cancel": _signing(cancel, world.second),
        "send back": lambda: send_back(sign_off=cancel, reason="No.", actor=world.second),
        "take back": lambda: take_back(sign_off=cancel, actor=world.first),
        "delete an account": lambda: delete_account(user=world.member(world.gone)),
    }


def _judged() -> World:
    world = build_world()
    write_review(world.assignment)
    return world


def while_judged() -> dict[str, Act]:
    world = _judged()
    second = make_officer(world.call.region)
    stage, entry, applicant = world.stage, world.entries[1], world.applicant
    spare = make_judge(stage)
    review = assign(spare, entry)
    invited = make_judge(stage)
    PanelMember.objects.filter(pk=invited.pk).update(state="invited", user=None)
    idle = make_judge(stage)
    for each in (spare, idle):
        Membership.objects.create(
            organisation=world.entry.pitch.organisation, user=each.user, role="member"
        )
    conflict = Conflict.objects.create(member=spare, entry=entry, nature="A friend.")
    cancel = propose(matter=CANCEL, thing=world.call, reason="Over.", actor=world.officer)
    return {
        "withdraw late": lambda: withdraw_entry(entry=world.entry, actor=applicant),
        "accept an invitation": lambda: accept_invitation(member=invited, actor=_person(invited)),
        "decline an invitation": lambda: decline_invitation(member=invited, actor=_person(invited)),
        "step down": lambda: step_down(member=spare, actor=spare.user),
        "remove a judge": lambda: remove_member(
            member=world.judge, actor=second, reason="Ill.", discard_scores=True
        ),
        "declare interests": lambda: declare_interests(
            member=spare, conflicts={entry.pk: "A cousin."}, actor=spare.user
        ),
        "declare as officer": lambda: declare_as_officer(
            entry=entry, nature="A friend.", actor=second
        ),
        "decide a conflict": lambda: services.decide_conflict(
            conflict=conflict,
            kind="real",
            decision="recuse",
            reason="Close.",
            actor=world.officer,
        ),
        "look for conflicts": lambda: look_for_conflicts(stage=stage, actor=world.officer),
        "share out": lambda: services.assign_entries(stage=stage, actor=world.officer),
        "score": lambda: write_review(review),
        "decide": lambda: decisions.decide(
            stage=stage,
            entries=world.entries,
            outcome=Outcome.NOT_AWARDED,
            reason="No.",
            actor=world.officer,
        ),
        "sign: cancel a judged call": _signing(cancel, second),
        "delete a judge's account": lambda: delete_account(user=idle.user),
        "a judge joins a team": lambda: note_new_parts(people=[spare.user, idle.user]),
    }


def _person(member: PanelMember) -> User:
    return User.objects.get(email=member.email)


def while_closed() -> dict[str, Act]:
    """Closed, and nobody has read anything: the one moment to open again."""
    world = open_world()
    stage = close_stage(world.stage)
    failed = stage.closes_at - timedelta(hours=1)
    again = propose_reopening(
        stage=stage,
        failed_from=failed,
        failed_until=stage.closes_at,
        closes_at=timezone.now() + timedelta(days=1),
        scores_due_at=stage.scores_due_at + timedelta(days=1),
        decision_on=stage.decision_on + timedelta(days=1),
        reason="It did not answer.",
        actor=world.first,
    )
    return {"sign: reopen": _signing(again, world.second)}


def while_released_soon() -> dict[str, Act]:
    world = _judged()
    stage = world.stage
    decisions.decide(
        stage=stage,
        entries=world.entries,
        outcome=Outcome.NOT_AWARDED,
        reason="No.",
        actor=world.officer,
    )
    decision = Decision.objects.get(entry=world.entry)
    proposal = releasing.propose_release(
        stage=stage,
        actor=world.officer,
        reasons={each.code: "Seen." for each in releasing.Ready(stage).oddities},
    )
    second = make_officer(world.call.region)
    text = f"{decision.reason} Dear team."
    return {
        "sign: release": _signing(proposal, second),
        "hold a letter": lambda: hold_letter(
            decision=decision, reason="By phone first.", actor=world.officer
        ),
        "write a letter": lambda: write_letter(decision=decision, text=text, actor=world.officer),
    }


def while_release_waits() -> dict[str, Act]:
    world = _judged()
    awarded = {"outcome": Outcome.AWARDED, "amount": 10_000}
    decisions.decide(
        stage=world.stage, entries=world.entries, reason="Yes.", actor=world.officer, **awarded
    )
    decision = Decision.objects.get(entry=world.entry)
    hold_letter(decision=decision, reason="By phone first.", actor=world.officer)
    signed = signed_release(world.stage, world.officer)
    waits = releasing.Release.objects.get(sign_off=signed)
    return {
        "release": lambda: releasing.release_decisions(sign_off=signed),
        "stop a release": lambda: releasing.stop_release(
            release=waits, reason="Wait.", actor=world.officer
        ),
    }


def with_a_held_letter() -> dict[str, Act]:
    after = build(winners=1, released=False)
    decision = after.entry(0).decision
    hold_letter(decision=decision, reason="By phone first.", actor=after.first)
    release(after.stage, after.first)
    return {"send a held letter": lambda: send_held(decision=decision, actor=after.first)}


def after_release() -> dict[str, Act]:
    after = build(winners=2)
    team = after.member(0)
    correct = after.propose(1, Outcome.NOT_AWARDED)
    ended = build(winners=1)
    end_award(award=ended.award(0), actor=ended.first, reason="Stopped.")
    again = propose_resumption(award=ended.award(0), reason="A slip.", actor=ended.first)
    return {
        "sign: correct": _signing(correct, after.second),
        "decline a place": lambda: turn_down(entry=after.entry(0), actor=team),
        "appeal": lambda: appeals.file_appeal(
            entry=after.entry(2), kind="appeal", grounds="Wrong.", actor=after.member(2)
        ),
        "complete a project": lambda: complete_award(award=after.award(0), actor=after.first),
        "end a project": lambda: end_award(award=after.award(0), actor=after.first, reason="Over."),
        "sign: resume": _signing(again, ended.second),
    }


def with_an_offer() -> dict[str, Act]:
    after = build()
    turn_down(entry=after.entry(0), actor=after.member(0))
    proposal = after.propose_offer(1, 0)
    other = build()
    turn_down(entry=other.entry(0), actor=other.member(0))
    offer = other.offer(1, 0)
    team = other.member(1)
    late = build()
    turn_down(entry=late.entry(0), actor=late.member(0))
    over = late.offer(1, 0)
    Offer.objects.filter(pk=over.pk).update(until=timezone.now())
    return {
        "sign: offer": _signing(proposal, after.second),
        "accept an offer": lambda: accept_offer(offer=offer, actor=team),
        "decline an offer": lambda: decline_offer(offer=offer, actor=team),
        "take back an offer": lambda: take_back_offer(
            offer=offer, reason="A mistake.", actor=other.first
        ),
        "lapse": watch_offers,
    }


def with_an_appeal() -> dict[str, Act]:
    after = build(winners=1)
    entry, team = after.entry(2), after.member(2)
    reviewer = make_officer(after.call.region)
    appeal = appeals.file_appeal(entry=entry, kind="appeal", grounds="Wrong.", actor=team)
    upheld = _upheld(build(winners=1))
    correct = upheld.propose(2, Outcome.AWARDED)
    return {
        "answer an appeal": lambda: appeals.answer_appeal(
            appeal=appeal, event="uphold", answer="Yes.", actor=reviewer
        ),
        "withdraw an appeal": lambda: appeals.withdraw_appeal(appeal=appeal, actor=team),
        "carry out an appeal": lambda: appeals.carry_out_appeal(
            appeal=Appeal.objects.get(entry=upheld.entries[2]), words="So.", actor=upheld.second
        ),
        "sign: correct after an appeal": _signing(correct, upheld.second),
    }


def _upheld(after: After) -> After:
    appeal = appeals.file_appeal(
        entry=after.entry(2), kind="appeal", grounds="Wrong.", actor=after.member(2)
    )
    appeals.answer_appeal(
        appeal=appeal, event="uphold", answer="Yes.", actor=make_officer(after.call.region)
    )
    return after


def going_on() -> dict[str, Act]:
    after = build(winners=2, outcome=Outcome.SHORTLISTED, stages=2)
    turn_down(entry=after.entry(0), actor=after.member(0))
    lost = after.propose(1, Outcome.NOT_AWARDED)
    offer = after.offer(2, 0)
    return {
        "sign: correct a short-listing": _signing(lost, after.second),
        "decline a short-listing": lambda: turn_down(entry=after.entry(1), actor=after.member(1)),
        "accept a short-listing": lambda: accept_offer(offer=offer, actor=after.member(2)),
        "sign: cancel after a release": _cancelling(after.call, after.first, after.second),
    }


def before_approval() -> dict[str, Act]:
    call = make_call(state="proposed")
    first, second = make_officer(call.region), make_officer(call.region)
    Call.objects.filter(pk=call.pk).update(proposed_by=first, owner=first)
    return {
        "approve": lambda: approve_call(call=call, actor=second, reasons=_any_reason()),
        "send a call back": lambda: return_call(call=call, actor=second, reason="Dates."),
    }


def with_a_page() -> dict[str, Act]:
    """A call that waits for approval, with its page: approved, edited and deleted at once."""
    call = make_call(state="proposed")
    first, second = make_officer(call.region), make_officer(call.region)
    Call.objects.filter(pk=call.pk).update(proposed_by=first, owner=first)
    page = create_page(call=call, actor=first).specific
    public = make_call(closes_in=timedelta(days=20))
    shown = create_page(call=public, actor=make_officer(public.region)).specific
    with signed_by_two():
        shown.save_revision().publish()
    owner = make_officer(public.region)
    heading = propose(
        matter=HEADING, thing=public, content={"title": "Another"}, reason="A slip.", actor=owner
    )
    return {
        "approve and publish": lambda: approve_and_publish(
            call=call, actor=second, reasons=_any_reason()
        ),
        "edit a page": lambda: _anew(page).save_revision(user=first, log_action=True),
        "edit a public page": lambda: _anew(shown).save_revision(user=owner, log_action=True),
        "publish a public page": lambda: _anew(shown).save_revision(user=owner).publish(user=owner),
        "delete a page": lambda: DeletePageAction(_anew(page), user=first).execute(
            skip_permission_checks=True
        ),
        "lock a page": lambda: PageLogEntry.objects.log_action(page, "wagtail.lock", user=first),
        "sign: heading": _signing(heading, make_officer(public.region)),
        "cancel a public call": _cancelling(public, owner, make_officer(public.region)),
    }


def _anew(page: Page) -> Any:
    return Page.objects.get(pk=page.pk).specific


class _any_reason(dict):  # noqa: N801
    """A reason for whatever is asked."""

    def get(self, key: Any, default: Any = None) -> Any:
        return "Looked at."

    def __getitem__(self, key: Any) -> str:
        return "Looked at."

    def __bool__(self) -> bool:
        return True


WORLDS = [
    before_approval,
    with_a_page,
    while_open,
    while_judged,
    while_closed,
    while_released_soon,
    while_release_waits,
    with_a_held_letter,
    after_release,
    with_an_offer,
    with_an_appeal,
    going_on,
]
