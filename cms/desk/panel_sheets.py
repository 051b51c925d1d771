"""What a panel's pages show, as sheets: its ranking, its fairness, its judges, who reads what."""

from typing import Any

from challenges.calls.models import Stage
from challenges.judging.coverage import coverage, entries_to_read
from challenges.judging.models import PanelMember
from challenges.judging.table import Table, table_of
from challenges.pitches.models import Entry
from cms.desk.queries import (
    entries_with_reviews,
    members_with_progress,
    rows_of_ranking,
)
from cms.desk.taking import Columns, figure, local, sheet_of, yes
from marketplace.rounding import as_exact, places_to_tell
from marketplace.spreadsheets import Sheet

LEFT = "Left the panel"
PITCH: Columns = {
    "Reference": lambda entry: entry.pitch.reference,
    "Pitch": lambda entry: str(entry.pitch),
    "Organisation": lambda entry: entry.pitch.organisation.name,
}


def _stands(name: str) -> Any:
    return lambda entry: figure(getattr(entry.standing, name), entry.places)


def _spread(name: str) -> Any:
    return lambda entry: figure(getattr(entry.spread, name), entry.places) if entry.spread else None


def _decided(name: str) -> Any:
    return lambda entry: getattr(entry.decision, name) if hasattr(entry, "decision") else None


RANKING: Columns = {
    "Place": lambda entry: entry.standing.place,
    "Pitches on this place": lambda entry: entry.standing.level or None,
    "Drawn": lambda entry: yes(entry.standing.drawn),
    **PITCH,
    "Total that decides": _stands("total"),
    "Agreed in the meeting": lambda entry: yes(entry.standing.agreed),
    "Raw mean": _stands("mean"),
    "Lowest": _stands("lowest"),
    "Highest": _stands("highest"),
    "Mean on the heaviest criteria": _stands("tie_mean"),
    "Under a minimum": lambda entry: "; ".join(entry.standing.short_of),
    "Raw place": _spread("raw_place"),
    "Adjusted total": _spread("score"),
    "Adjusted total, 90% sure from": _spread("low"),
    "Adjusted total, 90% sure to": _spread("high"),
    "Adjusted place": _spread("place"),
    "Adjusted place, 90% sure from": _spread("best"),
    "Adjusted place, 90% sure to": _spread("worst"),
    "Level with the cut line": lambda entry: yes(entry.is_level_with_cut),
    "Reviews": lambda entry: entry.standing.reviews,
    "Judges for": lambda entry: entry.says_fund,
    "Judges who want to discuss": lambda entry: entry.says_discuss,
    "Judges against": lambda entry: entry.says_decline,
    "Judges who say out of scope": lambda entry: entry.says_scope,
    "State": lambda entry: entry.get_state_display(),
    "Outcome": lambda entry: (
        entry.decision.get_outcome_display() if hasattr(entry, "decision") else None
    ),
    "Amount in pounds": _decided("amount"),
    "Reason": _decided("reason"),
    "Released": lambda entry: local(_decided("released_at")(entry)),
}


def ranking_sheets(stage: Stage) -> list[Sheet]:
    """A row a pitch in competition, best first, as the page of the ranking has it.

    Args:
        stage: found `with_rules`.
    """
    table = table_of(stage)
    above = {
        "Above the cut line": lambda entry: yes(entry.standing.goes_forward(table.rules.places))
    }
    rows: list[Any] = rows_of_ranking(table, table.standings)
    places = _places_of(table)
    for entry in rows:
        entry.places = places
    return [sheet_of("Ranking", {**RANKING, **above}, rows)]


def _places_of(table: Table) -> int:
    """Decimal places that tell the scores of one kind apart wherever they differ."""
    kinds = [[getattr(row, name) for row in table.standings] for name in ("total", "mean")]
    kinds.append([row.tie_mean for row in table.standings])
    kinds.append([as_exact(place.score) for place in table.places.values()])
    return max(places_to_tell(kind, 2) for kind in kinds)


def fairness_sheets(stage: Stage) -> list[Sheet]:
    """A row a pitch; then a row a judge, and the pitches whose place hangs on one judge.

    Args:
        stage: found `with_rules`.
    """
    table = table_of(stage)
    look = table.fairness
    settled = [row for row in table.standings if row.agreed]
    agreed = {row.entry for row in settled}
    # No judge's review moves what the meeting has agreed.
    hinges = [each for each in look.hinges(table.rules.places) if each.entry not in agreed]
    ids = {place.entry for place in look.places} | {hinge.entry for hinge in hinges} | agreed
    entries = Entry.objects.select_related("pitch__organisation").in_bulk(ids)
    names = dict(PanelMember.objects.filter(panel__stage=stage).values_list("pk", "name"))
    return [
        sheet_of("Places", _places(table, entries), look.places),
        sheet_of("Judges", _judges(names), sorted(look.judges, key=lambda judge: judge.mean)),
        sheet_of("Places that hang on one judge", _hinges(entries, names), hinges),
        sheet_of("Agreed in the meeting", _settled(table, entries), settled),
    ]


def _pitch_of(entries: dict[int, Entry]) -> Columns:
    """The columns of a pitch, for rows that hold its entry's id."""

    def reader(read: Any) -> Any:
        return lambda row: read(entries[row.entry])

    return {heading: reader(read) for heading, read in PITCH.items()}


def _places(table: Table, entries: dict[int, Entry]) -> Columns:
    shown = _places_of(table)
    return {
        **_pitch_of(entries),
        "Raw mean": lambda place: figure(place.raw, shown),
        "Raw place": lambda place: place.raw_place,
        "Adjusted total": lambda place: figure(place.score, shown),
        "Adjusted total, 90% sure from": lambda place: figure(place.low),
        "Adjusted total, 90% sure to": lambda place: figure(place.high),
        "Place": lambda place: place.place,
        "Place, 90% sure from": lambda place: place.best,
        "Place, 90% sure to": lambda place: place.worst,
        "Level with the cut line": lambda place: yes(place.is_level_with_cut(table.rules.places)),
    }


def _settled(table: Table, entries: dict[int, Entry]) -> Columns:
    shown = _places_of(table)
    return {
        **_pitch_of(entries),
        "Agreed total": lambda row: figure(row.total, shown),
        "Place": lambda row: row.place,
        "Reviews": lambda row: row.reviews,
    }


def _judges(names: dict[int, str]) -> Columns:
    return {
        "Judge": lambda judge: names.get(judge.member, LEFT),
        "Points above or below the panel": lambda judge: figure(judge.mean),
        "90% sure from": lambda judge: figure(judge.low),
        "90% sure to": lambda judge: figure(judge.high),
        "Use of the scale (1 is usual)": lambda judge: figure(judge.scale),
        "Reviews": lambda judge: judge.reviews,
    }


def _hinges(entries: dict[int, Entry], names: dict[int, str]) -> Columns:
    return {
        **_pitch_of(entries),
        "Judge": lambda hinge: names.get(hinge.member, LEFT),
        "Place": lambda hinge: hinge.place,
        "Place without them": lambda hinge: hinge.without,
    }


READING: Columns = {
    "Reference": lambda row: row[0].entry.pitch.reference,
    "Pitch": lambda row: str(row[0].entry.pitch),
    "Judge": lambda row: row[1].assignment.member.name,
    "Review": lambda row: row[1].assignment.get_state_display(),
    "Fit (0 to 1)": lambda row: figure(row[1].fit),
    "Chosen by hand": lambda row: yes(row[1].assignment.by_hand),
    "Organisation": lambda row: row[0].entry.pitch.organisation.name,
}
COVER: Columns = {
    "Reference": lambda covered: covered.entry.pitch.reference,
    "Pitch": lambda covered: str(covered.entry.pitch),
    "Organisation": lambda covered: covered.entry.pitch.organisation.name,
    "Judges": lambda covered: len(covered.readers),
    "Judges wanting": lambda covered: covered.lacking,
    "Why": lambda covered: covered.why,
}
LOAD: Columns = {
    "Judge": lambda load: load.member.name,
    "Pitches": lambda load: load.pitches,
    "Pitches at most": lambda load: load.most,
    "Mean fit (0 to 1)": lambda load: figure(load.fit),
}


def reading_sheets(stage: Stage) -> list[Sheet]:
    """A row for each review that is given out; then a row a pitch, and a row a judge."""
    found = coverage(stage, list(entries_to_read(stage)))
    pairs = [(covered, reader) for covered in found.pitches for reader in covered.readers]
    return [
        sheet_of("Who reads what", READING, pairs),
        sheet_of("Pitches", COVER, found.pitches),
        sheet_of("Judges", LOAD, found.loads),
    ]


MEMBER: Columns = {
    "Name": lambda member: member.name,
    "E-mail address": lambda member: member.email,
    "Role": lambda member: member.get_role_display(),
    "State": lambda member: member.get_state_display(),
    "Declared interests": lambda member: local(member.declared_at),
    "Interests": lambda member: member.conflict_count,
    "Reviews given out": lambda member: member.given,
    "Reviews handed in": lambda member: member.handed_in,
    "Pitches at most": lambda member: member.most_pitches,
    "Away from": lambda member: member.away_from,
    "Away until": lambda member: member.away_until,
}
REVIEWED: Columns = {
    **PITCH,
    "Reviews given out": lambda entry: entry.given,
    "Reviews handed in": lambda entry: entry.reviews,
}


def panel_sheets(stage: Stage) -> list[Sheet]:
    """A row a judge; then a row a pitch with how many reviews it has."""
    members = members_with_progress(stage).order_by("name", "pk")
    entries = entries_with_reviews(stage.entries.in_competition()).order_by(
        "reviews", "pitch__reference"
    )
    return [sheet_of("Judges", MEMBER, members), sheet_of("Pitches", REVIEWED, entries)]
