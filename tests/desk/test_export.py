"""What officers take away: every column that they may see, typed, and no draft."""

import csv
import json
from datetime import datetime
from io import BytesIO, StringIO
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from challenges.judging.decisions import decide
from challenges.pitches.models import Entry
from cms.desk.export import to_json, to_xlsx
from cms.desk.models import Tag
from cms.desk.queries import entries_with_reviews
from cms.desk.services import add_note
from marketplace.spreadsheets import LONGEST_CELL, Sheet, to_workbook
from tests.factories import (
    AwardFactory,
    assign,
    close_stage,
    make_call,
    make_entry,
    make_judge,
    make_officer,
    sign_in,
    submit,
)
from tests.judging.conftest import write_review

pytestmark = pytest.mark.django_db
EXPORT = "/admin/desk/pitches/export."


def judged(count: int = 1) -> list[Entry]:
    """Submitted pitches of one call with a review each, one of them decided."""
    call = make_call()
    entries = [submit(make_entry(call=call)) for _ in range(count)]
    stage = close_stage(call.first_stage)
    judge = make_judge(stage)
    for entry in entries:
        write_review(assign(judge, entry), value=4)
    decide(
        stage=stage,
        entries=entries[:1],
        outcome="awarded",
        reason="=The best",
        feedback="Well done.",
        amount=9_000,
        actor=make_officer(call.region),
    )
    return entries


def book_of(content: bytes) -> Any:
    return load_workbook(BytesIO(content))


def by_heading(sheet: Any) -> dict[str, Any]:
    header, row = list(sheet.iter_rows(values_only=True))[:2]
    return dict(zip(header, row, strict=True))


def test_a_workbook_has_a_row_a_pitch_and_a_sheet_a_stage() -> None:
    (entry,) = judged()
    make_entry(call=entry.pitch.call)  # a draft is nobody else's
    Tag.objects.create(region=entry.pitch.call.region, name="Ask again").pitches.add(entry.pitch)
    client = sign_in(Client(), make_officer(entry.pitch.call.region))
    book = book_of(client.get(f"{EXPORT}xlsx").content)
    assert book.sheetnames == ["Pitches", "1 Application"]
    for sheet in book:
        assert sheet.max_row == 2
        assert sheet.freeze_panes == "B2" and sheet.auto_filter.ref
        assert sheet["A1"].font.bold
    row = by_heading(book["1 Application"])
    owner = entry.pitch.organisation.memberships.get().user
    assert row["What would you do?"] == "We put sensors in homes."
    assert row["What would it cost?"] == 12_500
    assert row["E-mail addresses"] == owner.email
    assert row["Tags"] == "Ask again"
    assert row["Impact (mean of 5)"] == 4
    assert row["Impact: comments"] == "Good."
    assert (row["Rank"], row["Total that decides"]) == (1, 80)
    assert (row["Outcome"], row["Amount in pounds"]) == ("Awarded", 9_000)
    assert row["Reason"] == "'=The best"
    assert isinstance(row["Submitted"], datetime)
    assert all(cell.data_type != "f" for sheet in book for line in sheet for cell in line)


def test_what_the_pitchs_page_says_of_reviews_and_notes_is_there() -> None:
    (entry,) = judged()
    officer = make_officer(entry.pitch.call.region, name="Olu Officer")
    review = entry.assignments.select_related("member").get()
    type(review).objects.filter(pk=review.pk).update(
        recommendation="fund", comment="Ask about the price."
    )
    add_note(call=entry.pitch.call, pitch=entry.pitch, text="They rang.", actor=officer)
    page = sign_in(Client(), officer).get(f"/admin/desk/pitches/{entry.pk}/").content.decode()
    (row,) = json.loads(to_json(entries_with_reviews(Entry.objects.all())))
    recommended = f"{review.member.name}: Take forward. Ask about the price."
    assert row["Judges’ recommendations"] == recommended
    assert row["Notes"].endswith("Olu Officer: They rang.")
    for said in ("Take forward", "Ask about the price.", "They rang."):
        assert said in page


def test_what_was_awarded_stands_beside_what_was_decided() -> None:
    """They differ once a decision was corrected, or a project ended."""
    entry, other = judged(2)
    AwardFactory(call=entry.pitch.call, entry=entry, amount=8_000, state="ended")
    client = sign_in(Client(), make_officer(entry.pitch.call.region))
    rows = {row["Reference"]: row for row in json.loads(client.get(f"{EXPORT}json").content)}
    mine = rows[entry.pitch.reference]
    assert (mine["Amount in pounds"], mine["Award in pounds"]) == (9_000, 8_000)
    assert mine["Project"] == "Ended early"
    assert rows[other.pitch.reference]["Award in pounds"] is None


def test_csv_and_json_hold_the_same() -> None:
    (entry,) = judged()
    client = sign_in(Client(), make_officer(entry.pitch.call.region))
    text = client.get(f"{EXPORT}csv").content.decode("utf-8-sig")
    (row,) = csv.DictReader(StringIO(text))
    assert row["What would it cost?"] == "12500.00"
    assert row["Impact (mean of 5)"] == "4.0"
    (found,) = json.loads(client.get(f"{EXPORT}json").content)
    assert found["Reference"] == entry.pitch.reference
    assert found["Answers and scores"]["What would it cost?"] == 12_500


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (["Why?", "Why?"], ["Why?", "Why? (2)"]),
        (["Impact: comments", "Title"], ["Impact: comments", "Title"]),
        (["Impact (mean of 5)", "Impact (mean of 5)"], ["Impact (mean of 5)"] * 2),
    ],
)
def test_questions_of_one_name_keep_their_own_answers(labels: list[str], names: list[str]) -> None:
    (entry,) = judged()
    submission = entry.submissions.get()
    for answer, label in zip(submission.content["answers"], labels, strict=True):
        answer["label"] = label
    type(submission).objects.filter(pk=submission.pk).update(content=submission.content)
    client = sign_in(Client(), make_officer(entry.pitch.call.region))
    (found,) = json.loads(client.get(f"{EXPORT}json").content)
    cells = found["Answers and scores"]
    assert list(cells.values()) == ["We put sensors in homes.", 12_500, 4, "Good.", 4, "Good."]
    assert all(key.startswith(name) for key, name in zip(cells, names, strict=False))
    header = next(iter(book_of(client.get(f"{EXPORT}xlsx").content)["1 Application"].values))
    rows = list(csv.reader(StringIO(client.get(f"{EXPORT}csv").content.decode("utf-8-sig"))))
    for headings in (header, rows[0]):
        assert len(set(headings)) == len(headings)


@pytest.mark.parametrize("count", [1, 12])
def test_the_queries_do_not_grow_with_the_rows(
    count: int, django_assert_max_num_queries: Any
) -> None:
    judged(count)
    with django_assert_max_num_queries(24):
        to_xlsx(entries_with_reviews(Entry.objects.all()).order_by("pk"))


def test_calls_with_stages_of_one_name_keep_their_own_columns() -> None:
    """Whoever reads a CSV file by its headings loses nothing."""
    first, second = judged()[0], judged()[0]
    client = sign_in(Client(), make_officer(first.pitch.call.region))
    text = client.get(f"{EXPORT}csv").content.decode("utf-8-sig")
    for row in csv.DictReader(StringIO(text)):
        entry = first if row["Reference"] == first.pitch.reference else second
        stage = f"{entry.stage.call.reference} {entry.stage.name}"
        assert row[f"{stage}: What would you do?"] == "We put sensors in homes."


def test_calls_with_stages_of_one_name_keep_their_own_sheets() -> None:
    judged(), judged()
    rows = entries_with_reviews(Entry.objects.all()).order_by("pk")
    names = book_of(to_xlsx(rows)).sheetnames
    assert len(names) == len({name.casefold() for name in names}) == 3
    assert len(json.loads(to_json(rows))) == 2


@pytest.mark.parametrize("name", ["a/b", "[x]", "=1", "'", "", "x" * 40, "History", "a:b?*\\"])
def test_any_name_makes_a_sheet(name: str) -> None:
    sheets = [Sheet(name, ["A"], [[1]]), Sheet(name, ["A"], [[2]])]
    names = book_of(to_workbook(sheets)).sheetnames
    assert len(names) == 2 and "History" not in names


@pytest.mark.parametrize("letter", ["x", "é", "東", "🙂", "x🙂"])
def test_a_text_longer_than_a_cell_says_that_it_was_cut(letter: str) -> None:
    """Excel counts in UTF-16, and opens no file with more in one cell."""
    book = book_of(to_workbook([Sheet("S", ["A"], [[letter * 30_000 + "x" * 10_000]])]))
    value = book.active["A2"].value
    length = len(value.encode("utf-16-le")) // 2
    assert length in (LONGEST_CELL - 1, LONGEST_CELL)
    assert value.endswith("(cut: a cell holds no more)")


@pytest.mark.parametrize("letter", ["x", "🙂"])
def test_a_text_that_just_fits_is_whole(letter: str) -> None:
    text = (letter * LONGEST_CELL).encode("utf-16-le")[: (LONGEST_CELL - 1) * 2].decode("utf-16-le")
    book = book_of(to_workbook([Sheet("S", ["A"], [[text]])]))
    assert book.active["A2"].value == text
