"""A pitch, and a person, with a row in every place where either can have words."""

from datetime import timedelta
from decimal import Decimal

from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone

from challenges.awards.models import Award, AwardState
from challenges.calls.models import ClarityRating, Enquiry, HandOver, SignOff
from challenges.judging.decisions import decide
from challenges.judging.models import (
    AgreedScore,
    Agreement,
    Conflict,
    Correction,
    Offer,
    Outcome,
    OutgoingLetter,
    ReservePlace,
)
from challenges.judging.services.appeals import file_appeal
from challenges.pitches.models import (
    AnswerVersion,
    Entry,
    JudgesCopy,
    Partner,
    PartnerState,
    Pitch,
)
from challenges.pitches.services import save_answers
from cms.desk.services import add_note, message_teams, save_view
from marketplace.accounts.models import SignedIn, User
from marketplace.activity.following import follow, tell
from marketplace.activity.services import notify, notify_once
from search.models import SavedSearch
from startups.models import Membership
from tests.accounts.test_leaving import with_everything
from tests.factories import (
    AwardFactory,
    OrganisationFactory,
    UserFactory,
    assign,
    close_stage,
    make_call,
    make_entry,
    make_judge,
    make_officer,
    release,
    submit,
)
from tests.judging.conftest import attach, write_review


def make_full_pitch() -> Pitch:
    """Submitted with a partner, judged, agreed, decided, released, corrected, on the reserve list,
    offered, awarded, withdrawn, appealed, written to, noted; each as a service or its table has it.
    """
    call = make_call()
    officer, second = make_officer(region=call.region), make_officer(region=call.region)
    other = submit(make_entry(call=call))
    entry = make_entry(call=call)
    person = entry.pitch.organisation.memberships.get().user
    Partner.objects.create(
        pitch=entry.pitch,
        organisation=OrganisationFactory(owner=UserFactory()),
        part="Sensors",
        state=PartnerState.CONFIRMED,
        asked_by=person,
    )
    first = entry.stage.questions.first().pk
    save_answers(entry=entry, answers={first: "Less."}, version=1, title="New", actor=person)
    entry = submit(entry)
    assert AnswerVersion.objects.filter(entry=entry).exists()
    file = attach(entry)
    JudgesCopy.objects.create(attachment=file, file=ContentFile(b"x", name="x"), size=1, made_by=1)
    stage = close_stage(call.first_stage)
    judge = make_judge(stage)
    write_review(assign(judge, entry), 2, comment="Fair.")
    Conflict.objects.create(member=judge, entry=entry, nature="An old colleague.")
    agreement = Agreement.objects.create(
        entry=entry, total=Decimal(40), exact_total="40", tie_score=40, by=officer
    )
    AgreedScore.objects.create(
        agreement=agreement, criterion=stage.criteria.first(), value=2, reason="Together."
    )
    common = {"stage": stage, "reason": "By the ranking.", "actor": officer}
    decide(entries=[entry], outcome=Outcome.NOT_AWARDED, feedback="More.", **common)
    decide(entries=[other], outcome=Outcome.NOT_AWARDED, feedback="More.", **common)
    release(stage, officer, second=second)
    add_note(call=call, pitch=entry.pitch, text="Good people.", actor=officer)
    add_note(call=call, text="A good call.", actor=officer)
    _write_to(entry, other, officer)
    _put_right(entry, other, officer, second)
    file_appeal(entry=entry, kind="appeal", grounds="A rule.", actor=person)
    HandOver.objects.create(call=call, giver=officer, taker=second, by=officer, reason="Away.")
    OutgoingLetter.objects.get_or_create(decision=entry.decision)
    return Pitch.objects.get(pk=entry.pitch_id)


def _write_to(entry: Entry, other: Entry, officer: User) -> None:
    message = {"subject": "About {title}", "body": "See you.", "actor": officer}
    message_teams(entries=[entry], token="one", **message)
    message_teams(entries=[entry, other], token="two", **message)
    reader = UserFactory()
    follow(person=reader, thing=entry.pitch)
    notify([reader], subject="Hello", body="Words", path=entry.get_absolute_url())
    tell(reader, key="x", text="News", path=entry.get_absolute_url(), reason="you asked")


def _put_right(entry: Entry, other: Entry, officer: User, second: User) -> None:
    signed = SignOff.objects.create(
        call=entry.pitch.call,
        matter="awards.correct",
        thing_id=entry.pk,
        content={"feedback": "More."},
        reason="A slip.",
        answer="Yes.",
        state="signed",
        proposed_by=officer,
        answered_by=second,
    )
    Correction.objects.create(
        entry=entry,
        number=1,
        kind="corrected",
        before_outcome=Outcome.NOT_AWARDED,
        before_reason="By the ranking.",
        before_told_at=timezone.now(),
        before_decided_by=officer,
        outcome=Outcome.NOT_AWARDED,
        reason="By the ranking.",
        why="A slip.",
        proposed_by=officer,
        made_by=second,
        sign_off=signed,
    )
    place = ReservePlace.objects.create(
        stage=entry.stage, entry=entry, rank=1, held_until=timezone.localdate(), put_by=officer
    )
    Offer.objects.create(
        place=place,
        vacated=other,
        outcome=Outcome.SHORTLISTED,
        until=timezone.now(),
        offered_by=officer,
        sign_off=signed,
    )
    award = AwardFactory(
        call=entry.pitch.call, stage=entry.stage, entry=entry, state=AwardState.WITHDRAWN
    )
    Award.objects.filter(pk=award.pk).update(organisation=entry.pitch.organisation)
    notify([UserFactory()], subject="Withdrawn", body="So.", path=award.get_absolute_url())


def make_full_person(**fields: str) -> User:
    """As `with_everything`, with what only some people have beside it."""
    person = with_everything(UserFactory(**fields))
    officer = make_officer()
    call = make_call()
    notify_once([person], key="once", subject="Hello", body="Words")
    tell(person, key="x", text="News", path="/", reason="you asked")
    SavedSearch.objects.create(person=person, name="Mine", query="q=mine")
    save_view(actor=person, name="Mine", query="q=mine")
    ClarityRating.objects.create(call=call, by=person, score=2, comment="Unclear.")
    for state, public in (("answered", True), ("answered", False), ("declined", True)):
        Enquiry.objects.create(
            region=call.region,
            call=call,
            state=state,
            is_public=public,
            asked_by=person,
            typed="What?",
            question="What?",
            answer="This.",
            due_on=timezone.localdate() + timedelta(days=1),
        )
    notify([officer], subject="Hello", body="Words")
    organisation = OrganisationFactory(owner=officer)
    Membership.objects.create(organisation=organisation, user=person)
    browser = Client()
    browser.force_login(person)
    SignedIn.objects.create(session="x", user=person, browser="Firefox")
    return person
