"""Moments in words: midnight by the day that it ends, noon as noon, on clock-change days too."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings

from marketplace.templatetags.formats import last_day, on_uk_datetime, uk_datetime
from marketplace.times import LONDON, day_ended_by, is_midnight, moment, on_moment


def london(*parts: int, fold: int = 0) -> datetime:
    return datetime(*parts, tzinfo=LONDON, fold=fold)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (london(2026, 12, 24), "midnight at the end of Wednesday 23 December 2026 GMT"),
        (london(2027, 1, 1), "midnight at the end of Thursday 31 December 2026 GMT"),
        (london(2024, 3, 1), "midnight at the end of Thursday 29 February 2024 GMT"),
        # The clocks go forward at one o'clock on 29 March 2026, and back on 25 October.
        (london(2026, 3, 29), "midnight at the end of Saturday 28 March 2026 GMT"),
        (london(2026, 3, 30), "midnight at the end of Sunday 29 March 2026 BST"),
        (london(2026, 10, 25), "midnight at the end of Saturday 24 October 2026 BST"),
        (london(2026, 10, 26), "midnight at the end of Sunday 25 October 2026 GMT"),
        (london(2026, 10, 25, 1, 30), "25 October 2026 at 1:30am BST"),
        (london(2026, 10, 25, 1, 30, fold=1), "25 October 2026 at 1:30am GMT"),
        (london(2026, 12, 23, 23, 59), "23 December 2026 at 11:59pm GMT"),
        (london(2026, 12, 24, 0, 1), "24 December 2026 at 12:01am GMT"),
        (london(2026, 12, 24, 0, 0, 20), "24 December 2026 at 12:00am GMT"),
        (london(2026, 7, 1, 12), "1 July 2026 at 12 noon BST"),
        (london(2026, 7, 1, 12, 1), "1 July 2026 at 12:01pm BST"),
        (datetime(2026, 7, 1, 23, tzinfo=UTC), "midnight at the end of Wednesday 1 July 2026 BST"),
        (datetime(2026, 7, 1, tzinfo=UTC), "1 July 2026 at 1:00am BST"),
    ],
)
def test_every_formatter_says_the_same(at: datetime, text: str) -> None:
    assert moment(at) == uk_datetime(at) == text
    assert on_moment(at) == on_uk_datetime(at) == f"{'at' if 'midnight' in text else 'on'} {text}"


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (london(2026, 12, 24), "23 December 2026"),
        (london(2026, 12, 24, 0, 1), "24 December 2026"),
        (london(2026, 12, 24, 17), "24 December 2026"),
        (None, ""),
    ],
)
def test_a_deadline_without_its_hour_says_the_last_day(at: datetime | None, text: str) -> None:
    assert last_day(at) == text


def test_midnight_belongs_to_the_day_before() -> None:
    """Every half hour of a year in which the clocks change twice."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for at in (start + timedelta(minutes=30 * n) for n in range(365 * 48)):
        day = day_ended_by(at)
        just_before = (at - timedelta(microseconds=1)).astimezone(LONDON).date()
        assert day == (just_before if is_midnight(at) else at.astimezone(LONDON).date())
        assert "12:00" not in moment(at)


PROMISED = r"[\w.]*(opens_at|closes_at|scores_due_at|questions_until|goes_out_at|\.until)"
ON_MIDNIGHT = re.compile(
    rf"\bon \{{moment\({PROMISED}\)|\bon (<\w+>)?\{{\{{ ?{PROMISED}\|(uk_datetime|moment)\b"
)


@pytest.mark.parametrize("folder", ["challenges", "cms", "marketplace", "search", "startups"])
def test_nothing_closes_on_midnight(folder: str) -> None:
    """A deadline that follows a verb is said by `on_moment`: "at midnight", "on 31 January"."""
    files = [*Path(settings.BASE_DIR, folder).rglob("*.py")]
    files += Path(settings.BASE_DIR, folder).rglob("*.html")
    assert files
    wrong = [file.name for file in files if ON_MIDNIGHT.search(file.read_text(encoding="utf-8"))]
    assert not wrong
