"""Where decisions depart from the ranking and the sealed rules. Pure: no Django, no database."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from challenges.judging.standing import Standing

MOST = 20
"""Sentences: more say no more."""


@dataclass(frozen=True)
class Departure:
    """One departure: what it is about (a reference, "places", "level-3"), and the sentence."""

    about: str
    sentence: str


def departures(
    standings: Sequence[Standing], forward: Collection[int], places: int | None
) -> list[str]:
    """The first of what `all_departures` finds, as sentences."""
    found = all_departures(standings, forward, places)
    return [departure.sentence for departure in found[:MOST]]


def all_departures(
    standings: Sequence[Standing], forward: Collection[int], places: int | None
) -> list[Departure]:
    """What an auditor would ask about; none where the decisions follow the ranking.

    Args:
        standings: best first, as `stand` gives them.
        forward: entries that are awarded or short-listed.
        places: how many the rules let go forward; None for any number.
    """
    placed = [row for row in standings if row.place is not None]
    if not placed:
        return []
    found = []
    if places is not None and len(forward) > places:
        found.append(Departure("places", f"{len(forward)} go forward; the rules promise {places}."))
    found += [
        Departure(row.reference, f"{row.reference} goes forward without a place in the ranking.")
        for row in standings
        if row.entry in forward and row.place is None
    ]
    stays = [row for row in placed if row.entry not in forward]
    goes = [row for row in placed if row.entry in forward]
    if stays and goes:
        best = stays[0]
        found += [
            Departure(
                row.reference,
                f"{row.reference}, place {row.place}, goes forward before "
                f"{best.reference}, place {best.place}.",
            )
            for row in goes
            if (row.place or 0) > (best.place or 0)
        ]
        level = {row.place for row in stays} & {row.place for row in goes}
        found += [
            Departure(
                f"level-{place}",
                f"Of the pitches level at place {place}, some go forward and some do not.",
            )
            for place in sorted(place for place in level if place)
        ]
    return found
