"""A part that failed is left alone for a while, and one caller tries it again."""

import threading
from collections.abc import Iterator

import pytest

from marketplace.outages.breaker import Away, Breaker


class Clock:
    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr("marketplace.outages.breaker.time", found)
    return found


@pytest.fixture
def gate(clock: Clock) -> Iterator[Breaker]:
    yield Breaker("it", lambda: 5.0)


def test_it_is_asked_once_and_then_left_alone(gate: Breaker, clock: Clock) -> None:
    with pytest.raises(OSError), gate.asking(OSError):
        raise OSError
    for _ in range(3):
        with pytest.raises(Away), gate.asking(OSError):
            pytest.fail("it was asked")
    clock.now += 5.1
    with gate.asking(OSError):
        pass
    assert not gate.has_failed
    assert gate.may_ask()


def test_when_its_rest_is_over_one_thread_tries_and_the_others_do_not(
    gate: Breaker, clock: Clock
) -> None:
    gate.failed("gone")
    clock.now += 5.1
    answers: list[bool] = []
    threads = [threading.Thread(target=lambda: answers.append(gate.may_ask())) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [False] * 11 + [True]


def test_what_is_no_failure_of_the_part_does_not_count(gate: Breaker) -> None:
    with pytest.raises(ValueError), gate.asking(OSError):
        raise ValueError
    assert not gate.has_failed


def test_words_of_an_error_are_not_logged(gate: Breaker, capsys: pytest.CaptureFixture) -> None:
    gate.failed(OSError("redis://:secret@host"))
    assert "secret" not in str(capsys.readouterr())
