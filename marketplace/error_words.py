"""What Django and forms of others say, in the words of this site."""

import re
from typing import Any

from django.core.exceptions import ValidationError

DJANGOS_WORDS = tuple(
    (re.compile(pattern, re.DOTALL), words)
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
        (
            r".* couldn’t be interpreted in time zone .*",
            "the clocks change then, so that this time comes twice or never. Choose another",
        ),
        (r"Enter a valid time\.", "enter a real time, for example 14:30"),
        (r"Enter a number\.", "enter a number, for example 12 or 3.5"),
        (r"Enter a whole number\.", "enter a whole number, for example 12"),
        (
            r"Select a valid choice\. .* is not one of the available choices\.",
            "choose from the list",
        ),
        (r"“.*” is not a valid value\.", "choose from the list"),
        (r"Enter a list of values\.", "choose from the list"),
        (r"Enter a valid “slug” .*", "use only letters, figures and hyphens"),
        (r"Null characters are not allowed\.", "leave out the character that can’t be printed"),
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


def what_is_missing(kind: str, label: str) -> str:
    """“Enter your name”, in place of Django's “This field is required.”"""
    if label.endswith("?"):
        return f"Answer “{label}”"
    if kind == "checkbox":
        return f"Tick “{label}” to go on"
    verb = {"file": "Choose", "select": "Select", "radios": "Select", "checkboxes": "Select"}
    # “VAT number” keeps its capitals.
    small = label if label[1:2].isupper() else label[:1].lower() + label[1:]
    return f"{verb.get(kind, 'Enter')} {small}"


OUR_WORDS = {"Email": "E-mail address", "Email address": "E-mail address"}
"""Labels of forms that others wrote, where this site has a word of its own."""


def sentence_case(label: Any) -> Any:
    """“New Password” as “New password”: forms that others wrote have titles for labels."""
    if str(label) in OUR_WORDS:
        return OUR_WORDS[str(label)]
    words = str(label).split(" ")
    if not all(word[:1].isupper() for word in words if word.isalpha()):
        return label
    return " ".join([words[0], *(word if word.isupper() else word.lower() for word in words[1:])])
