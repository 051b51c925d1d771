"""Adjusted scores on panels with known quality, and agreement against published examples."""

import numpy as np
import pytest

from challenges.judging.adjustment import NotComparable, adjust
from challenges.judging.agreement import icc, in_words, krippendorff_alpha
from challenges.judging.table import table_of
from challenges.judging.tracks import find_tracks
from tests.desk.helpers import signed_in, url
from tests.factories import (
    assign,
    close_stage,
    make_call,
    make_entry,
    make_judge,
    make_officer,
    submit,
)
from tests.judging.conftest import write_review
from tests.judging.simulation import KINDS, measure, panel

PANELS = 12


@pytest.mark.parametrize("kind", KINDS)
def test_it_helps_or_does_no_harm(kind):
    found = measure(kind, PANELS)
    if kind == "alike":
        assert abs(found.tau - found.raw_tau) <= 0.008
    else:
        assert found.tau > found.raw_tau + 0.02
        assert found.recall >= found.raw_recall
    assert 0.85 <= found.coverage <= 0.95


def test_the_figures_that_were_set():
    plain, themed = measure("plain", PANELS), measure("themed", PANELS)
    assert plain.tau >= 0.63 and themed.tau >= 0.65


@pytest.mark.parametrize("judges", [3, 4, 5])
def test_small_panels_where_all_read_all(judges):
    found = measure("plain", 8, pitches=20, judges=judges, reviews=judges)
    assert found.tau >= found.raw_tau - 0.03
    assert found.coverage >= 0.8


def test_tracks_are_found_where_there_are_some_and_nowhere_else():
    for kind, expected in (("themed", 3), ("plain", 1), ("missing", 1)):
        for seed in range(5):
            _, i, j, given, _ = panel(kind, seed)
            track = find_tracks(i, j)
            assert track.max() + 1 == expected, (kind, seed)
            if given is not None:
                best = sum(
                    max(np.sum((track == t) & (given == g)) for g in range(3)) for t in range(3)
                )
                assert best / len(given) >= 0.9


def test_a_small_panel_has_one_track():
    _, i, j, _, _ = panel("plain", 1, pitches=20, judges=4, reviews=4)
    assert not find_tracks(i, j).any()


def test_parts_that_share_no_judge_are_not_compared():
    with pytest.raises(NotComparable, match="2 parts"):
        adjust([1, 2, 3, 4], [0, 1, 2, 3], [0, 0, 1, 1])


def test_all_the_same_score_is_no_difference():
    found = adjust([7] * 12, [n // 3 for n in range(12)], [n % 3 for n in range(12)])
    assert np.allclose(found.score, 7, atol=0.05)


def test_the_same_scores_give_the_same_result():
    scores = list(range(12))
    i, j = [n // 3 for n in range(12)], [n % 3 for n in range(12)]
    assert np.array_equal(adjust(scores, i, j).score, adjust(scores, i, j).score)


@pytest.mark.parametrize("wrong", [([], [], []), ([1.0], [0, 1], [0])])
def test_what_is_no_panel(wrong):
    with pytest.raises(ValueError, match="one score"):
        adjust(*wrong)


def test_alpha_of_the_published_example():
    """Krippendorff (2011), four observers, twelve units: 0.849 for interval data."""
    table = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
        [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
    ]
    given = [(unit, score) for row in table for unit, score in enumerate(row) if score is not None]
    units, scores = zip(*given, strict=True)
    assert krippendorff_alpha(scores, units) == pytest.approx(0.849, abs=0.0005)


def test_alpha_without_pairs_or_difference():
    assert krippendorff_alpha([], []) is None
    assert krippendorff_alpha([1, 2], [0, 1]) is None
    assert krippendorff_alpha([3, 3, 3, 3], [0, 0, 1, 1]) is None
    assert "too few" in in_words(None)


def test_icc_of_the_published_example():
    """Shrout and Fleiss (1979), six targets, four judges: 0.17 and 0.29."""
    table = np.array(
        [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]],
        dtype=float,
    )
    one, two = icc(table)
    assert (round(one, 2), round(two, 2)) == (0.17, 0.29)


@pytest.mark.django_db
class TestPage:
    @pytest.fixture
    def stage(self):
        call = make_call()
        entries = [submit(make_entry(call=call)) for _ in range(4)]
        stage = close_stage(call.first_stage)
        judges = [make_judge(stage) for _ in range(3)]
        for n, judge in enumerate(judges):
            for m, entry in enumerate(entries):
                write_review(assign(judge, entry), value=min(5, m + n))
        return stage

    def test_severity_and_places_are_shown(self, stage):
        page = signed_in(make_officer()).get(url("fairness", stage.pk)).content.decode()
        for words in (
            "Harsh and lenient judges",
            "Raw place",
            "Krippendorff",
            "digest",
            "Places that hang on one judge",
        ):
            assert words in page
        checks = signed_in(make_officer()).get(url("checks", stage.pk)).content.decode()
        assert "Who is ahead, by place and size" in checks and "under 5" in checks

    def test_before_there_is_enough_it_says_so(self):
        stage = close_stage(make_call().first_stage)
        page = signed_in(make_officer()).get(url("fairness", stage.pk)).content.decode()
        assert "too few reviews" in page

    def test_the_same_scores_are_worked_out_once(self, stage, django_assert_num_queries):
        first = table_of(stage).fairness
        with django_assert_num_queries(2):
            assert table_of(stage).fairness is not None
        assert table_of(stage).fairness == first
        order = [place.score for place in first.places]
        assert order == sorted(order, reverse=True)

    def test_only_for_officers(self, stage, client):
        assert client.get(url("fairness", stage.pk)).status_code == 302
