"""What is found, in which order, with which counts: the same on every back end."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from search.port import Query, Results, SearchBackend
from tests.factories import (
    AwardFactory,
    LocalAuthorityFactory,
    ObjectiveFactory,
    SectorFactory,
)
from tests.search.conftest import titles
from tests.search.things import claim, organisation, public_call, want

Find = Callable[..., Results]


def numbers(results: Results, name: str) -> dict[str, int]:
    return {count.value: count.number for count in results.counts[name]}


def test_finds_every_kind_by_its_words(find: Find) -> None:
    call = public_call(title="Can sensors find damp early?", body="Mould grows in council homes.")
    organisation("Dry Walls", "We watch damp in flats.")
    AwardFactory(title="Damp watch", call=call)
    found = find("damp")
    assert {hit.kind for hit in found.hits} == {"call", "organisation", "project"}
    assert found.total == 3
    assert numbers(found, "kind") == {"call": 1, "organisation": 1, "project": 1}


def test_title_counts_more_than_body(find: Find) -> None:
    public_call(title="Parks for everyone", body="One line on noise at night.")
    public_call(title="Noise at night", body="Parks, roads and homes.")
    assert titles(find("noise")) == ["Noise at night", "Parks for everyone"]


@pytest.mark.parametrize("asked", ["forecasts", "forecast", "forecasting", "FORECASTED", "forec"])
def test_finds_other_forms_and_beginnings(find: Find, asked: str) -> None:
    organisation("Tomorrow", "We forecast demand for buses.")
    assert titles(find(asked)) == ["Tomorrow"]


def test_possessives_do_not_hide_a_word(find: Find) -> None:
    public_call(title="The region’s canals")
    assert titles(find("region's canals")) == ["The region’s canals"]
    assert titles(find("region canal")) == ["The region’s canals"]


def test_all_words_if_some_document_has_them_else_any(find: Find) -> None:
    organisation("Both", "Solar panels and heat pumps.")
    organisation("One", "Solar lamps.")
    every = find("solar pumps")
    assert titles(every) == ["Both"]
    assert not every.any_word
    either = find("solar zeppelin")
    assert set(titles(either)) == {"Both", "One"}
    assert either.any_word


def test_finds_capabilities_by_their_other_names(find: Find) -> None:
    firm = organisation("Lens Ltd", "Cameras.")
    held = claim(firm, "Computer vision")
    held.capability.also_known_as = ["image recognition"]
    held.capability.save()
    assert titles(find("image recognition")) == ["Lens Ltd"]


def test_highlights_what_matched_and_nothing_else(find: Find) -> None:
    organisation("Dry Walls", "We find damp with <b>small</b> sensors.")
    [hit] = find("sensor").hits
    assert [part.text for part in hit.snippet if part.marked] == ["sensors"]
    assert "".join(part.text for part in hit.snippet) == "We find damp with <b>small</b> sensors."


def test_what_looks_like_markup_is_searched_like_any_text(find: Find) -> None:
    organisation("Dry Walls", "Fewer than <5 kestrels and> 3 <otters>.")
    assert find("kestrels").total == find("otter").total == 1


def test_snippet_comes_from_the_body_where_the_summary_has_no_word(find: Find) -> None:
    public_call(title="Homes", body="Start. " + "Filler words here. " * 80 + "Then came a kestrel.")
    [hit] = find("kestrel").hits
    assert [part.text for part in hit.snippet if part.marked] == ["kestrel"]
    assert len("".join(part.text for part in hit.snippet)) < 600


def test_without_words_all_in_order_of_title(find: Find) -> None:
    for name in ("Cedar", "Ash", "Beech"):
        organisation(name)
    assert titles(find()) == ["Ash", "Beech", "Cedar"]


def test_pages_do_not_overlap_and_miss_nothing(find: Find) -> None:
    for number in range(7):
        organisation(f"Firm {number}", "Tram timetables.")
    pages = [titles(find("tram", page=page, per_page=3)) for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [3, 3, 1]
    assert len({name for page in pages for name in page}) == 7


def test_filters_narrow_and_values_within_one_widen(find: Find) -> None:
    retail, farming = (
        SectorFactory(slug=slug, name=slug.title()) for slug in ("retail", "farming")
    )
    dudley = LocalAuthorityFactory(name="Dudley", code="E08000027")
    one = organisation("One", "Bikes.", place=dudley)
    one.sectors.add(retail)
    two = organisation("Two", "Bikes.")
    two.sectors.add(farming)
    organisation("Three", "Bikes.")
    assert titles(find("bikes", filters={"sector": ("retail",)})) == ["One"]
    assert set(titles(find("bikes", filters={"sector": ("retail", "farming")}))) == {"One", "Two"}
    both = {"sector": ("retail", "farming"), "place": (dudley.code,)}
    assert titles(find("bikes", filters=both)) == ["One"]
    assert find("bikes", filters={"sector": ("no-such",)}).total == 0


def test_counts_say_what_each_other_choice_would_give(find: Find) -> None:
    retail, farming = (
        SectorFactory(slug=slug, name=slug.title()) for slug in ("retail", "farming")
    )
    for number in range(3):
        organisation(f"R{number}", "Bikes.").sectors.add(retail)
    organisation("F", "Bikes.").sectors.add(farming)
    found = find("bikes", filters={"sector": ("farming",)})
    assert found.total == 1
    assert numbers(found, "sector") == {"retail": 3, "farming": 1}
    assert numbers(found, "kind") == {"organisation": 1}
    assert [count.label for count in found.counts["sector"]] == ["Retail", "Farming"]


def test_calls_carry_their_objectives_and_programme(find: Find) -> None:
    call = public_call(title="Warm homes")
    call.objectives.add(ObjectiveFactory(code="environment", name="Environment"))
    found = find("warm")
    assert numbers(found, "objective") == {"housing": 1, "environment": 1}


def test_state_follows_the_clock_without_indexing_again(find: Find, backend: SearchBackend) -> None:
    now = timezone.now()
    public_call(title="Tram stops", opens_in=timedelta(hours=1), closes_in=timedelta(hours=2))
    assert numbers(find("tram", now=now), "state") == {"upcoming": 1}
    for state, hours in (("upcoming", 0), ("open", 1.5), ("assessing", 3)):
        at = now + timedelta(hours=hours)
        found = backend.search(Query("tram", filters={"state": (state,)}), at)
        assert titles(found) == ["Tram stops"], state
        assert numbers(found, "state") == {state: 1}
        others = {"upcoming", "open", "assessing", "decided"} - {state}
        elsewhere = backend.search(Query("tram", filters={"state": tuple(others)}), at)
        assert elsewhere.total == 0


def test_state_changes_at_the_very_moment(find: Find, backend: SearchBackend) -> None:
    call = public_call(title="Tram stops", opens_in=timedelta(hours=1))
    stage = call.stages.get()
    find()
    for at, state in (
        (stage.opens_at, "open"),
        (stage.opens_at - timedelta(milliseconds=1), "upcoming"),
        (stage.closes_at - timedelta(milliseconds=1), "open"),
        (stage.closes_at, "assessing"),
    ):
        assert numbers(backend.search(Query("tram"), at), "state") == {state: 1}, (at, state)


def test_released_calls_are_decided(find: Find) -> None:
    call = public_call(title="Tram stops", closes_in=timedelta(minutes=-5))
    call.stages.update(released_at=timezone.now())
    assert numbers(find("tram"), "state") == {"decided": 1}


def test_wanted_capabilities_find_a_call(find: Find) -> None:
    call = public_call(title="Streets")
    want(call, "Remote monitoring", essential=True)
    assert titles(find("remote monitoring")) == ["Streets"]
