"""How far a pitch is: what is called done can be submitted, and what can't is never called so."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from challenges.calls.models import QuestionKind
from challenges.calls.question_types import TYPES, type_of
from challenges.pitches.content import build_content
from challenges.pitches.forms import checked_form
from challenges.pitches.models import Answer, Attachment, Entry, ScanState
from challenges.pitches.reminders import remind_of_drafts
from challenges.pitches.services import save_answers
from challenges.pitches.standing import DONE, EMPTY, MEND, SAVED, standing_of
from marketplace.activity.models import Notification
from marketplace.forms import govuk_fields
from tests.factories import OrganisationFactory, UserFactory, make_call, make_entry, submit
from tests.marketplace.test_error_words import BAD, DJANGOS
from tests.pitches.conftest import call_asking, entry_for, form_data, fresh, url

pytestmark = pytest.mark.django_db

CASES = [
    (QuestionKind.SHORT_TEXT, {"max_words": 3}, "one two three", DONE),
    (QuestionKind.SHORT_TEXT, {"max_words": 3}, "one two three four", MEND),
    (QuestionKind.SHORT_TEXT, {}, "x" * 501, MEND),
    (QuestionKind.SHORT_TEXT, {}, "   ", EMPTY),
    (QuestionKind.LONG_TEXT, {"max_words": 300}, "word " * 310, MEND),
    (QuestionKind.MONEY, {}, "twenty grand", MEND),
    (QuestionKind.MONEY, {}, "20,000", DONE),
    (QuestionKind.MONEY, {}, "-1", MEND),
    (QuestionKind.DATE, {}, ["31", "2", "2027"], MEND),
    (QuestionKind.DATE, {}, ["", "", ""], EMPTY),
    (QuestionKind.YES_NO, {}, "yes", DONE),
    (QuestionKind.YES_NO, {"acceptable": "yes"}, "no", MEND),
    (QuestionKind.LINK, {}, "not a link", MEND),
    (QuestionKind.COSTS, {}, [["Sensors", ""]], MEND),
    (QuestionKind.COSTS, {}, [["Sensors", "12"]], DONE),
    (QuestionKind.DECLARATION, {}, ["on", ""], MEND),
    (QuestionKind.DECLARATION, {}, ["on", "Ada"], DONE),
]


def with_answer(kind: Any, value: Any, required: bool, **fields: Any) -> Entry:
    call = call_asking(kind, required=required, **fields)
    entry = entry_for(call, OrganisationFactory(owner=UserFactory()))
    Answer.objects.create(entry=entry, question_id=entry.specs[0]["id"], value=value)
    return entry


@pytest.mark.parametrize("required", [True, False])
@pytest.mark.parametrize(("kind", "fields", "value", "state"), CASES)
def test_the_state_of_a_question(
    kind: Any, fields: Any, value: Any, state: str, required: bool
) -> None:
    entry = with_answer(kind, value, required, **fields)
    standing = standing_of(entry)
    (place,) = [each for each in standing.places if each.name.startswith("q")]
    assert place.state == state
    assert bool(place.problem) == (state == MEND)
    # Agrees with what submitting says of the same pitch.
    _, problems = build_content(entry)
    assert (standing.done == standing.total) == (not problems)


@pytest.mark.parametrize(
    ("scan", "state"),
    [(ScanState.CLEAN, DONE), (ScanState.WAITING, SAVED), (ScanState.INFECTED, MEND)],
)
def test_the_state_of_a_file(scan: str, state: str) -> None:
    entry = entry_for(call_asking(QuestionKind.FILE), OrganisationFactory(owner=UserFactory()))
    Attachment.objects.create(
        entry=entry, question_id=entry.specs[0]["id"], file="x", name="a.pdf", size=1,
        sha256="0", scan_state=scan,
    )  # fmt: skip
    assert standing_of(entry).places[-1].state == state


def test_pages_show_it(team: Any) -> None:
    long = "word " * 60
    team.client.post(url("write", team.entry), form_data(team.entry, words=long))
    page = team.client.get(url("write", team.entry)).content.decode()
    assert "3 of 4 done, 1 needs mending" in page
    assert "Needs mending" in page
    check = team.client.get(url("submit", team.entry)).content.decode()
    assert long.strip() in check
    assert "Not answered" not in check
    assert "needs mending" in team.client.get("/dashboard/").content.decode()


def test_what_a_file_may_be_is_said_before_it_is_chosen(client: Any) -> None:
    person = UserFactory()
    entry = entry_for(call_asking(QuestionKind.FILE), OrganisationFactory(owner=person))
    client.force_login(person)
    page = client.get(url("write", entry)).content.decode()
    assert "PDF, PNG" in page
    assert "up to 10.0\xa0MB" in page


def test_problems_are_in_our_words_and_name_their_question(client: Any) -> None:
    person = UserFactory()
    kinds = (QuestionKind.SHORT_TEXT, QuestionKind.NUMBER, QuestionKind.NUMBER, QuestionKind.LINK)
    entry = entry_for(call_asking(*kinds), OrganisationFactory(owner=person))
    for spec, value in zip(entry.specs, ["x" * 600, "a", "1" * 30, "no"], strict=True):
        Answer.objects.create(entry=entry, question_id=spec["id"], value=value)
    client.force_login(person)
    page = client.get(f"{url('write', entry)}?check=1").content.decode()
    summary = page[page.index("govuk-error-summary") :][:4000]
    for number in range(4):
        assert f"Question {number}: " in summary
    for where in (page, client.get(url("submit", entry)).content.decode()):
        assert "Ensure" not in where


ROWS = (QuestionKind.COSTS, QuestionKind.TEAM, QuestionKind.CAPABILITIES)


@pytest.mark.parametrize("kind", [kind for kind in TYPES if kind != QuestionKind.FILE])
def test_no_kind_of_question_speaks_djangos_english(kind: QuestionKind) -> None:
    entry = entry_for(call_asking(kind), OrganisationFactory(owner=UserFactory()))
    (spec,) = entry.specs
    for bad in BAD:
        for raw in ([[bad] * 3] if kind in ROWS else bad, [bad] * 3 if kind not in ROWS else []):
            value = type_of(spec).as_typed(raw)
            Answer.objects.update_or_create(
                entry=entry, question_id=spec["id"], defaults={"value": value}
            )
            entry = fresh(entry)
            _, problems = build_content(entry)
            said = [told for _, told in problems]
            said += [place.problem for place in standing_of(entry).places]
            for field in govuk_fields(checked_form(entry, strict=True)):
                said += field.named_messages
            assert [told for told in said if DJANGOS.search(told)] == []


class TestReminders:
    def changed(self, **fields: Any) -> Entry:
        entry = submit(make_entry(call=make_call(closes_in=timedelta(hours=20), **fields)))
        entry = Entry.objects.get(pk=entry.pk)
        person = entry.pitch.organisation.memberships.first().user
        save_answers(entry=entry, answers={}, title="Changed", version=entry.version, actor=person)
        return Entry.objects.get(pk=entry.pk)

    def test_what_was_changed_after_submitting_is_reminded_of_once(self) -> None:
        entry = self.changed()
        assert entry.has_unsubmitted_changes
        assert [remind_of_drafts() for _ in range(2)] == [1, 0]
        (told,) = Notification.objects.filter(subject__contains="not submitted again")
        assert "reads what you submitted before" in told.body
        assert "of 4 done" in told.body

    def test_not_after_the_deadline(self) -> None:
        entry = self.changed()
        assert remind_of_drafts(entry.stage.closes_at + timedelta(seconds=1)) == 0
        assert mail.outbox is not None
        assert timezone.now() < entry.stage.closes_at
