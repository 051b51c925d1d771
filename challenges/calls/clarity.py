"""Rating a brief's clarity, and the trend that officers see."""

from dataclasses import dataclass
from datetime import date
from statistics import fmean
from typing import Any

import rules
from django.db import transaction
from django.utils import timezone

from challenges.calls.models import Call, Clarity, ClarityRating
from marketplace.accounts.models import User
from marketplace.errors import NotAllowed, Refused

FEWEST = 3
"""Ratings below which no mean is shown: fewer would say who said what."""


@dataclass(frozen=True)
class Quarter:
    """A quarter's ratings: its first day, how many, and their mean from 1 to 5."""

    first: date
    count: int
    mean: float | None

    @property
    def height(self) -> float:
        """Of its bar, 0 to 100."""
        return 0 if self.mean is None else 25 * (self.mean - 1)

    @property
    def top(self) -> float:
        return 100 - self.height

    @property
    def label(self) -> str:
        return f"{self.first.year}, quarter {(self.first.month + 2) // 3}"


@transaction.atomic
def rate_clarity(*, call: Call, score: int, comment: str, actor: User) -> ClarityRating:
    """Say how clear a brief is; saying it again replaces what was said.

    Raises:
        NotAllowed: the call is not public, or the person is in no start-up.
        Refused: not a score from 1 to 5.
    """
    if not rules.has_perm("calls.rate_clarity", actor, call):
        raise NotAllowed("Only members of an organisation can rate a brief.")
    if score not in Clarity.values:
        raise Refused("Choose how clear the brief is.")
    rating, _ = ClarityRating.objects.update_or_create(
        call=call,
        by=actor,
        defaults={"score": score, "comment": comment.strip(), "at": timezone.now()},
    )
    return rating


def clarity_of(call: Call) -> tuple[int, float | None, list[str]]:
    """(how many ratings, their mean, the words without names); words and mean from three on."""
    ratings = list(call.clarity_ratings.values_list("score", "comment"))
    if len(ratings) < FEWEST:
        return len(ratings), None, []
    words = sorted(comment for _, comment in ratings if comment)
    return len(ratings), fmean(score for score, _ in ratings), words


def clarity_by_quarter(calls: Any) -> list[Quarter]:
    """The trend over `calls` (a queryset), oldest quarter first."""
    found: dict[date, list[int]] = {}
    rows = ClarityRating.objects.filter(call__in=calls).values_list("at", "score")
    for at, score in rows.iterator():
        day = timezone.localdate(at)
        found.setdefault(date(day.year, 3 * ((day.month - 1) // 3) + 1, 1), []).append(score)
    return [
        Quarter(first, len(scores), fmean(scores) if len(scores) >= FEWEST else None)
        for first, scores in sorted(found.items())
    ]
