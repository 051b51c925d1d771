"""Which questions are asked, given the answers so far. Pure; no Django models.

A question with a condition is asked only where the question that it names was itself asked and
has one of the answers that it names. Only earlier questions count, so a ring can't arise.
"""

from collections.abc import Mapping, Sequence
from typing import Any

Spec = dict[str, Any]


def asked_specs(specs: Sequence[Spec], typed: Mapping[int, Any]) -> list[Spec]:
    """The questions that this applicant is asked, in order.

    Args:
        typed: question id → what was typed, a text or a list of texts.
    """
    asked: list[Spec] = []
    known: set[int] = set()
    for spec in specs:
        condition = spec.get("condition")
        if condition is None or _holds(condition, typed, known):
            asked.append(spec)
            known.add(spec["id"])
    return asked


def _holds(condition: Spec, typed: Mapping[int, Any], asked: set[int]) -> bool:
    if condition["question"] not in asked:
        return False
    given = typed.get(condition["question"]) or []
    texts = given if isinstance(given, list) else [given]
    wanted = {answer.casefold() for answer in condition["answers"]}
    return any(str(text).strip().casefold() in wanted for text in texts)
