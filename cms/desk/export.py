"""Pitches as officers work with them: one row a pitch, a sheet a stage, every cell typed.

Everything that an officer may see of a pitch is here, and no draft. The queries do not grow with
the rows; the ranking of each stage takes a few of its own.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from django.db.models import Count, Prefetch, QuerySet, Sum

from challenges.calls.models import QuestionKind, Stage
from challenges.judging.models import Assignment, AssignmentState, Score
from challenges.judging.rules import stages_kept_from
from challenges.judging.standing import Standing
from challenges.judging.table import table_of
from challenges.pitches.models import Partner, PartnerState, Submission
from cms.desk.models import Note
from cms.desk.queries import with_exact_means
from cms.desk.taking import local
from marketplace import spreadsheets
from marketplace.rounding import half_up, places_to_tell
from marketplace.spreadsheets import Sheet, plain_value
from marketplace.text import clean_json
from marketplace.times import moment
from startups.models import Membership

NUMBERS = (QuestionKind.NUMBER, QuestionKind.MONEY)
HIDDEN = "Hidden from you: judged without names"


LEAST_PLACES = 2

Marked = tuple[Fraction, list[str]]
"""One criterion of one pitch: the mean of the scores on its own scale, and the comments."""


@dataclass
class Row:
    """One entry with all that its row shows."""

    entry: Any
    content: dict[str, Any]
    standing: Standing | None
    marks: dict[int, Marked] = field(default_factory=dict)
    said: Sequence[str] = ()
    """What each judge recommends, with what they say to the panel alone."""
    hides_people: bool = False
    places: int = LEAST_PLACES
    """Decimal places of a score: as many as tell those of all rows apart."""

    def figure(self, number: Fraction | None) -> float | None:
        return None if number is None else float(half_up(number, self.places))

    def figures(self) -> dict[Any, Fraction | None]:
        """Every score of the row, by what it is."""
        scores: dict[Any, Fraction | None] = {"mean": self.entry.mean}
        for name in ("total", "lowest", "highest"):
            scores[name] = getattr(self.standing, name, None)
        return {**scores, **{pk: mean for pk, (mean, _) in self.marks.items()}}

    @property
    def decision(self) -> Any:
        return getattr(self.entry, "decision", None)

    @property
    def organisation(self) -> Any:
        return self.entry.pitch.organisation

    @property
    def answers(self) -> dict[int, dict[str, Any]]:
        return {answer["question"]: answer for answer in self.content.get("answers", [])}


def _decided(name: str) -> Callable[[Row], Any]:
    return lambda row: getattr(row.decision, name) if row.decision else None


def _awarded(read: Callable[[Any], Any]) -> Callable[[Row], Any]:
    """Of the funded project that a pitch became, once its decision is released."""
    return lambda row: read(row.entry.award) if hasattr(row.entry, "award") else None


def _stands(name: str) -> Callable[[Row], Any]:
    return lambda row: row.figure(getattr(row.standing, name)) if row.standing else None


def _team(name: str) -> Callable[[Row], str]:
    """The people of the team, one a line: their `name` or their `email`."""

    def read(row: Row) -> str:
        if row.hides_people:
            return HIDDEN
        people = (member.user for member in row.organisation.memberships.all())
        return "\n".join(str(person if name == "name" else person.email) for person in people)

    return read


GENERAL: dict[str, Callable[[Row], Any]] = {
    "Reference": lambda row: row.entry.pitch.reference,
    "Title": lambda row: row.entry.pitch.title,
    "Organisation": lambda row: row.organisation.name,
    "Place": lambda row: row.organisation.place_label,
    "Call": lambda row: row.entry.stage.call.title,
    "Stage": lambda row: row.entry.stage.name,
    "State": lambda row: row.entry.get_state_display(),
    "Submitted": lambda row: local(row.entry.submitted_at),
    "Reviews given out": lambda row: row.entry.given,
    "Reviews handed in": lambda row: row.entry.reviews,
    "Mean (0 to 100)": lambda row: row.figure(row.entry.mean),
    "Summary": lambda row: row.content.get("summary", ""),
    "Company number": lambda row: row.organisation.company_number,
    "Size": lambda row: row.organisation.get_size_display(),
    "Stage of growth": lambda row: row.organisation.get_stage_display(),
    "Website": lambda row: row.organisation.website,
    "Contacts": _team("name"),
    "E-mail addresses": _team("email"),
    "Partners": lambda row: "\n".join(_partner(each) for each in row.entry.pitch.partners.all()),
    "Tags": lambda row: ", ".join(tag.name for tag in row.entry.pitch.tags.all()),
    "Officer": lambda row: _officer(row),
    "Rank": lambda row: row.standing.place if row.standing else None,
    "Total that decides": _stands("total"),
    "Agreed in the meeting": lambda row: _agreed(row),
    "Lowest": _stands("lowest"),
    "Highest": _stands("highest"),
    "Outcome": lambda row: row.decision.get_outcome_display() if row.decision else None,
    "Amount in pounds": _decided("amount"),
    "Reason": _decided("reason"),
    "Feedback": _decided("feedback"),
    "Released": lambda row: local(row.decision.released_at) if row.decision else None,
    "Award in pounds": _awarded(lambda award: award.amount),
    "Project": _awarded(lambda award: award.get_state_display()),
    "Why withdrawn": lambda row: row.entry.withdrawn_reason,
    "Judges’ recommendations": lambda row: "\n".join(row.said),
    "Notes": lambda row: "\n".join(_note(each) for each in row.entry.pitch.notes.all()),
}
COLUMNS = tuple(GENERAL)
Column = tuple[str, Callable[[Row], Any]]


def to_xlsx(entries: QuerySet, falling: bool | None = None, *, reader: Any = None) -> bytes:
    """All rows on the first sheet; then a sheet for each stage, with its answers and scores.

    Args:
        falling, reader: as `rows_of` takes them, here and for the other kinds.
    """
    rows = rows_of(entries, falling, reader=reader)
    sheets = [Sheet("Pitches", COLUMNS, [_cells(row) for row in rows])]
    for stage, of_stage in by_stage(rows).items():
        columns = [*GENERAL.items(), *columns_of(stage, of_stage)]
        sheets.append(
            Sheet(
                f"{stage.order} {stage.name}" if _is_one_call(rows) else _full_name(stage),
                _told_apart([name for name, _ in columns]),
                [[read(row) for _, read in columns] for row in of_stage],
            )
        )
    return spreadsheets.to_workbook(sheets)


def to_csv(entries: QuerySet, falling: bool | None = None, *, reader: Any = None) -> bytes:
    """One table: the columns of every stage stand side by side, empty where they are another's."""
    rows = rows_of(entries, falling, reader=reader)
    columns: list[tuple[Stage, Column]] = [
        (stage, column)
        for stage, of_stage in by_stage(rows).items()
        for column in columns_of(stage, of_stage)
    ]
    many, one_call = len(by_stage(rows)) > 1, _is_one_call(rows)
    names = [
        name if not many else f"{stage.name if one_call else _full_name(stage)}: {name}"
        for stage, (name, _) in columns
    ]
    table = [
        [
            *_cells(row),
            *(
                read(row) if row.entry.stage_id == stage.pk else None
                for stage, (_, read) in columns
            ),
        ]
        for row in rows
    ]
    return spreadsheets.to_csv(_told_apart([*COLUMNS, *names]), table)


def to_json(entries: QuerySet, falling: bool | None = None, *, reader: Any = None) -> bytes:
    """A list of objects with the columns as keys, and each answer and score by its name."""
    rows = rows_of(entries, falling, reader=reader)
    columns = {}
    for stage, of_stage in by_stage(rows).items():
        of_it = columns_of(stage, of_stage)
        names = _told_apart([name for name, _ in of_it])
        columns[stage.pk] = list(zip(names, [read for _, read in of_it], strict=True))
    found = [
        {
            **dict(zip(COLUMNS, _cells(row), strict=True)),
            "Answers and scores": {name: read(row) for name, read in columns[row.entry.stage_id]},
        }
        for row in rows
    ]
    return json.dumps(clean_json(found), default=plain_value, ensure_ascii=False, indent=1).encode()


def rows_of(entries: QuerySet, falling: bool | None = None, *, reader: Any = None) -> list[Row]:
    """One for each entry of `entries_with_reviews`, in its order.

    Args:
        falling: by their exact mean instead, the highest first or last; rows without one last.
        reader: the officer who takes them; none: people of stages without names stay hidden.
    """
    found = list(
        entries.select_related(
            "decision", "agreement", "award", "pitch__care__officer"
        ).prefetch_related(
            "pitch__tags",
            Prefetch("pitch__notes", Note.objects.select_related("by")),
            Prefetch(
                "pitch__organisation__memberships",
                Membership.objects.filter(user__is_active=True).select_related("user"),
            ),
            Prefetch(
                "pitch__partners",
                Partner.objects.filter(
                    state__in=(PartnerState.INVITED, PartnerState.CONFIRMED)
                ).select_related("organisation"),
            ),
        )
    )
    with_exact_means(found)
    if falling is not None:
        found.sort(key=lambda entry: _by_mean(entry, falling))
    ids = [entry.pk for entry in found]
    contents, marks, said = _contents(ids), _marks(ids), _said(ids)
    nameless = _nameless_to(reader, {entry.stage_id: entry.stage for entry in found})
    scored = [entry for entry in found if entry.reviews or hasattr(entry, "agreement")]
    stages = {entry.stage_id: entry.stage for entry in scored}
    tables = {pk: table_of(stage) for pk, stage in stages.items()}
    rows = [
        Row(
            entry,
            contents.get(entry.pk, {}),
            tables[entry.stage_id].of(entry.pk) if entry.stage_id in tables else None,
            marks.get(entry.pk, {}),
            said.get(entry.pk, ()),
            hides_people=entry.stage_id in nameless,
        )
        for entry in found
    ]
    places = _places_of(rows)
    for row in rows:
        row.places = places
    return rows


def _nameless_to(reader: Any, stages: dict[int, Stage]) -> set[int]:
    """Ids of the stages whose teams this officer may not see, as `judging.see_contacts` has it."""
    nameless = {pk for pk, stage in stages.items() if stage.hides_names}
    if not nameless or reader is None:
        return nameless
    return set(stages_kept_from(reader).filter(pk__in=nameless).values_list("pk", flat=True))


def _by_mean(entry: Any, falling: bool) -> tuple[bool, Fraction, int]:
    mean = entry.mean
    return mean is None, Fraction(0) if mean is None else -mean if falling else mean, entry.pk


def _places_of(rows: Sequence[Row]) -> int:
    """Decimal places that tell scores of one kind apart wherever they differ."""
    figures: dict[Any, list[Fraction | None]] = {}
    for row in rows:
        for name, number in row.figures().items():
            figures.setdefault(name, []).append(number)
    return max(
        (places_to_tell(each, LEAST_PLACES) for each in figures.values()), default=LEAST_PLACES
    )


def by_stage(rows: Iterable[Row]) -> dict[Stage, list[Row]]:
    found: dict[Stage, list[Row]] = {}
    for row in rows:
        found.setdefault(row.entry.stage, []).append(row)
    return found


def columns_of(stage: Stage, rows: Sequence[Row]) -> list[Column]:
    """A column for each question that anybody was asked, the totals of cost tables, and for each
    criterion the mean and the comments."""
    columns: list[Column] = []
    for question, answer in _questions(rows).items():
        columns.append((answer["label"], _read_answer(question)))
        if answer["kind"] == QuestionKind.COSTS:
            columns.append((f"{answer['label']} (total in pounds)", _read_total(question)))
    for criterion in stage.criteria.all():
        columns.append((f"{criterion.name} (mean of {criterion.scale})", _read_mean(criterion.pk)))
        columns.append((f"{criterion.name}: comments", _read_comments(criterion.pk)))
    return columns


def _told_apart(names: Sequence[str]) -> list[str]:
    """A name that is there already is numbered: by its heading a column is known."""
    found: list[str] = []
    for wanted in names:
        name, number = wanted, 1
        while name in found or (number > 1 and name in names):
            number += 1
            name = f"{wanted} ({number})"
        found.append(name)
    return found


def _questions(rows: Sequence[Row]) -> dict[int, dict[str, Any]]:
    """Question id → an answer to it, in the order in which they were asked."""
    found: dict[int, dict[str, Any]] = {}
    for row in rows:
        for question, answer in row.answers.items():
            found.setdefault(question, answer)
    return found


def _read_answer(question: int) -> Callable[[Row], Any]:
    def read(row: Row) -> Any:
        answer = row.answers.get(question)
        return None if answer is None else _typed(answer)

    return read


def _typed(answer: dict[str, Any]) -> Any:
    """An answer as a spreadsheet takes it: numbers and days as such, all else as people read it."""
    value = answer["value"]
    try:
        if answer["kind"] in NUMBERS and value not in (None, ""):
            return Decimal(str(value))
        if answer["kind"] == QuestionKind.DATE and value:
            return date.fromisoformat(value)
    except (InvalidOperation, ValueError):
        pass
    return answer["text"]


def _read_total(question: int) -> Callable[[Row], Any]:
    def read(row: Row) -> Any:
        value = row.answers.get(question, {}).get("value")
        return Decimal(value["total"]) if value else None

    return read


def _read_mean(criterion: int) -> Callable[[Row], Any]:
    return lambda row: row.figure(row.marks[criterion][0]) if criterion in row.marks else None


def _read_comments(criterion: int) -> Callable[[Row], Any]:
    return lambda row: "\n".join(row.marks[criterion][1]) if criterion in row.marks else None


def _cells(row: Row) -> list[Any]:
    return [read(row) for read in GENERAL.values()]


def _contents(entries: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Entry → what its latest submission says."""
    rows = Submission.objects.filter(entry__in=entries).order_by("entry", "number")
    return dict(rows.values_list("entry", "content"))


def _marks(entries: Sequence[int]) -> dict[int, dict[int, Marked]]:
    """Entry → criterion → mean of the standing scores, and what judges said."""
    scores = Score.objects.filter(
        assignment__entry__in=entries, assignment__state=AssignmentState.SUBMITTED
    ).order_by()
    found: dict[int, dict[int, Marked]] = {}
    given = scores.values_list("assignment__entry", "criterion").filter(value__isnull=False)
    for entry, criterion, points, number in given.annotate(sum=Sum("value"), n=Count("pk")):
        found.setdefault(entry, {})[criterion] = (Fraction(points, number), [])
    said = scores.exclude(comment="").order_by("assignment__member__name", "pk")
    for entry, criterion, comment in said.values_list("assignment__entry", "criterion", "comment"):
        if criterion in found.get(entry, {}):
            found[entry][criterion][1].append(comment)
    return found


def _said(entries: Sequence[int]) -> dict[int, list[str]]:
    """Entry → a line for each review that is handed in and recommends something."""
    reviews = Assignment.objects.filter(entry__in=entries, state=AssignmentState.SUBMITTED)
    found: dict[int, list[str]] = {}
    for review in (
        reviews.exclude(recommendation="").select_related("member").order_by("member__name", "pk")
    ):
        words = f"{review.member.name}: {review.get_recommendation_display()}"
        line = f"{words}. {review.comment}" if review.comment else words
        found.setdefault(review.entry_id, []).append(line)
    return found


def _note(note: Note) -> str:
    return f"{moment(note.at)}, {note.by}: {note.text}"


def _full_name(stage: Stage) -> str:
    return f"{stage.call.reference} {stage.name}"


def _is_one_call(rows: Sequence[Row]) -> bool:
    return len({row.entry.stage.call_id for row in rows}) < 2


def _agreed(row: Row) -> float | None:
    standing = row.standing
    return row.figure(standing.total) if standing is not None and standing.agreed else None


def _officer(row: Row) -> str:
    care = getattr(row.entry.pitch, "care", None)
    return str(care.officer) if care else ""


def _partner(partner: Any) -> str:
    waits = " (asked)" if partner.state == PartnerState.INVITED else ""
    share = f", {partner.share}%" if partner.share is not None else ""
    return f"{partner.organisation}{share}{waits}"
