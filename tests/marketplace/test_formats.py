"""Money, dates and counts as people read them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

from marketplace.templatetags.formats import counted, from_now, money, uk_date, uk_datetime

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("pounds", "text"),
    [
        (10000, "£10,000"),
        (Decimal("10000.00"), "£10,000"),
        (Decimal("1234.5"), "£1,234.50"),
        ("250000", "£250,000"),
        (0, "£0"),
        (-20, "−£20"),
        (None, ""),
        ("lots", ""),
    ],
)
def test_money(pounds: object, text: str) -> None:
    assert money(pounds) == text


@pytest.mark.parametrize(
    ("when", "text"),
    [
        (datetime(2018, 1, 31, 17, 0, tzinfo=UTC), "31 January 2018 at 5:00pm GMT"),
        (datetime(2018, 7, 1, 23, 30, tzinfo=UTC), "2 July 2018 at 12:30am BST"),
        (datetime(2018, 1, 31, 12, 5, tzinfo=UTC), "31 January 2018 at 12:05pm GMT"),
        (None, ""),
    ],
)
def test_moments_are_in_london_with_their_zone(when: datetime | None, text: str) -> None:
    assert uk_datetime(when) == text


def test_a_day_is_the_day_in_london() -> None:
    assert uk_date(datetime(2018, 7, 1, 23, 30, tzinfo=UTC)) == "2 July 2018"
    assert uk_date(date(2018, 7, 1)) == "1 July 2018"


@pytest.mark.parametrize(
    ("away", "text"),
    [
        (timedelta(days=3, hours=2), "in 3 days"),
        (timedelta(days=1), "in 1 day"),
        (timedelta(hours=-2), "2 hours ago"),
        (timedelta(minutes=5, seconds=3), "in 5 minutes"),
        (timedelta(seconds=20), "in less than a minute"),
        (timedelta(seconds=-20), "just now"),
        (timedelta(days=-800), "2 years ago"),
    ],
)
def test_how_far_away_a_moment_is(away: timedelta, text: str) -> None:
    with time_machine.travel(NOW, tick=False):
        assert from_now(NOW + away) == text


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 pitches"), (1, "1 pitch"), (1200, "1,200 pitches")]
)
def test_counts(number: int, text: str) -> None:
    assert counted(number, "pitch,pitches") == text
