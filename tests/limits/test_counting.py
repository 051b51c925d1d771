"""Counts hold in every process, at any clock, and say nothing of whom they count."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from marketplace.limits.counting import (
    Answer,
    Quota,
    Slowing,
    forget,
    give_back,
    network_of,
    take,
)
from marketplace.limits.models import Tally
from marketplace.retention.pruning import forget_past_terms

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
QUOTA = Quota("quota", 3, DAY)
SLOWING = Slowing("slowing", 3, timedelta(minutes=1), timedelta(minutes=10))
NOW = timezone.now()


def times(limit, number: int, at=NOW) -> list[bool]:
    return [take(limit, "ada", now=at).allowed for _ in range(number)]


def test_a_quota_is_full_and_begins_anew() -> None:
    assert times(QUOTA, 5) == [True, True, True, False, False]
    assert take(QUOTA, "bea", now=NOW).allowed
    refused = take(QUOTA, "ada", now=NOW)
    assert (refused.allowed, refused.count, refused.free_at) == (False, 3, NOW + DAY)
    assert times(QUOTA, 1, NOW + DAY - timedelta(seconds=1)) == [False]
    assert times(QUOTA, 4, NOW + DAY) == [True, True, True, False]


def test_each_wait_is_longer_up_to_the_longest() -> None:
    assert times(SLOWING, 4) == [True, True, True, False]
    at, waits = NOW, []
    for _ in range(7):
        refused = take(SLOWING, "ada", now=at)
        waits.append((refused.free_at - at).total_seconds() / 60)
        at = refused.free_at
        assert take(SLOWING, "ada", now=at).allowed
    assert waits == [1, 2, 4, 8, 10, 10, 10]


def test_what_is_refused_makes_no_wait_longer() -> None:
    times(SLOWING, 3)
    first = take(SLOWING, "ada", now=NOW).free_at
    times(SLOWING, 50, NOW + timedelta(seconds=30))
    assert take(SLOWING, "ada", now=NOW + timedelta(seconds=59)).free_at == first


def test_it_is_forgotten_after_a_quiet_time() -> None:
    times(SLOWING, 3)
    assert times(SLOWING, 4, NOW + DAY + timedelta(minutes=1)) == [True, True, True, False]


@pytest.mark.parametrize("limit", [QUOTA, SLOWING])
@pytest.mark.parametrize("off", [timedelta(days=400), timedelta(days=3)])
def test_a_clock_that_was_wrong_locks_nobody_out(limit, off) -> None:
    times(limit, 4, NOW + off)
    assert times(limit, 4, NOW) == [True, True, True, False]


@pytest.mark.parametrize("limit", [QUOTA, SLOWING])
def test_a_clock_set_back_a_little_gives_nothing_for_free(limit) -> None:
    times(limit, 4, NOW + timedelta(minutes=5))
    assert times(limit, 1, NOW) == [False]


@pytest.mark.parametrize("limit", [QUOTA, SLOWING])
def test_what_is_given_back_was_not_counted(limit) -> None:
    for _ in range(20):
        assert take(limit, "ada", now=NOW).allowed
        give_back(limit, "ada")
    assert times(limit, 4) == [True, True, True, False]
    assert take(limit, "ada", now=NOW).free_at > NOW
    forget(limit, "ada")
    assert times(limit, 1) == [True]


def test_a_count_is_undone_with_its_transaction() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        take(QUOTA, "ada")
        raise ZeroDivisionError
    assert not Tally.objects.exists()


def test_many_at_once_are_counted_by_their_number() -> None:
    assert take(QUOTA, "ada", weight=2, now=NOW).count == 2
    assert take(QUOTA, "ada", weight=9, now=NOW) == Answer(True, 11, NOW)
    assert not take(QUOTA, "ada", weight=1, now=NOW).allowed


def test_it_is_one_query_however_much_was_counted(django_assert_num_queries) -> None:
    for limit in (QUOTA, SLOWING):
        for _ in range(3):
            with django_assert_num_queries(1):
                take(limit, "ada", now=NOW)


def test_a_row_says_nothing_of_whom_it_counts_and_goes_by_itself() -> None:
    take(QUOTA, "ada@example.org", "192.0.2.7", now=NOW - timedelta(days=3))
    take(QUOTA, "ada@example.org", "192.0.2.8", now=NOW)
    row = str(Tally.objects.values().first())
    assert "ada" not in row
    assert "192.0" not in row
    forget_past_terms()
    assert Tally.objects.count() == 1


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.7", "192.0.2.7", True),
        ("192.0.2.7", "192.0.2.8", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.7", "192.0.2.7", True),
        ("fe80::1%eth0", "fe80::1", True),
        ("nonsense", "nonsense", True),
    ],
)
def test_networks(one, other, same) -> None:
    assert (network_of(one) == network_of(other)) is same


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("limit", [QUOTA, SLOWING])
def test_of_many_at_once_as_many_as_the_limit_says_get_through(limit) -> None:
    """Threads stand for processes: each has a connection of its own."""
    start, answers = threading.Barrier(8), []

    def ask() -> None:
        start.wait()
        answers.extend(take(limit, "ada").allowed for _ in range(3))
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(answers) == 3
