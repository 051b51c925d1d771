"""Judges and pitches: which pairs stand, which must not be made, how well each fits."""

from collections.abc import Collection, Iterable

import numpy as np
from django.db.models import QuerySet
from django.utils import timezone
from numpy.typing import NDArray

from challenges.judging.models import (
    Assignment,
    AssignmentState,
    Conflict,
    MemberRole,
    MemberState,
    Panel,
    PanelMember,
    first_arrivals,
    stands,
)
from challenges.pitches.models import Entry
from challenges.pitches.parts import parts_of

Pair = tuple[int, int]
"""(member id, entry id)"""
Pairs = set[Pair]


def fit_of(entries: list[int], judges: list[PanelMember]) -> NDArray[np.float64]:
    """(entries × judges), 0 to 1: the share of what a pitch's organisation can do, and of what
    the call wants, that a judge knows well."""
    known = {judge.pk: {each.pk for each in judge.expertise.all()} for judge in judges}
    claimed = _matter_of(entries)
    fit = np.zeros((len(entries), len(judges)))
    for row, entry in enumerate(entries):
        for column, judge in enumerate(judges):
            if claimed[entry]:
                fit[row, column] = len(claimed[entry] & known[judge.pk]) / len(claimed[entry])
    return fit


def what_they_know(entry: Entry, judges: Iterable[PanelMember]) -> dict[int, list[str]]:
    """Member id → names of what a pitch is about that they know well: why they fit."""
    matter = _matter_of([entry.pk])[entry.pk]
    return {
        judge.pk: [each.name for each in judge.expertise.all() if each.pk in matter]
        for judge in judges
    }


def _matter_of(entries: list[int]) -> dict[int, set[int]]:
    """Entry → capabilities that its organisation claims or its call wants."""
    found: dict[int, set[int]] = {entry: set() for entry in entries}
    rows = Entry.objects.filter(pk__in=entries).values_list(
        "pk", "pitch__organisation__claims__capability", "stage__call__wanted__capability"
    )
    for entry, claim, wanted in rows:
        found[entry] |= {each for each in (claim, wanted) if each is not None}
    return found


def barred_pairs(panel: Panel, judges: Collection[PanelMember] | None = None) -> Pairs:
    """Pairs that must not be made: a tie that is not decided or means recusal, recused, on the
    team, or not declared about. A review that was only taken back bars nobody.

    A pitch that came in after a judge declared their interests waits for them to do so again.

    Args:
        judges: the panel's `scorers`, where they are at hand.
    """
    recused = Assignment.objects.filter(
        member__panel=panel, state=AssignmentState.RECUSED, taken_back=False
    )
    judges = list(scorers(panel)) if judges is None else judges
    return {
        *Conflict.objects.barring().filter(member__panel=panel).values_list("member", "entry"),
        *recused.values_list("member", "entry"),
        *_own_pairs(panel, judges),
        *_undeclared_pairs(panel, judges),
    }


def taken_back_pairs(panel: Panel) -> Pairs:
    """Reviews that an officer left out: given again only when an officer shares out."""
    rows = Assignment.objects.filter(member__panel=panel, taken_back=True)
    return set(rows.values_list("member", "entry"))


def why_barred(member: PanelMember, entry: Entry) -> str:
    """Why this judge must not have this pitch, as a sentence; empty where they may."""
    pair = (member.pk, entry.pk)
    tie = Conflict.objects.barring().filter(member=member, entry=entry).first()
    if tie is not None and tie.decision:
        return f"{member.name} is recused: they have an interest in this pitch."
    if tie is not None:
        return (
            f"{member.name} has or may have an interest in this pitch, which nobody has decided "
            "about yet."
        )
    judges = list(scorers(member.panel))
    if pair in _own_pairs(member.panel, judges):
        return f"{member.name} is on the applicant’s team, which is an interest in this pitch."
    if pair in _undeclared_pairs(member.panel, judges):
        return f"{member.name} has not declared their interests since this pitch came in."
    if pair in barred_pairs(member.panel, judges):
        return f"{member.name} is recused from this pitch."
    return ""


def _own_pairs(panel: Panel, judges: Iterable[PanelMember]) -> Pairs:
    """Judges and the pitches in which an organisation of theirs has part."""
    members = {judge.user_id: judge.pk for judge in judges}
    parts = parts_of(members, Entry.objects.filter(stage=panel.stage_id))
    return {(members[user], entry) for user, entry in parts}


def _undeclared_pairs(panel: Panel, judges: Iterable[PanelMember]) -> Pairs:
    arrivals = first_arrivals(panel.stage_id).values_list("pk", "arrived_at")
    return {
        (judge.pk, entry)
        for entry, arrived_at in arrivals
        for judge in judges
        if arrived_at is not None and arrived_at > judge.declared_at
    }


def scorers(panel: Panel) -> QuerySet[PanelMember]:
    """Members who score, have accepted and have declared their interests, and can sign in."""
    return (
        panel.members.filter(
            state=MemberState.ACCEPTED, declared_at__isnull=False, user__is_active=True
        )
        .exclude(role=MemberRole.OBSERVER)
        .select_related("user")
    )


def available(panel: Panel) -> QuerySet[PanelMember]:
    """Those of them who are not away for all that is left of the scoring."""
    today, last = timezone.localdate(), timezone.localdate(panel.stage.scores_due_at)
    return scorers(panel).exclude(away_from__lte=today, away_until__gte=last)


def limits_of(panel: Panel, judges: Iterable[PanelMember]) -> dict[int, int]:
    """Member id → the most pitches they may have: their own limit and the panel's, the lower."""
    found = {}
    for judge in judges:
        limits = [most for most in (judge.most_pitches, panel.most_per_judge) if most is not None]
        if limits:
            found[judge.pk] = min(limits)
    return found


def standing_of(panel: Panel) -> QuerySet[Assignment]:
    """Reviews that are given out: handed in, or with somebody who can write them."""
    return Assignment.objects.filter(stands(), member__panel=panel)
