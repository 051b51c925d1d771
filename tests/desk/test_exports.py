"""Every list of the desk as a file: the rows and the rules of its page, typed, and no formula."""

import csv
import json
import re
from collections.abc import Callable
from datetime import date, datetime
from io import BytesIO, StringIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from challenges.calls.models import Enquiry, Stage
from challenges.judging.models import Appeal, Conflict, MemberRole, PanelMember
from challenges.pitches.models import Entry
from marketplace.accounts.models import User
from marketplace.activity.models import Record
from startups.models import Membership
from tests.desk.helpers import url
from tests.desk.world import fill
from tests.factories import (
    RegionFactory,
    make_call,
    make_judge,
    make_officer,
    sign_in,
)

pytestmark = pytest.mark.django_db

LISTS = {
    "calls": "export_calls",
    "pitches": "export",
    "enquiries": "export_enquiries",
    "appeals": "export_appeals",
    "projects": "export_projects",
    "sign_offs": "export_sign_offs",
    "people": "export_people",
}
OF_A_STAGE = {
    "ranking": "export_ranking",
    "fairness": "export_fairness",
    "reading": "export_reading",
    "panel": "export_panel",
}
"""Page → what takes it away."""
ALL = [*LISTS, *OF_A_STAGE]


def addresses(name: str, stage: Stage, kind: str = "json") -> tuple[str, str]:
    """(page, file) of a list."""
    if name in LISTS:
        return url(name), reverse(f"desk:{LISTS[name]}", kwargs={"kind": kind})
    own = {"pk": stage.pk}
    return url(name, stage.pk), reverse(f"desk:{OF_A_STAGE[name]}", kwargs={**own, "kind": kind})


# --- Who takes what ---------------------------------------------------------------------


def _plain(stage: Stage) -> User:
    return make_officer(stage.call.region)


def _tied(stage: Stage) -> User:
    officer = _plain(stage)
    Conflict.objects.create(officer=officer, entry=stage.entries.first(), nature="A friend.")
    return officer


def _judging(stage: Stage, role: str = MemberRole.JUDGE) -> User:
    officer = _plain(stage)
    judge = make_judge(stage)
    PanelMember.objects.filter(pk=judge.pk).update(user=officer, role=role)
    return officer


def _observing(stage: Stage) -> User:
    return _judging(stage, MemberRole.OBSERVER)


def _applying(stage: Stage) -> User:
    officer = _plain(stage)
    organisation = stage.entries.first().pitch.organisation
    Membership.objects.create(organisation=organisation, user=officer)
    return officer


def _elsewhere(stage: Stage) -> User:
    return make_officer(RegionFactory(code="E47000009", slug="elsewhere", short_name="EW"))


def _judge(stage: Stage) -> User:
    return stage.panel.members.first().user


def _applicant(stage: Stage) -> User:
    return User.objects.get(memberships__organisation=stage.entries.first().pitch.organisation)


OFFICERS = [_plain, _tied, _judging, _observing, _applying]
OTHERS = [_elsewhere, _judge, _applicant]


def text_of(response: Any) -> str:
    return response.content.decode() if response.status_code == 200 else ""


def read_on(response: Any) -> str:
    """As `text_of`, with addresses in one piece, where a page lets them break."""
    return re.sub(r"</span><wbr><span[^>]*>", "", text_of(response))


def words_of(stage: Stage) -> set[str]:
    """What some may read and others not."""
    team = User.objects.filter(memberships__organisation__pitches__entries__stage=stage)
    judges = stage.panel.members.all()
    return {
        *team.values_list("email", flat=True),
        *judges.values_list("name", flat=True),
        *judges.values_list("email", flat=True),
        "=Zq call",
        "=Zq pitch 0",
        "=Zq grounds",
        "=Zq question",
        "=Zq expert",
        "=Zq project",
        "=Zq reason",
    }


@pytest.mark.parametrize("blind", [False, True])
@pytest.mark.parametrize("who", [*OFFICERS, *OTHERS], ids=lambda who: who.__name__)
def test_a_file_opens_to_whom_its_page_opens_and_says_no_more(
    who: Callable[[Stage], User], blind: bool
) -> None:
    stage = fill(blind=blind)
    words = words_of(stage)
    client = sign_in(Client(), who(stage))
    details = [("pitch", entry.pk) for entry in stage.entries.all()]
    for page, model in (("enquiry", Enquiry), ("appeal", Appeal)):
        details += [(page, each.pk) for each in model.objects.all()]
    behind = "".join(read_on(client.get(url(page, pk))) for page, pk in details)
    for name in ALL:
        page, file = (client.get(address) for address in addresses(name, stage))
        assert page.status_code == file.status_code, name
        taken, readable = text_of(file), read_on(page) + behind
        assert {word for word in words if word in taken and word not in readable} == set(), name
        if who in OTHERS:
            assert not any(word in taken for word in words), name


@pytest.mark.parametrize("who", OFFICERS, ids=lambda who: who.__name__)
@pytest.mark.parametrize("unblinded", [False, True])
def test_people_of_a_blind_stage_are_kept_from_who_is_not_independent(
    who: Callable[[Stage], User], unblinded: bool
) -> None:
    """In the same file, those of a stage with names are not."""
    stage, open_one = fill(blind=True), fill(entries=1)
    if unblinded:
        Stage.objects.filter(pk=stage.pk).update(unblinded_at=timezone.now())
    client = sign_in(Client(), who(stage))
    rows = json.loads(client.get(addresses("pitches", stage)[1]).content)
    shown = {row["Reference"]: "@" in row["E-mail addresses"] for row in rows}
    sees = unblinded or who in (_plain, _observing)
    for entry in Entry.objects.all().select_related("pitch"):
        assert shown[entry.pitch.reference] is (sees or entry.stage_id == open_one.pk)


# --- What a file holds ------------------------------------------------------------------


@pytest.mark.parametrize("name", ALL)
def test_a_workbook_is_typed_frozen_filtered_and_runs_nothing(name: str) -> None:
    stage = fill()
    client = sign_in(Client(), _plain(stage))
    response = client.get(addresses(name, stage, "xlsx")[1])
    assert "attachment" in response["Content-Disposition"]
    book = load_workbook(BytesIO(response.content))
    main = book.worksheets[0]
    assert main.max_row > 1
    for sheet in book:
        assert sheet.freeze_panes == "B2" and sheet.auto_filter.ref
        assert all(cell.font.bold for cell in sheet[1])
        assert all(sheet.column_dimensions[cell.column_letter].width >= 8 for cell in sheet[1])
        headings = [cell.value for cell in sheet[1]]
        assert len(headings) == len(set(headings))
        for row in sheet.iter_rows(min_row=2):
            for heading, cell in zip(headings, row, strict=True):
                assert cell.data_type != "f", (name, heading)
                assert _is_typed(heading, cell.value), (name, heading, cell.value)


MOMENTS = ("Opens", "Closes", "Submitted", "Released", "Asked", "Filed", "Proposed", "Answered")
DAYS = ("Due", "Awarded", "Decision on")
NUMBERS = ("Place", "Raw mean", "Reviews", "Amount in pounds", "Fit (0 to 1)", "Stages")


def _is_typed(heading: str, value: Any) -> bool:
    if value is None:
        return True
    if heading in MOMENTS:
        return isinstance(value, datetime)
    if heading in DAYS:
        return isinstance(value, date)
    if heading in NUMBERS:
        return isinstance(value, int | float)
    return not (isinstance(value, str) and value.startswith(("=", "+", "-", "@")))


@pytest.mark.parametrize("name", ALL)
def test_csv_and_json_hold_the_rows_of_the_first_sheet(name: str) -> None:
    stage = fill()
    client = sign_in(Client(), _plain(stage))
    text = client.get(addresses(name, stage, "csv")[1]).content.decode("utf-8-sig")
    found = json.loads(client.get(addresses(name, stage, "json")[1]).content)
    first = found if isinstance(found, list) else next(iter(found.values()))
    rows = list(csv.DictReader(StringIO(text)))
    assert len(rows) == len(first) > 0
    assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row.values())


@pytest.mark.parametrize("name", ALL)
def test_an_unknown_format_is_not_found_and_who_takes_one_is_recorded(name: str) -> None:
    stage = fill(entries=1)
    officer = _plain(stage)
    client = sign_in(Client(), officer)
    assert client.get(addresses(name, stage, "exe")[1]).status_code == 404
    taken = Record.objects.filter(chain__key=f"exports:{officer.pk}")
    assert not taken.exists()
    client.get(addresses(name, stage, "csv")[1])
    assert taken.get().detail["format"] == "csv"


@pytest.mark.parametrize("name", ALL)
def test_a_file_costs_the_same_with_many_rows(name: str) -> None:
    costs = []
    for entries in (3, 9):
        stage = fill(entries=entries, word=f"Z{entries}")
        client = sign_in(Client(), _plain(stage))
        file = addresses(name, stage)[1]
        client.get(file)
        with CaptureQueriesContext(connection) as captured:
            client.get(file)
        costs.append(len(captured))
    few, many = costs
    # The pitches' file ranks each stage that it holds; there is one more the second time.
    assert many <= few + (6 if name == "pitches" else 0)


def test_the_ranking_is_in_order_with_what_its_page_shows() -> None:
    stage = fill(entries=4)
    Stage.objects.filter(pk=stage.pk).update(places=2)
    client = sign_in(Client(), _plain(stage))
    rows = json.loads(client.get(addresses("ranking", stage)[1]).content)
    assert [row["Place"] for row in rows] == sorted(row["Place"] for row in rows)
    best = rows[0]
    assert best["Total that decides"] == best["Raw mean"] == 80
    assert (best["Reviews"], best["Judges for"]) == (2, 2)
    assert best["Adjusted place"] == 1 and best["Adjusted total, 90% sure from"] is not None


def test_filters_and_order_hold_in_the_file() -> None:
    stage = fill()
    make_call(title="Another", kind="accelerator")
    client = sign_in(Client(), _plain(stage))
    page, file = addresses("calls", stage)
    for query in ("?kind=accelerator", "?q=Zq", "?ordering=-title", ""):
        shown = [call.title for call in client.get(page + query).context["page_obj"]]
        taken = json.loads(client.get(file + query).content)["Calls"]
        assert [row["Title"] for row in taken] == shown, query
        assert f"export.xlsx{query}".replace("&", "&amp;") in text_of(client.get(page + query))
