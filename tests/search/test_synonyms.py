"""Other ways to say what a query asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.activity.models import Record
from marketplace.errors import Refused
from search.models import SynonymGroup
from search.ranking import Ranker
from search.spellings import both_spellings, other_spellings
from search.synonyms import MOST_PHRASES, query_terms, remove_synonyms, save_synonyms, widened
from search.words import QueryTerm
from tests.factories import CapabilityFactory, UserFactory
from tests.search.conftest import titles
from tests.search.things import organisation


@pytest.mark.parametrize(
    ("british", "american"),
    [
        ("colour", "color"),
        ("neighbourhoods", "neighborhoods"),
        ("organisation", "organization"),
        ("prioritise", "prioritize"),
        ("analysed", "analyzed"),
        ("centre", "center"),
        ("defence", "defense"),
        ("programmes", "programs"),
        ("mouldy", "moldy"),
        ("unfavourable", "unfavorable"),
        ("paediatric", "pediatric"),
    ],
)
def test_spellings_go_both_ways(british: str, american: str) -> None:
    assert american in other_spellings(british)
    if american != "programs":  # “program” begins “programming”, which has one spelling
        assert british in other_spellings(american)


@pytest.mark.parametrize(
    "word", ["damp", "water", "meter", "story", "laboratory", "literature", "humorous"]
)
def test_most_words_have_one_spelling(word: str) -> None:
    assert other_spellings(word) == ()


@given(st.text(max_size=30))
def test_a_word_is_never_its_own_other_spelling(word: str) -> None:
    assert word not in other_spellings(word)


def test_matching_looks_for_both_spellings() -> None:
    ranker = Ranker(["Colour of trams.", "Color of trams.", "Damp homes."])
    assert set(ranker.by_words("color", 10)) == {0, 1}
    assert both_spellings("Color, damp color") == "Color, damp color colour colour"


def test_the_longest_phrase_is_one_term() -> None:
    synonyms = {("internet", "things"): ["IoT"], ("internet",): ["web"], ("iot",): ["x"]}
    assert widened(["internet", "things", "damp", "internet"], synonyms) == [
        QueryTerm(("internet", "things"), ("IoT",)),
        QueryTerm(("damp",)),
        QueryTerm(("internet",), ("web",)),
    ]


def test_a_capability_is_found_by_its_other_names(find, db) -> None:
    CapabilityFactory(name="Machine learning", also_known_as=["AI", "deep learning"])
    organisation("Firm A", "We build with machine learning.")
    organisation("Firm B", "We build with deep learning.")
    organisation("Firm C", "We learn deep holes by machine.")
    assert set(titles(find("AI"))) == {"Firm A"}
    assert set(titles(find("machine learning"))) >= {"Firm A", "Firm B"}
    assert set(titles(find("ai build"))) == {"Firm A"}


def test_both_spellings_are_found_and_marked(find) -> None:
    organisation("Firm A", "Sensors for mould.")
    organisation("Firm B", "Sensors for mold.")
    found = find("mold sensors")
    assert set(titles(found)) == {"Firm A", "Firm B"}
    marked = {part.text for hit in found.hits for part in hit.snippet if part.marked}
    assert {"mould", "mold"} <= marked


def test_what_nothing_has_does_not_stop_any_of_the_words(find) -> None:
    organisation("Firm A", "Mold in homes.")
    found = find("mould zeppelins")
    assert found.any_word
    assert titles(found) == ["Firm A"]


def test_officers_words_are_felt_at_once(find, django_capture_on_commit_callbacks, backend) -> None:
    organisation("Firm A", "Trams on time.")
    assert not find("light rail").hits
    with django_capture_on_commit_callbacks(execute=True):
        group = save_synonyms(phrases=["light rail", " tram ", "Metro"], actor=UserFactory())
    assert group.phrases == ["light rail", "tram", "Metro"]
    assert titles(find("light rail time")) == ["Firm A"]
    assert titles(find("METRO")) == ["Firm A"]
    with django_capture_on_commit_callbacks(execute=True):
        remove_synonyms(group=group, actor=UserFactory())
    assert not find("light rail").hits
    verbs = Record.objects.filter(chain__key="search").order_by("number")
    assert list(verbs.values_list("verb", flat=True)) == [
        "search.synonyms_saved",
        "search.synonyms_removed",
    ]


@pytest.mark.parametrize(
    ("phrases", "said"),
    [
        (["tram"], "Give 2"),
        (["tram", "TRAM", " tram "], "Give 2"),
        ([f"word{n}" for n in range(MOST_PHRASES + 1)], "Give 2"),
        (["tram", "!!!"], "no word"),
        (["tram", "the of"], "no word"),
        (["tram", "x" * 61], "60 characters"),
        (["bus", "coach"], "in the group “bus, omnibus”"),
    ],
)
def test_what_is_no_group_is_refused(db, phrases: list[str], said: str) -> None:
    save_synonyms(phrases=["bus", "omnibus"], actor=UserFactory())
    with pytest.raises(Refused, match=said):
        save_synonyms(phrases=phrases, actor=UserFactory())
    assert SynonymGroup.objects.count() == 1


@pytest.mark.parametrize("odd", ['"', "'", "\\", "* OR", "a'b\\c", "x & !y", "(", "NEAR/2 b", "é"])
def test_odd_phrases_are_no_syntax(find, odd: str) -> None:
    SynonymGroup.objects.create(phrases=["tram", f"rail {odd}"])
    organisation("Firm A", "Trams on time.")
    assert "Firm A" in titles(find("tram"))
    find(f"rail {odd} tram")


def test_a_group_may_be_changed_and_keeps_its_own_words(db) -> None:
    group = save_synonyms(phrases=["bus", "omnibus"], actor=UserFactory())
    save_synonyms(phrases=["bus", "coach"], actor=UserFactory(), group=group)
    group.refresh_from_db()
    assert group.phrases == ["bus", "coach"]
    [term] = query_terms("Coach")
    assert term.others == ("bus",)
