"""Names compare as people mean them, and short ones don’t match everything."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.names import fold, is_telling, names_in, organisation_key, registrable

ONE_FIRM = (
    *(
        "Acme Sensors Ltd",
        "ACME  SENSORS LIMITED",
        "The Acme Sensors (UK) Ltd.",
        "Acme-Sensors plc",
    ),
    *("Acme\u00a0Sensors UK Ltd", "Ａｃｍｅ Sensors", "Acme\u200b Sensors™", "acme sensors C.I.C."),
    *(
        "Acme Sensors Community Interest Company",
        "Acme‑Sensors LLP",
        "Acmé Sensors",
        "Acme Sensors,",
    ),
    *("Acme Sensors & Co", "Acme Sensors GmbH", "Acme Sensors Inc."),
)
SAME = [
    ("O’Brien", "O'Brien"),
    ("O\u02bcBrien", "OBrien"),
    ("Éclair", "e\u0301clair"),
    ("İstanbul", "istanbul"),
    ("Straße", "STRASSE"),
    ("Smith & Sons", "Smith and Sons"),
    ("Smith+Sons", "Smith and Sons"),
    ("A.B.C.", "ABC"),
    ("A B C Ltd", "ABC Limited"),
    ("Łódź", "Lodz"),
    ("Canal+ Ltd", "Canal+"),
    ("Age& UK", "Age&"),
]


@pytest.mark.parametrize("name", ONE_FIRM)
def test_one_firm_is_one_firm(name):
    assert organisation_key(name) == "acme sensors"


@pytest.mark.parametrize(("one", "other"), SAME)
def test_ways_to_write_one_name(one, other):
    assert organisation_key(one) == organisation_key(other) != ""


@pytest.mark.parametrize("other", ["Acme Sensing", "Acme", "Sensors", "Acme Sensors North"])
def test_other_firms_stay_others(other):
    assert organisation_key(other) != "acme sensors"


def test_something_is_left_of_every_name_with_letters():
    assert organisation_key("UK Ltd") == "uk"
    assert organisation_key("The Company Ltd") == "company"
    assert organisation_key("!!!") == ""


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing_and_case_and_composition_do_not_matter(text):
    folded = fold(text)
    assert fold(folded) == folded
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))
    assert fold(f" {text}\u00a0") == folded


@pytest.mark.parametrize(
    ("text", "name", "stands"),
    [
        ("We adapt to floods", "Ada", False),
        ("Asked by Ada.", "Ada", True),
        ("ADA LOVELACE leads", "Ada Lovelace", True),
        ("Ada\u00a0 Lovelace’s team", "Ada Lovelaces", True),
        ("Zoë Brontë-Smith", "Zoe Bronte Smith", True),
        ("これは山田 太郎です", "山田太郎", True),
        ("東京Adaです", "Ada", True),
        ("a b c", "A", False),
        ("anything", "!!!", False),
        ("we do it", "Do", False),
    ],
)
def test_a_name_is_found_as_a_word(text, name, stands):
    assert bool(names_in(fold(text), [fold(name)])) is stands


def test_short_names_say_nothing():
    assert not is_telling("ab") and not is_telling("") and not is_telling("山")
    assert is_telling("ada") and is_telling("山田")


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("cs.uni.ac.uk", "uni.ac.uk"),
        ("UNI.ac.uk.", "uni.ac.uk"),
        ("a.co.uk", "a.co.uk"),
        ("mail.b.co.uk", "b.co.uk"),
        ("gmail.com", ""),
        ("co.uk", ""),
        ("", ""),
        ("one.github.io", "one.github.io"),
        ("nhs.net", ""),
        *((mail, "") for mail in ("hotmail.de", "outlook.fr", "yahoo.com.au", "live.nl")),
        ("ours.nhs.net", "ours.nhs.net"),
        ("outlook-partners.co.uk", "outlook-partners.co.uk"),
        ("\u00fcber..de", "\u00fcber..de"),
    ],
)
def test_hosts_are_those_of_one_body(host, own):
    assert registrable(host) == own
