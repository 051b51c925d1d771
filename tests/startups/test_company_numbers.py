import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from startups.company_numbers import normalise
from startups.models import company_number_validator

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
    ("R0000521", "R0000521"),
    ("R521", "R0000521"),
    *(
        (f"{prefix}000001", f"{prefix}000001")
        for prefix in ["OE", "RC", "NP", "NI", "NC", "FC", "GE", "OC", "LP", "CE"]
    ),
]


@pytest.mark.parametrize(("typed", "kept"), WRITTEN)
def test_numbers_of_the_register_are_taken_as_they_are_written(typed, kept):
    assert normalise(typed) == kept
    company_number_validator(kept)


@pytest.mark.parametrize(
    "typed", ["123456789", "\u0661", "SC1234567", "SC", "1234567A", "none", "R1234567", "S1234567"]
)
def test_what_is_no_number_of_the_register_is_refused(typed):
    with pytest.raises(ValidationError):
        company_number_validator(normalise(typed))


def test_no_number_is_none():
    assert normalise(" ") == ""


@given(
    st.from_regex(r"([0-9]{8}|[A-Z]{2}[0-9]{6}|R0[0-9]{6}|[A-Z]{2}[0-9]{5}[A-Z])", fullmatch=True),
    st.lists(st.sampled_from(["", " ", "-", ".", "\u00a0", "\u2011"]), min_size=8, max_size=8),
    st.booleans(),
)
def test_how_it_is_spaced_and_written_changes_nothing(number, gaps, small):
    written = "".join(letter + gap for letter, gap in zip(number, gaps, strict=True))
    assert normalise(written.lower() if small else written) == number
    company_number_validator(number)
    assert normalise(normalise(written)) == normalise(written)
