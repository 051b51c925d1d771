"""Companies House numbers, as the register writes them: eight characters."""

import re


def normalise(typed: str) -> str:
    """“sc 123456” → “SC123456”; “1234567” → “01234567”: the register fills up with zeros.

    Whether the outcome is well formed is for `models.company_number_validator` to say.
    """
    number = re.sub(r"\s", "", typed).upper()
    return number.zfill(8) if number.isascii() and number.isdigit() else number
