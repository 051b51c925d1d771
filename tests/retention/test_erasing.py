"""Nothing that was written in or about a pitch is found anywhere once it is erased."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from challenges.judging import retention
from challenges.judging.decisions import decide
from challenges.judging.models import Outcome
from challenges.judging.services.appeals import answer_appeal, file_appeal
from challenges.pitches.held import empty_messages
from challenges.pitches.models import Entry, Pitch
from challenges.pitches.partners import answer_as_partner, ask_partner, remove_partner
from challenges.pitches.services import save_answers, withdraw_entry
from cms.desk.services import add_note
from marketplace.activity.models import Notification, Record
from marketplace.activity.services import notify
from marketplace.errors import TooLate
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
    submit,
)
from tests.judging.conftest import attach, write_review
from tests.retention.everywhere import places_of

pytestmark = pytest.mark.django_db

TITLE = "Zqtitle dampness"
MARK = "Zqword"


@pytest.fixture
def lost() -> Pitch:
    """Submitted, discussed, not awarded, appealed against; its own words in every place."""
    call = make_call()
    officer, reviewer = make_officer(region=call.region), make_officer(region=call.region)
    other = submit(make_entry(call=call))
    entry = make_entry(call=call)
    Pitch.objects.filter(pk=entry.pitch_id).update(title=TITLE, summary=MARK)
    entry = submit(Entry.objects.get(pk=entry.pk))
    attach(entry)
    stage = close_stage(call.first_stage)
    write_review(assign(make_judge(stage), entry), 2, comment=MARK)
    add_note(call=call, pitch=entry.pitch, text=f"{MARK} {TITLE}", actor=officer)
    common = {"stage": stage, "reason": "By the ranking.", "actor": officer}
    decide(entries=[entry], outcome=Outcome.NOT_AWARDED, feedback=MARK, **common)
    decide(entries=[other], outcome=Outcome.NOT_AWARDED, feedback="Zq-other", **common)
    release(stage, officer)
    person = entry.pitch.organisation.memberships.get().user
    appeal = file_appeal(entry=entry, kind="appeal", grounds=MARK, actor=person)
    answer_appeal(appeal=appeal, event="reject", answer=MARK, actor=appeal.reviewer or reviewer)
    notify([UserFactory()], subject=f"Look at this: {TITLE}", body=f"See “{TITLE}”.", path="/")
    return Pitch.objects.get(pk=entry.pitch_id)


def test_no_word_of_it_is_left_anywhere(lost: Pitch) -> None:
    before = places_of(MARK, TITLE)
    assert {
        "activity.Notification.body",
        "activity.Notification.subject",
        "desk.Note.text",
    } < before
    assert "activity.Record.detail" not in before
    assert retention.erase(lost.pk)
    assert places_of(MARK, TITLE) == set()
    assert Record.objects.filter(verb="pitches.erased").count() == 1
    assert not retention.erase(lost.pk)


def test_messages_about_others_keep_their_words(lost: Pitch) -> None:
    others = Notification.objects.filter(body__contains="Zq-other")
    count = others.count()
    assert count
    message = Notification.objects.get(subject__startswith="Look at this")
    retention.erase(lost.pk)
    assert others.count() == count
    message.refresh_from_db()
    assert (message.subject, message.body) == ("Look at this: (erased)", "See (erased).")


def test_a_reason_for_withdrawing_goes_too() -> None:
    entry = submit(make_entry())
    person = entry.pitch.organisation.memberships.get().user
    withdraw_entry(entry=entry, actor=person, reason=MARK)
    retention.erase(entry.pitch_id)
    assert places_of(MARK) == set()


@given(title=st.text(min_size=1, max_size=40).filter(lambda text: text.strip() == text))
def test_any_title_leaves_its_messages(title: str) -> None:
    title = title.replace("\x00", "?")
    person = UserFactory()
    [message] = notify([person], subject=f"Withdrawn: {title}", body="Words", path="/x/")
    message.refresh_from_db()
    kept = message.subject.removeprefix("Withdrawn:").strip()
    empty_messages(Notification.objects.filter(pk=message.pk), {kept} - {""})
    message.refresh_from_db()
    assert not message.body
    assert not kept or not message.subject.endswith(f": {kept}") or kept in "Withdrawn: (erased)"


def test_the_clock_says_the_same(lost: Pitch) -> None:
    now = timezone.now() + timedelta(days=800)
    assert retention.warn_of_erasure(now) >= 1
    retention.erase_old_pitches(now + timedelta(days=31))
    assert places_of(MARK, TITLE) == set()


@pytest.mark.parametrize("state", ["draft", "withdrawn", "not-awarded", "cancelled"])
def test_whatever_came_to_nothing_is_erased_in_time(state: str) -> None:
    entry = make_entry()
    Pitch.objects.filter(pk=entry.pitch_id).update(summary=MARK)
    Entry.objects.filter(pk=entry.pk).update(state=state)
    now = timezone.now() + timedelta(days=800)
    assert retention.warn_of_erasure(now) == 1
    assert retention.erase_old_pitches(now + timedelta(days=31)) == 1
    assert places_of(MARK) == set()


@pytest.mark.parametrize(
    "title",
    [
        "Zqdamp  homes",
        "Zqdamp \u202ehomes\u202c",
        "Zqdamp\nhomes",
        "Zqdamp: homes",
        "Zqdamp" + " homes" * 19,
        "Zqdamp" + " homes" * 30,
    ],
)
@pytest.mark.parametrize("typed_over", [True, False])
def test_no_title_that_it_had_is_left_in_messages(title: str, typed_over: bool) -> None:
    """Also of a draft, minutes ago; cut, or on one line, as a subject has it."""
    entry = make_entry()
    lead = entry.pitch.organisation.memberships.get().user
    save_answers(entry=entry, answers={}, version=1, title=title, actor=lead)
    for event in ("confirm", "leave", "remove"):
        person = UserFactory()
        organisation = OrganisationFactory(owner=person, name=f"{event} {'N' * 112}")
        partner = ask_partner(
            entry=entry, organisation=organisation, part="x", share=None, actor=lead
        )
        answer_as_partner(partner=partner, event="confirm", actor=person)
        if event == "leave":
            answer_as_partner(partner=partner, event="leave", actor=person)
        elif event == "remove":
            remove_partner(partner=partner, actor=lead)
    notify(
        [lead],
        subject=f"Cancelled: {entry.pitch.call}",
        body="x",
        path=entry.get_absolute_url(),
    )
    if typed_over:
        entry = Entry.objects.get(pk=entry.pk)
        save_answers(entry=entry, answers={}, version=entry.version, title="Another", actor=lead)
    assert "activity.Notification.subject" in places_of("Zqdamp")
    assert retention.erase(entry.pitch_id)
    assert places_of("Zqdamp") == set()
    assert Notification.objects.filter(subject=f"Cancelled: {entry.pitch.call}").exists()


def test_nothing_is_written_into_what_is_erased(client: Client) -> None:
    """It would stay for good: a pitch is erased once."""
    entry = make_entry()
    close_stage(entry.stage)
    person = entry.pitch.organisation.memberships.get().user
    assert retention.erase(entry.pitch_id)
    entry = Entry.objects.get(pk=entry.pk)
    question = entry.stage.questions.first().pk
    with pytest.raises(TooLate, match="is erased"):
        save_answers(entry=entry, answers={question: MARK}, version=entry.version, actor=person)
    client.force_login(person)
    write = f"/pitches/{entry.pitch.reference}/write/"
    client.get(write, follow=True)
    client.post(write, {"version": entry.version, "title": TITLE, "summary": MARK})
    attached = SimpleUploadedFile("x.txt", MARK.encode())
    client.post(write, {"version": entry.version, f"q{question}": attached})
    assert places_of(MARK, TITLE) == set()
