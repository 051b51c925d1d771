"""What a call's legal route adds to the letters that tell applicants of a decision."""

import re
from datetime import date

from challenges.calls.legal.checklist import in_force, rules, threshold
from challenges.calls.models import Call
from marketplace.numbers import pounds

THRESHOLD = re.compile(r"\{([a-z-]+)\}")


def route_paragraphs(call: Call, outcome: str, on: date) -> list[str]:
    """Paragraphs, each with its source, for an outcome ("awarded", "not-awarded", …).

    A threshold's key in braces stands for its amount on that day.
    """
    return [
        f"{_with_amounts(row['text'], on)} ({row['source']}.)"
        for row in rules()["letters"]
        if call.legal_route in row["routes"] and outcome in row["outcomes"] and in_force(row, on)
    ]


def _with_amounts(text: str, on: date) -> str:
    def amount(found: re.Match[str]) -> str:
        limit = threshold(found[1], on)
        return pounds(limit.pounds) if limit else "the limit"

    return THRESHOLD.sub(amount, text)
