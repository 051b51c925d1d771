"""What one judge alone does to the places."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from challenges.judging.without import hinges


def test_one_judge_carries_a_pitch_over_the_cut_line():
    reviews = [(1, 1, 50.0), (1, 2, 90.0), (2, 1, 60.0), (2, 3, 60.0), (3, 3, 20.0), (3, 2, 20.0)]
    [first, *_] = found = hinges(reviews, 1)
    assert {(each.entry, each.member) for each in found} == {(1, 2)}
    assert (first.place, first.without) == (1, 2)


def test_a_severe_judge_who_is_known_to_be_one_moves_nothing():
    reviews = [(e, j, 50.0 + 10 * e - 20 * (j == 3)) for e in range(4) for j in (1, 2, 3)]
    assert hinges(reviews, 2, {3: -20.0}) == []


def test_what_nobody_else_has_read_is_not_looked_at():
    assert hinges([(1, 1, 50.0), (2, 2, 60.0)], 1) == []
    assert hinges([], 1) == []


@given(
    st.lists(st.tuples(st.integers(0, 8), st.integers(0, 4), st.floats(0, 100)), max_size=40),
    st.integers(1, 9),
)
def test_as_working_it_out_one_by_one(rows, cut):
    reviews = list({(e, j): (e, j, round(y, 3)) for e, j, y in rows}.values())

    def place(among, entry):
        means = {}
        for e in {e for e, _, _ in reviews}:
            own = [y for e2, _, y in among if e2 == e] or [y for e2, _, y in reviews if e2 == e]
            means[e] = round(float(np.mean(own)), 6)
        return 1 + sum(mean > means[entry] for mean in means.values())

    expected = set()
    for entry, judge, _ in reviews:
        left = [row for row in reviews if row[1] != judge]
        if any(e == entry for e, _, _ in left):
            with_, without = place(reviews, entry), place(left, entry)
            if (with_ <= cut) != (without <= cut):
                expected.add((entry, judge, with_, without))
    found = {(each.entry, each.member, each.place, each.without) for each in hinges(reviews, cut)}
    if len(expected) <= 50:
        assert found == expected


@pytest.mark.parametrize("places", [None, 40])
def test_a_large_panel_is_quick_enough_to_look_at(places):
    chance = np.random.default_rng(3)
    reviews = [
        (e, int(j), float(chance.normal(50, 15)))
        for e in range(400)
        for j in chance.permutation(30)[:3]
    ]
    found = hinges(reviews, places)
    assert 0 < len(found) <= 50
    assert [each.moves for each in found] == sorted((each.moves for each in found), reverse=True)
