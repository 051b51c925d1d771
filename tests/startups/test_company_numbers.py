import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from startups.company_numbers import WELL_FORMED, normalise
from startups.models import company_number_validator

PREFIXES = """
AC CE CS EN ES FC FE GE GN GS IC IP LP NA NC NF NI NL NO NP NR NV NZ OC OE PC RC RS SA SC SE SF SG
SI SL SO SP SR SZ ZC
"""
REGISTERS = PREFIXES.split()
"""Prefixes of the register, of other registrars in it, and of Northern Ireland and Scotland."""

WRITTEN = [
    ("01234567", "01234567"),
    ("1234567", "01234567"),
    ("6", "00000006"),
    (" 0123 4567 ", "01234567"),
    ("01234567\u00a0", "01234567"),
    ("０１２３４５６７", "01234567"),
    ("sc 123456", "SC123456"),
    ("SC-123456", "SC123456"),
    ("S.C. 123456", "SC123456"),
    ("SC\u2011123456", "SC123456"),
    ("SC12345", "SC012345"),
    ("sc1", "SC000001"),
    ("SL00911A", "SL00911A"),
    ("sl 00911a", "SL00911A"),
    ("IP000CUS", "IP000CUS"),
    ("IP27869R", "IP27869R"),
    ("SP1793RS", "SP1793RS"),
    ("RS00592C", "RS00592C"),
    ("rs 0012fi", "RS0012FI"),
    ("NI00123A", "NI00123A"),
    ("R000052R", "R000052R"),
    ("OCP0012C", "OCP0012C"),
    ("OC3000CU", "OC3000CU"),
    ("0C301234", "OC301234"),
    ("0e 12345", "OE012345"),
    ("LP.4", "LP000004"),
    ("NI/12345", "NI012345"),
    ("ＳＣ１２３４５", "SC012345"),
    ("SC\u00ad123\u200b456", "SC123456"),
    ("R0000521", "R0000521"),
    ("R521", "R0000521"),
    ("SL911A", "SL00911A"),
    ("ip 123 r", "IP00123R"),
    ("RS592FI", "RS0592FI"),
    ("IP1CUS", "IP001CUS"),
    *((f"{prefix}000001", f"{prefix}000001") for prefix in REGISTERS),
]


@pytest.mark.parametrize(("typed", "kept"), WRITTEN)
def test_numbers_of_the_register_are_taken_as_they_are_written(typed, kept):
    assert normalise(typed) == kept
    company_number_validator(kept)


@pytest.mark.parametrize(
    "typed",
    [
        *("123456789", "\u0661", "SC1234567", "SC", "1234567A", "none", "R1234567", "S1234567"),
        *("0C1234567", "01234567 08", "SC12345AB", "GB01234567", "SCABCDEF", "SC12ABCD"),
        "²1234567",
    ],
)
def test_what_is_no_number_of_the_register_is_refused(typed):
    with pytest.raises(ValidationError):
        company_number_validator(normalise(typed))


def test_no_number_is_none():
    assert normalise(" ") == ""


@given(
    st.from_regex(WELL_FORMED, fullmatch=True),
    st.lists(st.sampled_from(["", " ", "-", ".", "\u00a0", "\u2011"]), min_size=8, max_size=8),
    st.booleans(),
)
def test_how_it_is_spaced_and_written_changes_nothing(number, gaps, small):
    written = "".join(letter + gap for letter, gap in zip(number, gaps, strict=True))
    assert normalise(written.lower() if small else written) == number
    company_number_validator(number)
    assert normalise(normalise(written)) == normalise(written)


@given(st.text(max_size=20) | st.text("0123456789CEIONRSLP -./", max_size=14))
def test_what_is_filled_up_once_stays(typed):
    number = normalise(typed)
    assert normalise(number) == number
    assert not typed.isascii() or normalise(typed.lower()) == number


@given(st.sampled_from(["", "R0", *REGISTERS]), st.integers(1, 999_999))
def test_noughts_left_out_are_filled_in(prefix, number):
    whole = f"{prefix}{number:0{8 - len(prefix)}d}"
    assert normalise(whole) == whole
    if prefix != "R0":
        for noughts in range(9 - len(prefix)):
            assert normalise(f"{prefix}{number:0{noughts}d}") == whole
