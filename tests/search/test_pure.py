"""Words, scores and highlights: pure functions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.highlights import best_snippet, parts
from search.port import Part
from search.scoring import (
    UNSTATED,
    WEIGHTS,
    Asked,
    Fit,
    Held,
    capability_score,
    fits,
    freshness_score,
    overlap_score,
    record_score,
    weighed,
    with_fair_reach,
)
from search.shared import LONGEST_PASSAGE, passage, shared_words, stem
from search.words import (
    MARK_END,
    MARK_START,
    MOST_QUERY_WORDS,
    clean,
    query_words,
    words,
)


def test_words_are_lower_case_without_possessives() -> None:
    assert words("The Council’s homes, it's O'Brien's") == [
        *("the", "council", "homes", "it", "o'brien"),
    ]


@given(st.text(max_size=2000))
def test_query_words_are_few_short_and_plain(text: str) -> None:
    found = query_words(text)
    assert len(found) <= MOST_QUERY_WORDS
    assert len(found) == len(set(found))
    for word in found:
        assert word.replace("_", "").isalnum()
        assert len(word) <= 64
        word.encode()


@given(st.text(alphabet=st.characters(), max_size=200))
def test_clean_text_can_be_stored_and_holds_no_marks(text: str) -> None:
    found = clean(f"{MARK_START}{text}\x00\ud800{MARK_END}")
    found.encode()
    assert not {MARK_START, MARK_END, "\x00"} & set(found)


@pytest.mark.parametrize(
    ("word", "singular"),
    [("homes", "home"), ("monitored", "monitoring"), ("cities", "city"), ("boxes", "box")],
)
def test_one_word_in_two_forms_has_one_stem(word: str, singular: str) -> None:
    assert stem(word) == stem(singular) != ""


def test_shared_words_prefer_pairs_then_rare_words() -> None:
    mine = "Sensors for damp in council homes, and data"
    theirs = "Data on council home damp; sensor data"
    frequency = {"data": 9, "damp": 1, "sensor": 2}
    found = shared_words(mine, theirs, lambda term: frequency.get(term, 0))
    assert found == ["council homes", "damp", "sensors", "data"]
    assert shared_words(mine, "Trams", lambda term: 0) == []


def test_a_passage_is_quoted_where_most_is_shared() -> None:
    text = "We bake bread. We monitored damp in council homes for two years. Damp is bad."
    shared = ["council homes", "damp", "monitoring"]
    assert passage(text, shared) == "We monitored damp in council homes for two years."
    assert passage("Damp. Homes.", ["damp", "homes"]) == ""


@given(st.lists(st.sampled_from(["damp", "homes", "and", "trams", "sensors"]), max_size=80))
def test_a_passage_stands_in_the_text_and_is_short(row: list[str]) -> None:
    text = " ".join(row)
    found = passage(text, ["damp", "sensors"])
    assert len(found) <= LONGEST_PASSAGE
    assert found.strip("…") in text


def test_the_new_get_their_share_and_no_more() -> None:
    ranked = [(n, n in (7, 8, 9)) for n in range(12)]
    chosen = with_fair_reach(ranked, lambda each: each[1], 10)
    assert [n for n, _ in chosen] == list(range(10))
    chosen = with_fair_reach(ranked, lambda each: each[1], 5)
    assert [n for n, _ in chosen] == [0, 1, 2, 3, 7]
    assert with_fair_reach(ranked[:3], lambda each: each[1], 5) == ranked[:3]


def test_a_newcomer_is_not_marked_down_and_neglect_counts() -> None:
    assert record_score(0, 0) is None
    assert record_score(2, 1) == 1.0 > record_score(2, 0) > UNSTATED
    assert freshness_score(0) == 1.0 and freshness_score(5000) == 0.0
    assert 0 < freshness_score(400) < 1


def test_the_weights_are_shares() -> None:
    assert sum(WEIGHTS.values()) == pytest.approx(1)


LEVELS = st.integers(1, 4)
ASKED = st.lists(
    st.builds(
        Asked, st.sampled_from("abcdef"), st.just("A"), LEVELS, st.booleans(), st.sampled_from("GH")
    ),
    unique_by=lambda each: each.code,
)
HELD = st.dictionaries(st.sampled_from("abcdef"), LEVELS)


def as_held(levels: dict[str, int]) -> dict[str, Held]:
    """All of one group, so that a sibling is at hand."""
    return {code: Held(code.upper(), level, "G") for code, level in levels.items()}


@given(ASKED, HELD)
def test_a_capability_score_is_a_share_and_more_never_hurts(
    asked: list[Asked], held: dict[str, int]
) -> None:
    before = capability_score(fits(asked, as_held(held)))
    if not asked:
        assert before is None
        return
    assert 0 <= before <= 1
    for code in "abcdef":
        better = held | {code: min(held.get(code, 0) + 1, 4)}
        assert capability_score(fits(asked, as_held(better))) >= before


def test_a_shortfall_is_worth_less_than_the_level_and_more_than_nothing() -> None:
    asked = Asked("a", "A", 4)
    assert 0 == Fit(asked, 0).share < Fit(asked, 1).share < Fit(asked, 3).share < 1
    assert Fit(asked, 4).share == 1
    assert 0 < Fit(asked, 0, Held("B", 4)).share <= Fit(asked, 1).share


def test_an_essential_one_counts_double() -> None:
    asked = [Asked("a", "A", 2, essential=True), Asked("b", "B", 2)]
    assert capability_score(fits(asked, as_held({"a": 2}))) == pytest.approx(2 / 3)


def test_silence_counts_between_a_misfit_and_a_fit() -> None:
    assert overlap_score(set(), {"x"}) is None
    assert overlap_score({"y"}, {"x"}) == 0
    assert overlap_score({"x", "y"}, {"x"}) == 1
    same = dict.fromkeys(WEIGHTS, 0.5)
    scores = [weighed(same | {"sectors": value}) for value in (0.0, None, 1.0)]
    assert scores == sorted(set(scores))
    assert weighed(dict.fromkeys(WEIGHTS)) == UNSTATED
    assert weighed(same) < weighed(same, liked=True) <= 1


def test_parts_split_at_the_marks() -> None:
    text = f"<b>{MARK_START}damp{MARK_END}</b>"
    assert parts(text) == [Part("<b>"), Part("damp", True), Part("</b>")]
    assert parts("") == []


def test_a_snippet_without_marks_is_how_the_summary_begins() -> None:
    [part] = best_snippet("word " * 100, "body")
    assert part.text.endswith("word…")
    assert len(part.text) <= 241
