"""What suits whom, with reasons that are true of both records."""

import random
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from challenges.calls.models import Call, CallState
from search.corpus import corpus
from search.matching import Match, call_text, match_calls, match_organisations, profile_text
from search.pairs import Pair
from search.records import briefs, profiles
from search.scoring import capability_score
from search.shared import stem
from search.words import words
from startups.models import GrowthStage, Level, Organisation, Size
from tests.factories import LocalAuthorityFactory, SectorFactory, make_call
from tests.search.things import claim, organisation, public_call, publish, want

Fill = Callable[[], None]


def test_a_call_says_what_is_met_short_and_missing(fill: Fill) -> None:
    call = public_call(title="Warm homes")
    want(call, "Internet of Things sensors", Level.WORKING)
    want(call, "Mapping", Level.EXPERT, essential=True)
    want(call, "Computer vision", Level.WORKING, essential=True)
    firm = organisation("Dry Walls", "")
    claim(firm, "Internet of Things sensors", Level.PRACTITIONER)
    claim(firm, "Mapping", Level.WORKING)
    fill()
    [match] = match_calls(firm)
    assert match.thing == call
    assert match.reasons == ["Practitioner in Internet of Things sensors, asked for Working"]
    assert set(match.gaps) == {
        "Not yet claimed: Computer vision (essential); the nearest claimed is "
        "Internet of Things sensors",
        "Working in Mapping, asked for Expert (essential)",
    }


def test_more_met_goes_first(fill: Fill) -> None:
    firm = organisation("Dry Walls", "")
    claim(firm, "Mapping", Level.EXPERT)
    claim(firm, "Sensors", Level.EXPERT)
    half, whole = public_call(title="Half"), public_call(title="Whole")
    for call in (half, whole):
        want(call, "Mapping")
    want(half, "Legal advice")
    want(whole, "Sensors")
    fill()
    assert [match.thing for match in match_calls(firm)] == [whole, half]
    assert [match.thing for match in match_calls(firm, limit=1)] == [whole]


def test_only_open_calls_with_a_live_page(fill: Fill) -> None:
    firm = organisation("Dry Walls", "")
    claim(firm, "Mapping", Level.EXPERT)
    calls = [
        public_call(title="Upcoming", opens_in=timedelta(hours=1)),
        public_call(title="Closed", closes_in=timedelta(hours=-1)),
        public_call(title="Draft", state=CallState.DRAFT),
        make_call(title="No page"),
        make_call(title="Hidden"),
    ]
    publish(calls[-1], live=False)
    for call in calls:
        want(call, "Mapping")
    fill()
    assert match_calls(firm) == []


def test_finds_organisations_by_claims_and_by_words_but_only_public_ones(fill: Fill) -> None:
    call = public_call(title="Damp in council homes", summary="Mould harms tenants.")
    want(call, "Mapping")
    claimed, spoken = organisation("Maps", "Maps."), organisation("Dry", "We end damp and mould.")
    claim(claimed, "Mapping")
    organisation("Bakers", "Bread and cakes.")
    claim(organisation("Hidden", "Damp mould.", is_public=False), "Mapping")
    fill()
    found = match_organisations(call)
    assert {match.thing.name for match in found} == {"Maps", "Dry"}
    [by_words] = [match for match in found if match.thing == spoken]
    assert by_words.reasons == ["Their words: damp, mould. They say: “We end damp and mould.”"]
    assert by_words.gaps == ["Not yet claimed: Mapping"]


def test_place_alone_is_no_reason(fill: Fill) -> None:
    dudley = LocalAuthorityFactory(name="Dudley")
    call = public_call(title="Trams")
    call.places.add(dudley)
    firm = organisation("Bakers", "Bread.", place=dudley)
    fill()
    assert match_calls(firm) == []
    claim(firm, "Mapping")
    want(call, "Mapping")
    [match] = match_calls(Organisation.objects.get(pk=firm.pk))
    assert match.reasons[-1] == "Based in Dudley, where it is wanted"


def test_nothing_to_go_by_gives_nothing(fill: Fill) -> None:
    fill()
    assert match_calls(organisation("Empty")) == []
    assert match_organisations(make_call()) == []


@pytest.mark.parametrize("backend", ["embedded"], indirect=True)
@pytest.mark.parametrize("rows", [1, 20])
def test_queries_do_not_grow(
    fill: Fill, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    firm = organisation("Dry Walls", "Damp sensors in council homes.")
    claim(firm, "Mapping")
    for number in range(rows):
        call = public_call(title=f"Damp sensors {number}")
        want(call, "Mapping")
        claim(organisation(f"Firm {number}", "Damp sensors."), "Mapping")
    fill()
    with django_assert_num_queries(17):
        assert len(match_calls(Organisation.objects.get(pk=firm.pk), limit=50)) == rows
    with django_assert_num_queries(15):
        assert len(match_organisations(Call.objects.get(pk=call.pk), limit=50)) == rows + 1


NAMES = ["Mapping", "Sensors", "Computer vision", "Legal advice", "Care coordination"]
_SUBJECTS = """
damp council homes sensors mould buses trams canal noise energy retrofit loneliness carers
skills apprentices roads potholes clinics hospital wards flood drains parks trees air quality
"""
SUBJECTS = _SUBJECTS.split()


@pytest.mark.parametrize("backend", ["embedded"], indirect=True)
def test_every_reason_and_gap_is_true_of_both_records(fill: Fill) -> None:
    chance = random.Random(6)
    sectors = [SectorFactory(slug=f"s{n}", name=f"Sector {n}") for n in range(4)]
    places = [LocalAuthorityFactory(name=name) for name in ("Dudley", "Walsall", "Solihull")]
    firms, calls = [], []
    for number in range(32):
        said = " ".join(chance.sample(SUBJECTS, 8))
        firm = organisation(
            f"Firm {number}",
            said,
            place=chance.choice([None, *places]),
            stage=chance.choice(["", *GrowthStage.values]),
            size=chance.choice(["", *Size.values]),
        )
        firm.sectors.set(chance.sample(sectors, chance.randint(0, 2)))
        for name in chance.sample(NAMES, chance.randint(0, 3)):
            claim(firm, name, chance.randint(1, 4))
        firms.append(firm)
    for number in range(26):
        call = public_call(
            title=f"Call {number}",
            summary=" ".join(chance.sample(SUBJECTS, 8)),
            for_stages=chance.sample(GrowthStage.values, chance.choice([0, 0, 2])),
            for_sizes=chance.sample(Size.values, chance.choice([0, 0, 2])),
        )
        call.sectors.set(chance.sample(sectors, chance.randint(0, 2)))
        call.places.set(chance.sample(places, chance.randint(0, 2)))
        for name in chance.sample(NAMES, chance.randint(0, 3)):
            want(call, name, chance.randint(1, 4), essential=chance.random() < 0.5)
        calls.append(call)
    fill()
    pairs = 0
    for firm in firms:
        for match in match_calls(firm, limit=50):
            check(match, match.thing, firm)
            pairs += 1
    for call in calls:
        for match in match_organisations(call, limit=50):
            check(match, call, match.thing)
            pairs += 1
    assert pairs >= 500


MEANT = re.compile("(?:Meant for|At|Of) the (stage|size) ([^;]+)")


def check(match: Match, call: Call, firm: Organisation) -> None:
    """Read each sentence back and hold it against the two records."""
    assert 0 <= match.score <= 1
    assert match.reasons
    held = {each.capability.name: each.get_level_display() for each in firm.claims.all()}
    asked = {each.capability.name: each for each in call.wanted.all()}
    order = [label for _, label in Level.choices]
    told = set()
    for sentence in match.reasons + match.gaps:
        met = sentence in match.reasons
        if ", asked for " in sentence:
            level, rest = sentence.split(" in ", 1)
            name, wanted = rest.removesuffix(" (essential)").rsplit(", asked for ", 1)
            told.add(name)
            assert held[name] == level
            assert asked[name].get_level_display() == wanted
            assert (order.index(level) >= order.index(wanted)) == met
        elif sentence.startswith("Not yet claimed: "):
            missing, _, nearest = sentence.partition("; the nearest claimed is ")
            name = missing.removeprefix("Not yet claimed: ").removesuffix(" (essential)")
            told.add(name)
            assert not met
            assert name not in held
            assert asked[name].essential == missing.endswith("(essential)")
            if nearest:
                assert nearest in held
        elif sentence.startswith("Both: "):
            for name in sentence.removeprefix("Both: ").split(", "):
                assert name in {each.name for each in firm.sectors.all()}
                assert name in {each.name for each in call.sectors.all()}
        elif " words: " in sentence:
            own, theirs = words(profile_text(firm)), [stem(w) for w in words(call_text(call))]
            shared, _, quoted = sentence.split(" words: ")[1].partition(". ")
            if quoted:
                speaker, passage = quoted.split(": ", 1)
                source = call_text(call) if speaker == "It says" else profile_text(firm)
                assert passage.strip("“”…") in source
            for phrase in shared.split(", "):
                assert phrase in " ".join(own)
                assert all(stem(word) in theirs for word in phrase.split())
        elif match_of := MEANT.match(sentence):
            if match_of[1] == "stage":
                own, meant, label = firm.stage, call.for_stages, GrowthStage(firm.stage).label
            else:
                own, meant, label = firm.size, call.for_sizes, Size(firm.size).label
            assert label.startswith(match_of[2])
            assert (own in meant) == met
        else:
            assert sentence.startswith("Based in ")
            place = firm.place.name
            assert sentence.startswith(f"Based in {place}")
            assert (place in {each.name for each in call.places.all()}) == met
    assert told == asked.keys()


@pytest.mark.parametrize("backend", ["embedded"], indirect=True)
def test_whom_a_call_is_meant_for_lowers_and_says_so(fill: Fill) -> None:
    call = public_call(title="Anything", for_stages=["idea", "prototype"], for_sizes=["micro"])
    want(call, "Mapping")
    for name, stage, size in (
        ("Neither", "established", "large"),
        ("One", "idea", "large"),
        ("Both", "prototype", "micro"),
        ("Silent", "", ""),
    ):
        claim(organisation(name, stage=stage, size=size), "Mapping")
    fill()
    found = {match.thing.name: match for match in match_organisations(call)}
    assert found["Both"].score == found["Silent"].score
    assert found["Both"].score > found["One"].score > found["Neither"].score
    assert "Meant for the stage Prototype" in found["Both"].reasons
    assert "Meant for the size 2 to 9 people" in found["Both"].reasons
    assert found["Both"].gaps == found["Silent"].gaps == []
    assert found["One"].gaps == ["Of the size 250 people or more; it is meant for 2 to 9 people"]
    assert "At the stage Established; it is meant for Idea, Prototype" in found["Neither"].gaps


@pytest.mark.parametrize("backend", ["embedded"], indirect=True)
def test_what_is_held_is_found_in_memory_as_it_is_weighed(fill: Fill) -> None:
    """But for siblings, the rough look and the exact one agree."""
    chance = random.Random(7)
    call = public_call(title="Anything")
    for name in NAMES[:4]:
        want(call, name, chance.randint(1, 4), essential=chance.random() < 0.5)
    for number in range(30):
        firm = organisation(f"Firm {number}")
        for name in chance.sample(NAMES, chance.randint(0, 4)):
            claim(firm, name, chance.randint(1, 4))
    fill()
    brief = briefs([call.pk])[call.pk]
    found = corpus().by_capabilities("organisation", brief.asked, 50)
    exact = {}
    for pk, profile in profiles(Organisation.objects.values_list("pk", flat=True)).items():
        alone = [replace(fit, sibling=None) for fit in Pair(brief, profile).fits]
        if score := capability_score(alone):
            exact[pk] = score
    assert found == pytest.approx(exact)
    assert list(found.values()) == sorted(found.values(), reverse=True)
