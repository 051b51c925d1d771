"""How each kind of question is asked, checked and read back.

A question is the dictionary that a rulebook seals (see `rulebook.py`). To add a kind: add it
to `QuestionKind`, write a class here, register it in `TYPES`, and run the tests, which try
every registered kind. `docs/extending.md` walks through one.
"""

from challenges.calls.models import QuestionKind
from challenges.calls.question_types.base import (
    MOST_CHARACTERS,
    NotEligibleError,
    QuestionType,
    Spec,
    storable,
)
from challenges.calls.question_types.declaration import Declaration
from challenges.calls.question_types.plain import (
    Choice,
    Choices,
    Date,
    File,
    Link,
    LongText,
    Money,
    Number,
    ShortText,
    YesNo,
)
from challenges.calls.question_types.rows import Capabilities, Costs, Team
from marketplace.number_fields import PoundsField

TYPES: dict[str, QuestionType] = {
    QuestionKind.SHORT_TEXT: ShortText(),
    QuestionKind.LONG_TEXT: LongText(),
    QuestionKind.NUMBER: Number(),
    QuestionKind.MONEY: Money(),
    QuestionKind.DATE: Date(),
    QuestionKind.YES_NO: YesNo(),
    QuestionKind.CHOICE: Choice(),
    QuestionKind.CHOICES: Choices(),
    QuestionKind.LINK: Link(),
    QuestionKind.FILE: File(),
    QuestionKind.COSTS: Costs(),
    QuestionKind.TEAM: Team(),
    QuestionKind.CAPABILITIES: Capabilities(),
    QuestionKind.DECLARATION: Declaration(),
}


def type_of(spec: Spec) -> QuestionType:
    return TYPES[spec["kind"]]


__all__ = [
    "MOST_CHARACTERS",
    "TYPES",
    "NotEligibleError",
    "PoundsField",
    "QuestionType",
    "Spec",
    "storable",
    "type_of",
]
