"""What Django says is wrong with a value, in the words of this site."""

import re

from django.core.exceptions import ValidationError

DJANGOS_WORDS = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (
            r"Ensure this value has at most (\d+) characters? \(it has (\d+)\)\.",
            "use {0} characters or fewer; there are {1}",
        ),
        (
            r"Ensure this value has at least (\d+) characters? \(it has (\d+)\)\.",
            "use {0} characters or more; there are {1}",
        ),
        (r"Ensure this value is less than or equal to (.+)\.", "must be {0} or less"),
        (r"Ensure this value is greater than or equal to (.+)\.", "must be {0} or more"),
        (r"Ensure this value is a multiple of step size (.+?)(?:, .*)?\.", "use steps of {0}"),
        (
            r"Ensure that there are no more than (\d+) digits? in total\.",
            "use no more than {0} figures",
        ),
        (
            r"Ensure that there are no more than (\d+) decimal places?\.",
            "use no more than {0} figures after the point",
        ),
        (
            r"Ensure that there are no more than (\d+) digits? before the decimal point\.",
            "use no more than {0} figures before the point",
        ),
        (
            r"Ensure this filename has at most (\d+) characters? \(it has (\d+)\)\.",
            "choose a file with a name of {0} characters or fewer",
        ),
        (r"Enter a valid URL\.", "enter a web address, for example https://example.org"),
        (r"Enter a valid email address\.", "enter an e-mail address, for example name@example.org"),
        (r"Enter a valid date\.", "enter a real date, for example 27 3 2027"),
        (r"Enter a valid date/time\.", "enter a real date and time"),
        (r"Enter a valid time\.", "enter a real time, for example 14:30"),
        (r"Enter a number\.", "enter a number, for example 12 or 3.5"),
        (r"Enter a whole number\.", "enter a whole number, for example 12"),
        (r"Enter a list of values\.", "choose from the list"),
        (r"Enter a complete value\.", "fill in every part"),
        (r"Enter a valid value\.", "write it another way"),
        (r"The submitted file is empty\.", "the file is empty: choose another"),
        (r"No file was submitted\. .*", "choose a file"),
    )
)
"""What Django says of a value → what this site says, after the name of its field."""


def in_our_words(error: ValidationError) -> list[str]:
    """The sentences of an error, Django's own in the words of this site."""
    return [_sentence(_ours(message) or message) for message in error.messages]


def _ours(message: str) -> str:
    """The words of this site for a sentence of Django's; "" for one that is ours already."""
    for pattern, words in DJANGOS_WORDS:
        if found := pattern.fullmatch(message):
            return words.format(*found.groups())
    return ""


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!", "”")) else f"{text}."


def named(label: str, message: str) -> str:
    ours = _ours(message)
    return f"{spoken(label)}: {ours}" if ours else message


def spoken(label: str) -> str:
    """A label as the beginning of a sentence about its field."""
    return f"“{label}”" if label.endswith("?") else label
