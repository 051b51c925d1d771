"""The lists of calls and pitches: what narrows and sorts them, and the spreadsheet."""

import csv
import html
import re
from datetime import timedelta
from io import BytesIO, StringIO
from urllib.parse import urljoin

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from challenges.calls.models import CallState, Stage
from challenges.pitches.models import Entry, EntryState
from cms.desk.export import COLUMNS
from cms.desk.services import message_teams
from marketplace.activity.models import Notification, Record
from marketplace.spreadsheets import safe
from marketplace.times import moment
from tests.desk.helpers import signed_in, url
from tests.factories import (
    AwardFactory,
    LocalAuthorityFactory,
    OrganisationFactory,
    UserFactory,
    assign,
    make_call,
    make_entry,
    make_judge,
    make_officer,
    submit,
)

pytestmark = pytest.mark.django_db

EXPORT = "/admin/desk/pitches/export."


def shown(response) -> set[str]:
    return {str(row) for row in response.context["page_obj"]}


def submitted(call=None, *, title: str = "Warm homes", **organisation) -> Entry:
    organisation = OrganisationFactory(owner=UserFactory(), **organisation)
    entry = make_entry(call=call, organisation=organisation)
    entry.pitch.title = title
    entry.pitch.save()
    return submit(entry)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"Draft one", "Sent one", "Open one", "Coming one"}),
        ("?status=draft", {"Draft one"}),
        ("?status=proposed", {"Sent one"}),
        ("?status=open", {"Open one"}),
        ("?status=upcoming", {"Coming one"}),
        ("?q=SENT", {"Sent one"}),
        ("?kind=accelerator", {"Coming one"}),
        ("?q=nothing+like+it", set()),
    ],
)
def test_calls_are_narrowed(query: str, expected: set[str]) -> None:
    make_call(title="Draft one", state=CallState.DRAFT)
    make_call(title="Sent one", state=CallState.PROPOSED)
    make_call(title="Open one")
    days = {"opens_in": timedelta(days=2), "closes_in": timedelta(days=3)}
    make_call(title="Coming one", kind="accelerator", **days)
    assert shown(signed_in(make_officer()).get(url("calls") + query)) == expected


def test_pitches_are_narrowed() -> None:
    place = LocalAuthorityFactory()
    one = submitted(title="Damp sensors", name="Acme Ltd", place=place)
    two = submitted(title="Bus times", name="Bolt Ltd")
    draft = make_entry(call=two.stage.call)
    Entry.objects.filter(pk=two.pk).update(state=EntryState.WITHDRAWN)
    client = signed_in(make_officer())
    for query, expected in {
        "": {"Damp sensors", "Bus times"},
        f"?call={one.stage.call_id}": {"Damp sensors"},
        f"?stage={two.stage_id}": {"Bus times"},
        "?state=withdrawn": {"Bus times"},
        f"?place={place.pk}": {"Damp sensors"},
        "?q=acme": {"Damp sensors"},
        f"?q={two.pitch.reference.lower()}": {"Bus times"},
        f"?q={draft.pitch.reference}": set(),
    }.items():
        assert shown(client.get(url("pitches") + query)) == expected, query


@pytest.mark.parametrize(
    "typed", ["O'Neill", "oneill", "O’NEILL & éclair", "eclair and", "ltd", "1234567"]
)
def test_lists_find_an_organisation_however_its_name_is_typed(typed: str) -> None:
    entry = submitted(name="O’Neill and Éclair Ltd", company_number="01234567")
    other = submitted(title="Bus times", name="Bolt plc")
    AwardFactory(call=entry.stage.call, organisation=entry.pitch.organisation, title="Dry walls")
    AwardFactory(call=other.stage.call, organisation=other.pitch.organisation, title="Late buses")
    client = signed_in(make_officer())
    for address, expected in (
        (url("pitches"), {"Warm homes"}),
        (url("projects"), {"Dry walls"}),
        (reverse("awards:projects"), {"Dry walls"}),
    ):
        page = client.get(address, {"q": typed}).content.decode()
        titles = ("Warm homes", "Bus times", "Dry walls", "Late buses")
        assert {title for title in titles if title in page} == expected, address


def test_drafts_are_only_counted() -> None:
    draft = make_entry()
    page = signed_in(make_officer()).get(url("pitches")).content.decode()
    assert "0 submitted, and 1 being written" in page
    assert draft.pitch.reference not in page


@pytest.mark.parametrize("name", ["title", "organisation", "submitted", "mean", "reviews", "state"])
def test_pitches_are_sorted_both_ways(name: str) -> None:
    call = make_call()
    judge = make_judge(call.first_stage)
    for number in range(3):
        entry = submitted(call, title=f"Pitch {number}", name=f"Firm {number}")
        if number:
            review = assign(judge, entry)
            review.state, review.total = "submitted", 10 * number
            review.save()
    client = signed_in(make_officer())
    up = [e.pk for e in client.get(url("pitches") + f"?ordering={name}").context["page_obj"]]
    down = [e.pk for e in client.get(url("pitches") + f"?ordering=-{name}").context["page_obj"]]
    assert len(up) == 3
    if name in ("title", "organisation", "submitted"):
        assert up == down[::-1]
    if name == "mean":  # the first has none, and comes last both ways
        first, second, third = sorted(up)
        assert up == [second, third, first]
        assert down == [third, second, first]


GARBAGE = [
    "?p=0",
    "?p=abc",
    "?p=99999999999999999999",
    "?ordering=password",
    "?ordering=--title",
    "?call=x&stage=-1&place=99999999999999999999&state=no",
    "?call=99999999999999999999",
    "?q=%00",
    "?q=" + "x" * 5000,
    "?status=no&kind=no",
    "?q=%F0%9F%98%80%27%22%3Cscript%3E",
]


@pytest.mark.parametrize("query", GARBAGE)
def test_garbage_in_the_address_does_no_harm(query: str) -> None:
    client = signed_in(make_officer())
    submitted()
    for address in (url("calls"), url("pitches"), f"{EXPORT}csv"):
        response = client.get(address + query)
        assert response.status_code == 200, address
        assert b"<script>" not in response.content.replace(b'"<script>', b"") or (
            address.endswith("csv") or b"'\"<script>" not in response.content
        )


def test_xlsx_holds_the_rows_that_the_list_shows_and_no_formula() -> None:
    call = make_call(title="=HYPERLINK(1)")
    entry = submitted(call, title="=1+1", name="+44 Ltd")
    submitted(title="Another call’s")
    judge = make_judge(call.first_stage)
    review = assign(judge, entry)
    review.state, review.total = "submitted", "72.25"
    review.save()
    officer = make_officer()
    response = signed_in(officer).get(f"{EXPORT}xlsx?call={call.pk}")
    assert "attachment" in response["Content-Disposition"]
    header, row = load_workbook(BytesIO(response.content)).active.iter_rows()
    assert [cell.value for cell in header] == list(COLUMNS)
    values = [cell.value for cell in row]
    assert values[:3] == [entry.pitch.reference, "'=1+1", "'+44 Ltd"]
    assert values[4:7] == ["'=HYPERLINK(1)", "Application", "Submitted"]
    assert values[8:11] == [1, 1, 72.25]
    assert all(cell.data_type != "f" for cell in row)
    kept = Record.objects.get(verb="pitches.exported")
    assert (kept.actor, kept.detail["count"]) == (officer, 1)


def test_csv_has_the_same_rows() -> None:
    entry = submitted(title="@cmd", name="Été, Ltd")
    response = signed_in(make_officer()).get(f"{EXPORT}csv")
    rows = list(csv.reader(StringIO(response.content.decode("utf-8-sig"))))
    assert rows[0][: len(COLUMNS)] == list(COLUMNS)
    assert rows[1][:3] == [entry.pitch.reference, "'@cmd", "Été, Ltd"]


def test_an_unknown_format_is_not_found() -> None:
    assert signed_in(make_officer()).get(f"{EXPORT}exe").status_code == 404


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\tx", "\r=1", "\n=1"])
def test_text_that_a_spreadsheet_would_run_becomes_text(text: str) -> None:
    assert safe(text).startswith("'")


@pytest.mark.parametrize("value", ["plain", "a=b", "", 5, -5, None])
def test_other_cells_stay_as_they_are(value: object) -> None:
    assert safe(value) == value


def test_letters_that_a_workbook_cannot_hold_are_left_out() -> None:
    assert safe("a\x00b\x0bc") == "abc"


@pytest.mark.parametrize("page", ["calls", "pitches"])
def test_headings_that_sort_lead_somewhere_and_keep_the_filters(page: str) -> None:
    submitted(make_call(title="Warm homes"))
    client = signed_in(make_officer())
    shown_first = client.get(f"{url(page)}?q=warm")
    links = re.findall(r'href="([^"]*ordering=[^"]*)"', shown_first.content.decode())
    assert links
    for link in map(html.unescape, links):
        response = client.get(urljoin(url(page), link))
        assert response.status_code == 200
        assert "q=warm" in link


def test_calls_stand_as_they_want_an_officer() -> None:
    make_call(title="B closes later", closes_in=timedelta(days=9))
    make_call(title="Z closes soon", closes_in=timedelta(days=2))
    make_call(title="A is over", closes_in=-timedelta(days=2), opens_in=-timedelta(days=9))
    make_call(title="Y to approve", state=CallState.PROPOSED)
    make_call(title="X to write", state=CallState.DRAFT)
    make_call(title="C to come", opens_in=timedelta(days=2), closes_in=timedelta(days=3))
    make_call(title="A cancelled", state=CallState.CANCELLED)
    client = signed_in(make_officer())
    titles = [call.title for call in client.get(url("calls")).context["page_obj"]]
    assert titles == [
        "Z closes soon",
        "B closes later",
        "Y to approve",
        "X to write",
        "C to come",
        "A is over",
        "A cancelled",
    ]
    by_title = client.get(url("calls") + "?ordering=title").context["page_obj"]
    assert [call.title for call in by_title] == sorted(titles)


def test_a_list_of_one_call_leaves_out_its_name() -> None:
    entry = submitted(title="Damp sensors")
    client = signed_in(make_officer())
    column = "ordering=call"
    assert column in client.get(url("pitches")).content.decode()
    for query in (f"?call={entry.stage.call_id}", f"?stage={entry.stage_id}"):
        page = client.get(url("pitches") + query).content.decode()
        assert column not in page and entry.stage.name in page


def in_two_stages() -> Entry:
    """A pitch that was short-listed and stands in the second stage too, submitted."""
    entry = submitted(make_call(stages=2))
    second = Stage.objects.get(call=entry.stage.call, order=2)
    Stage.objects.filter(pk=second.pk).update(opens_at=entry.stage.opens_at)
    later = make_entry(call=entry.stage.call, stage=second, organisation=OrganisationFactory())
    lone = later.pitch
    later.pitch = entry.pitch
    later.save()
    lone.delete()
    Entry.objects.filter(pk=entry.pk).update(state=EntryState.SHORTLISTED)
    Entry.objects.filter(pk=later.pk).update(
        state=EntryState.SUBMITTED, submitted_at=timezone.now()
    )
    return later


def test_a_pitch_in_two_stages_is_one_pitch() -> None:
    later = in_two_stages()
    submitted(later.stage.call)
    client = signed_in(make_officer())
    page = client.get(url("pitches"))
    assert len(page.context["page_obj"]) == 3
    text = " ".join(page.content.decode().split())
    assert "2 submitted. They stand in 3 rows" in text and "All 2 that match" in text
    of_one_stage = client.get(f"{url('pitches')}?stage={later.stage_id}").content.decode()
    assert "1 submitted." in of_one_stage and "They stand in" not in of_one_stage
    (call,) = client.get(url("calls")).context["page_obj"]
    assert call.submitted == 2


def test_a_team_in_two_stages_is_written_to_once_about_the_later() -> None:
    later = in_two_stages()
    sent = message_teams(
        entries=list(Entry.objects.all()),
        subject="Hello",
        body="Until {deadline}.",
        token="t",
        actor=make_officer(),
    )
    assert sent == 1
    (told,) = Notification.objects.filter(subject="Hello")
    assert moment(later.stage.closes_at) in told.body
