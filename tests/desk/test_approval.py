"""The approver reads everything that is sealed, says why where it is asked, and then approves."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from challenges.calls.checks import find_findings
from challenges.calls.models import Call, CallState, ProposalOutcome, Stage
from challenges.calls.proposals import approvers_of, changed_since_last
from challenges.calls.services import propose_call, return_call
from cms.models import CallPage
from cms.services import create_page
from marketplace.activity.models import Notification, Record
from marketplace.times import LONDON, is_midnight
from tests.calls.test_checks import draft
from tests.desk.helpers import form_data, read_and_approve, signed_in, url, what_was_read
from tests.factories import make_officer

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer() -> Any:
    return make_officer(name="Olive")


@pytest.fixture
def other() -> Any:
    return make_officer(name="Otto")


@pytest.fixture
def call(officer: Any) -> Call:
    call = draft(owner=officer)
    create_page(call=call, actor=officer)
    return call


def test_everything_is_on_one_page(call: Call, officer: Any, other: Any) -> None:
    propose_call(call=call, actor=officer, comment="Dates are agreed.")
    page = signed_in(other).get(url("approve", call.pk)).content.decode()
    stage = call.first_stage
    for words in (
        "What would you do?",
        "up to 50 words",
        "What would it cost?",
        "at most £50,000",
        "Impact",
        "60%",
        "Higher score on the criterion with most weight",
        "Mean of the judges",
        "Conflicts of interest",
        "£50,000",
        "Grant",
        "Subsidy Control Act",
        "Dates are agreed.",
        stage.closes_at.astimezone(LONDON).strftime("%B %Y at 12 noon"),
        "See the page as the public would",
    ):
        assert words in page, words
    assert Call.objects.get(pk=call.pk).state == CallState.PROPOSED


def test_a_reason_is_asked_and_recorded(call: Call, officer: Any, other: Any) -> None:
    Call.objects.filter(pk=call.pk).update(legal_route="below-threshold")
    propose_call(call=call, actor=officer)
    desk = signed_in(other)
    refused = read_and_approve(desk, call, comment="Kept")
    assert refused.status_code == 400
    page = refused.content.decode()
    assert "Give a reason." in page and "Kept" in page
    [name] = re.findall(r'name="(reason:[^"]+)"', page)
    data = {name: "It went out on Monday.", "comment": "Good call."}
    read_and_approve(desk, call, **data)
    call = Call.objects.get(pk=call.pk)
    assert call.state == CallState.APPROVED
    [[finding, reason]] = Record.objects.get(verb="calls.approved").detail["reasons"]
    assert "UK4" in finding and reason == "It went out on Monday."
    for reader in (officer, other):
        shown = signed_in(reader).get(url("proposal", call.pk)).content.decode()
        assert "It went out on Monday." in shown and "Good call." in shown


def test_what_changed_since_it_was_sent_back(call: Call, officer: Any, other: Any) -> None:
    call = propose_call(call=call, actor=officer)
    call = return_call(call=call, actor=other, reason="Too little time.")
    Call.objects.filter(pk=call.pk).update(title="A better question?")
    first = call.first_stage
    first.criteria.filter(name="Impact").update(weight=50)
    first.questions.filter(kind="long-text").update(max_words=90)
    call = propose_call(call=Call.objects.get(pk=call.pk), actor=officer)
    last, changes = changed_since_last(call)
    assert last is not None and last.answer == "Too little time."
    whats = [row.what for _, rows in changes for row in rows]
    assert len(whats) == 3 and whats[0] == "Title"
    page = signed_in(other).get(url("approve", call.pk)).content.decode()
    assert "What changed since" in page and "A better question?" in page and "90" in page


def _say(call: Call, officer: Any, **fields: Any) -> None:
    """Save a draft of the call's page that says this."""
    page = CallPage.objects.get(call=call).specific.get_latest_revision_as_object()
    for name, value in fields.items():
        setattr(page, name, value)
    page.save_revision(user=officer)


FIRST = "<p>Damp is in one home in ten.</p><p>We look for a way to find it early.</p>"
PAGE_CHANGES: list[tuple[dict[str, Any], tuple[str, str, str]]] = [
    ({"title": "A dry home"}, ("Title of the page", "Damp homes", "A dry home")),
    ({"slug": "dry"}, ("Address of the page", "damp", "dry")),
    ({"seo_title": "Dry"}, ("Title in search results", "", "Dry")),
    ({"search_description": "Dry."}, ("Summary in search results", "Damp.", "Dry.")),
    (
        {"body": [("paragraph", FIRST.replace("ten", "five"))]},
        ("Text of the page", "Damp is in one home in ten.", "Damp is in one home in five."),
    ),
    ({"faqs": []}, ("FAQs", "Who can apply?\nFirms.", "")),
    (
        {"faqs": [("faq", {"question": "Who can apply?", "answer": "<p>Anyone.</p>"})]},
        ("FAQs", "Firms.", "Anyone."),
    ),
]


@pytest.mark.parametrize(("fields", "row"), PAGE_CHANGES, ids=[row[0] for _, row in PAGE_CHANGES])
def test_what_changed_on_the_page(
    call: Call, officer: Any, other: Any, fields: dict[str, Any], row: tuple[str, str, str]
) -> None:
    faqs = [("faq", {"question": "Who can apply?", "answer": "<p>Firms.</p>"})]
    before = {"title": "Damp homes", "slug": "damp", "search_description": "Damp.", "faqs": faqs}
    _say(call, officer, **before, body=[("paragraph", FIRST)])
    call = return_call(call=propose_call(call=call, actor=officer), actor=other, reason="Again.")
    assert changed_since_last(call)[1] == []
    _say(call, officer, **fields)
    call = propose_call(call=Call.objects.get(pk=call.pk), actor=officer)
    [(place, rows)] = changed_since_last(call)[1]
    assert (place, [each.as_row() for each in rows]) == ("The page", [list(row)])
    page = signed_in(other).get(url("approve", call.pk)).content.decode()
    assert row[2] in page


def test_a_sending_of_before_pages_were_kept(call: Call, officer: Any, other: Any) -> None:
    call = return_call(call=propose_call(call=call, actor=officer), actor=other, reason="Again.")
    proposal = call.proposals.get()
    del proposal.content["page"]
    proposal.save()
    _say(call, officer, title="Another")
    assert changed_since_last(Call.objects.get(pk=call.pk))[1] == []


def _is_unread(call: Call, reader: Any, fields: dict[str, str], what: str) -> None:
    refused = signed_in(reader).post(url("approve", call.pk), fields)
    assert refused.status_code == 400 and what in refused.content.decode()
    assert Call.objects.get(pk=call.pk).state == CallState.PROPOSED
    assert not CallPage.objects.get(call=call).live


def _never_saved(call: Call) -> CallPage:
    """The call's page as one that was made by the program, and that nobody has saved since."""
    page = CallPage.objects.get(call=call).specific
    page.latest_revision = None
    page.save()
    page.revisions.all().delete()
    return page


def test_nobody_approves_what_was_sent_again_since_they_read_it(
    call: Call, officer: Any, other: Any
) -> None:
    call = propose_call(call=call, actor=officer)
    fields = what_was_read(signed_in(other), call)
    call = return_call(call=call, actor=officer, reason="One more thing.")
    propose_call(call=call, actor=officer)
    _is_unread(call, other, fields, "sent again")
    read_and_approve(signed_in(other), call)
    assert Call.objects.get(pk=call.pk).state == CallState.APPROVED


def test_nor_where_no_sending_was_kept_when_they_read_it(
    call: Call, officer: Any, other: Any
) -> None:
    """As of a call that was sent before sendings were kept."""
    call = propose_call(call=call, actor=officer)
    call.proposals.all().delete()
    fields = what_was_read(signed_in(other), call)
    call = return_call(call=call, actor=officer, reason="One more thing.")
    propose_call(call=call, actor=officer)
    _is_unread(call, other, fields, "sent again")


@pytest.mark.parametrize("is_saved_before", [True, False])
@pytest.mark.parametrize("writes_over", [True, False])
def test_nor_a_page_that_was_saved_since(
    call: Call, officer: Any, other: Any, is_saved_before: bool, writes_over: bool
) -> None:
    """The editor of Wagtail saves by itself, and each time writes over its last revision."""
    propose_call(call=call, actor=officer)
    page = _never_saved(call)
    read = page.save_revision(user=officer) if is_saved_before else None
    fields = what_was_read(signed_in(other), call)
    page.body = [("heading", "Zq unread")]
    page.save_revision(user=officer, overwrite_revision=read if writes_over else None)
    _is_unread(call, other, fields, "page was changed")
    read_and_approve(signed_in(other), call)
    assert Call.objects.get(pk=call.pk).state == CallState.APPROVED


def test_a_page_that_nobody_ever_saved_can_be_read_and_approved(
    call: Call, officer: Any, other: Any
) -> None:
    propose_call(call=call, actor=officer)
    _never_saved(call)
    read_and_approve(signed_in(other), call)
    assert CallPage.objects.get(call=call).live


@pytest.mark.parametrize("name", ["proposal", "digest"])
def test_a_form_that_does_not_say_what_was_read_approves_nothing(
    call: Call, officer: Any, other: Any, name: str
) -> None:
    propose_call(call=call, actor=officer)
    fields = what_was_read(signed_in(other), call)
    _is_unread(call, other, {each: fields[each] for each in fields if each != name}, "since you")


def test_the_proposer_reads_it_and_sees_who_can_approve(
    call: Call, officer: Any, other: Any
) -> None:
    call = propose_call(call=call, actor=officer)
    assert approvers_of(call) == [other]
    desk = signed_in(officer)
    assert desk.get(url("approve", call.pk)).status_code == 404
    page = desk.get(url("proposal", call.pk)).content.decode()
    assert "Otto can approve it" in page and "Approve and publish</button>" not in page
    assert f"#stage-{call.first_stage.pk}" in desk.get(url("call", call.pk)).content.decode()


def test_it_is_said_when_nobody_can_approve(call: Call, officer: Any, other: Any) -> None:
    call = propose_call(call=call, actor=officer)
    type(other).objects.filter(pk=other.pk).update(is_active=False)
    assert approvers_of(call) == []
    assert "Nobody can approve" in signed_in(officer).get(url("call", call.pk)).content.decode()


def test_each_sending_is_kept(call: Call, officer: Any, other: Any) -> None:
    call = return_call(call=propose_call(call=call, actor=officer), actor=other, reason="Not yet.")
    propose_call(call=call, actor=officer)
    outcomes = list(call.proposals.values_list("outcome", "decided_by"))
    assert outcomes == [(ProposalOutcome.RETURNED, other.pk), (ProposalOutcome.WAITING, None)]


def test_others_see_nothing(call: Call) -> None:
    assert Client().get(url("proposal", call.pk)).status_code in (302, 404)


class TestForm:
    def test_what_is_found_stands_beside_its_field(self, call: Call, officer: Any) -> None:
        stage = call.first_stage
        desk = signed_in(officer)
        data = form_data(desk.get(url("edit_stage", stage.pk)))
        data |= {"tie_break": "heaviest", "criteria-0-weight": "40"}
        saved = desk.post(url("edit_stage", stage.pk), data)
        assert saved.url == url("edit_stage", stage.pk)
        assert stage.criteria.first().weight == 40
        page = desk.get(saved.url)
        help_text = str(page.context["form"].fields["tie_break"].help_text)
        assert "all weigh the same" in help_text and "weigh the same" in page.content.decode()

    @pytest.mark.parametrize(
        ("choice", "day", "clock"),
        [("before", -1, 23), ("same", 0, 23), ("meant", 0, 0), ("", 0, 0)],
    )
    def test_midnight_is_asked_about(
        self, call: Call, officer: Any, choice: str, day: int, clock: int
    ) -> None:
        stage = call.first_stage
        midnight = stage.closes_at.astimezone(LONDON).replace(hour=0)
        Stage.objects.filter(pk=stage.pk).update(closes_at=midnight)
        desk = signed_in(officer)
        page = desk.get(url("edit_stage", stage.pk))
        assert "What is meant?" in page.content.decode()
        data = form_data(page) | {"midnight": choice}
        desk.post(url("edit_stage", stage.pk), data)
        at: datetime = Stage.objects.get(pk=stage.pk).closes_at.astimezone(LONDON)
        assert (at.day - midnight.day, at.hour) == (day, clock)
        assert is_midnight(at) == (choice in ("", "meant"))
        again = desk.get(url("edit_stage", stage.pk)).content.decode()
        assert ("What is meant?" in again) == (not choice)
        asked = [each for each in find_findings(call) if each.code == "midnight" and each.asks]
        assert bool(asked) == (not choice)

    def test_an_answer_is_about_one_moment(self, call: Call, officer: Any) -> None:
        stage = call.first_stage
        midnight = stage.closes_at.astimezone(LONDON).replace(hour=0)
        later = midnight + timedelta(days=1)
        Stage.objects.filter(pk=stage.pk).update(closes_at=midnight)
        desk = signed_in(officer)
        data = form_data(desk.get(url("edit_stage", stage.pk)))
        typed = {"midnight": "meant", "closes_at": later.strftime("%Y-%m-%d %H:%M")}
        desk.post(url("edit_stage", stage.pk), data | typed)
        stage = Stage.objects.get(pk=stage.pk)
        assert stage.closes_at == later and stage.asks_about_midnight
        Stage.objects.filter(pk=stage.pk).update(midnight_meant=later)
        assert not Stage.objects.get(pk=stage.pk).asks_about_midnight
        Stage.objects.filter(pk=stage.pk).update(closes_at=midnight)
        assert Stage.objects.get(pk=stage.pk).asks_about_midnight

    def test_money_that_cannot_be_is_kept_and_said(self, call: Call, officer: Any) -> None:
        desk = signed_in(officer)
        data = form_data(desk.get(url("edit_call", call.pk)))
        saved = desk.post(
            url("edit_call", call.pk), data | {"budget": "120000", "award_limit": "150000"}
        )
        assert saved.url == url("edit_call", call.pk)
        page = desk.get(saved.url)
        assert "£150,000" in str(page.context["form"].fields["award_limit"].help_text)
        assert "more than the whole budget" in page.content.decode()


@pytest.mark.parametrize(
    ("who", "heading", "button", "heard_by"),
    [
        ("officer", "Take the call back", "Take it back", "other"),
        ("other", "Send the call back", "Send it back", "officer"),
    ],
)
def test_a_sender_takes_back_and_an_approver_sends_back(
    request: Any,
    call: Call,
    officer: Any,
    other: Any,
    who: str,
    heading: str,
    button: str,
    heard_by: str,
) -> None:
    propose_call(call=call, actor=officer)
    Notification.objects.all().delete()
    person = request.getfixturevalue(who)
    page = signed_in(person).get(url("return", call.pk)).content.decode()
    assert heading in page and button in page
    on_call = signed_in(person).get(url("call", call.pk)).content.decode()
    assert ("Take it back" in on_call) is (who == "officer")
    empty = signed_in(person).post(url("return", call.pk), {"reason": " "})
    assert empty.status_code == 400
    signed_in(person).post(url("return", call.pk), {"reason": "The dates."})
    assert Call.objects.get(pk=call.pk).state == CallState.DRAFT
    heard = Notification.objects.get()
    assert heard.recipient == request.getfixturevalue(heard_by)
    assert ("took" in heard.body) is (who == "officer")
