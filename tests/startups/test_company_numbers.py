import pytest

from startups.company_numbers import normalise


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", ""),
        ("01234567", "01234567"),
        ("1234567", "01234567"),
        ("6", "00000006"),
        ("sc 123456", "SC123456"),
        ("SC12345", "SC12345"),  # letters: zeros could go in two places, so we don't guess
        ("123456789", "123456789"),
        ("\u0661", "\u0661"),  # other scripts' digits are not the register's
    ],
)
def test_normalise(typed, kept):
    assert normalise(typed) == kept
