"""Every place that compares names takes the same ways of writing for one."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from challenges.interests.models import Interest, InterestKind
from challenges.judging.doubts import doubts
from challenges.judging.finding import _registered
from challenges.judging.leaks import Marks, _without_ending
from marketplace.names import APOSTROPHES, fold, is_telling, organisation_key, registrable, spelled
from startups.models import Organisation, same_name
from startups.services import find_duplicate, find_twins
from tests.factories import OrganisationFactory, UserFactory

HYPHENS = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
SPACES = " \u00a0\u1680\u2002\u2003\u2009\u202f\u205f\u3000\t"

WAYS = {
    "Brontë & O’Neill Sensors Ltd": [
        "BRONTË & O’NEILL SENSORS LTD",
        "Bronte\u0308 & O’Neill Sensors Limited",
        "Bronte and ONeill Sensors",
        "Brontë + O’Neill Sensors LLP",
        "Brontë＆O’Neill Sensors plc",
        "The Brontë & O’Neill Sensors Company",
        *(f"Brontë & O{mark}Neill Sensors CIC" for mark in APOSTROPHES),
        *(f"Brontë{space}& O’Neill{space}Sensors (UK) Ltd." for space in SPACES),
    ],
    "Smart-City Data": [
        *(f"Smart{hyphen}City Data P.L.C." for hyphen in HYPHENS),
        "SMART CITY DATA",
        "Smart\u200b-City Data™",
        "Smart\u00ad-City Data Community Interest Company",
        "Ｓｍａｒｔ－Ｃｉｔｙ Ｄａｔａ",
        "Smart City Data C.B.C.",
        "Smart City Data CIO",
    ],
    "Dŵr Glân Cyf": [
        "Dwr Glan Cyfyngedig",
        "DŴR GLÂN CCC",
        "Dŵr Glân Cwmni Buddiant Cymunedol",
        "Dŵr Glân Ltd",
    ],
    "山田 太郎": ["山田太郎", "山田\u3000太郎", "山田 太郎 Ltd"],
    "شركة النور": ["شَرِكَة النُّور", "شركـــة النور Ltd"],
    "A B C Ltd": ["ABC Limited", "A.B.C.", "a b c"],
    "Straße 7 GmbH": ["STRASSE 7", "Strasse-7 gmbh"],
}
SPACED = {
    "Co-op Data4Good": ["Coop Data 4 Good Ltd", "COOP-DATA4GOOD", "Co op Data 4-Good"],
    "Acme Sensors Ltd": ["AcmeSensors", "acme-sensors CIC"],
    "eHealth": ["E-Health", "e health (UK) Ltd"],
}
"""Where a name has spaces at all is written in many ways; a text is not searched so."""

PAIRS = [(name, way) for name, ways in WAYS.items() for way in ways]
OTHERS = ["Smart City Dating", "Smart Citizen Data", "Dwr", "山田花子", "النور", "ABD", "Straße 8"]


@pytest.mark.parametrize(("name", "way"), PAIRS)
def test_one_name_in_every_way(name: str, way: str) -> None:
    assert organisation_key(name) == organisation_key(way) != ""
    assert organisation_key(organisation_key(way)) == organisation_key(way)


@pytest.mark.parametrize(("name", "way"), PAIRS)
def test_a_blind_panel_reads_no_way_of_it(name: str, way: str) -> None:
    """As the register has it, without its ending; in a text, in a letter about it."""
    marks = Marks((_without_ending(name),))
    if "A B C" in name and way == "a b c":
        return  # Three small letters apart are letters, and found only as they are registered.
    text = f"We at {_without_ending(way)}, as you know, can help."
    assert marks.within(text) == [_without_ending(name)]
    assert doubts(text, [_without_ending(way)])


@pytest.mark.parametrize("mark", APOSTROPHES)
@pytest.mark.parametrize("name", ["Acme", "Ada Lovelace", "O’Neill", "Zoë Brontë"])
def test_a_name_is_found_where_something_is_its_own(name: str, mark: str) -> None:
    """“Acme’s sensors” names Acme, whichever apostrophe stands there."""
    for text in (f"All of {name}{mark}s work.", f"{name.upper()}{mark}S WORK"):
        assert Marks((name,)).within(text) == [name]
        assert doubts(text, [name])


def test_other_names_stay_others() -> None:
    known = {organisation_key(name) for name in WAYS}
    assert not [name for name in OTHERS if organisation_key(name) in known]


@pytest.mark.django_db
def test_the_register_the_look_up_and_the_finder_take_them_for_one() -> None:
    judge = UserFactory()
    for name, ways in (WAYS | SPACED).items():
        firm = OrganisationFactory(name=name)
        for way in ways:
            assert find_twins(way) == [firm], way
            assert find_duplicate({"name": way}) == "name", way
            assert Organisation.objects.one_called(way) == firm, way
            assert firm in Organisation.objects.matching(way), way
            interest = Interest.objects.create(
                person=judge, kind=InterestKind.EMPLOYMENT, organisation_name=way
            )
            ties = list(_registered([judge], {firm.pk: firm.name}))
            assert [(tie[0], tie[1]) for tie in ties] == [(judge.pk, firm.pk)], way
            interest.delete()
    for name in OTHERS:
        assert find_twins(name) == [] and Organisation.objects.one_called(name) is None


def test_only_case_composition_and_spaces_make_one_spelling() -> None:
    assert same_name("Cafe\u0301  Nero", "CAFÉ\u00a0nero")
    assert not same_name("Café Nero", "Cafe Nero")
    assert not same_name("Acme Ltd", "Acme Limited")


@given(st.text(max_size=30))
def test_a_spelling_stays_what_it_is(text: str) -> None:
    assert spelled(spelled(text)) == spelled(text)
    assert spelled(unicodedata.normalize("NFD", text)) == spelled(text)


@given(st.text(st.characters(max_codepoint=0x2FF), max_size=30))
def test_one_spelling_is_one_name(text: str) -> None:
    assert fold(spelled(text)) == fold(text)


@given(st.text(min_size=1, max_size=12), st.sampled_from(["Ltd", "LIMITED", "(UK) plc", "C.I.C."]))
def test_an_ending_changes_nothing(name: str, ending: str) -> None:
    key = organisation_key(f"{name} {ending}")
    if is_telling(organisation_key(name)) and not key.isdigit():
        assert key == organisation_key(name)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("cs.uni.ac.uk", "uni.ac.uk", True),
        ("Mail.Acme.co.uk", "www.acme.co.uk", True),
        ("a.gov.uk", "b.gov.uk", False),
        ("ymail.com", "ymail.com", False),
        ("acme.github.io", "other.github.io", False),
        ("bücher.example.de", "xn--bcher-kva.example.de", True),
    ],
)
def test_hosts_of_one_body(one: str, other: str, same: bool) -> None:
    assert (bool(registrable(one)) and registrable(one) == registrable(other)) is same
