"""The site under attack, who attacks it, and what a case is."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.attack.visitor import Heard, Visitor
from tests.front.proxy import Front


@dataclass
class Scene:
    """The site under attack, and the people who attack it."""

    front: Front
    people: dict[str, Visitor]
    chance: random.Random = field(default_factory=lambda: random.Random(14))

    @property
    def nobody(self) -> Visitor:
        return self.people["visitor"]


@dataclass(frozen=True)
class Case:
    kind: str
    name: str
    act: Callable[[Scene], list[str]]


def broken(answers: dict[str, Heard]) -> list[str]:
    """Which of these answers are a fault of the server, or none at all."""
    return [
        f"{what}: {answer.status or 'no answer'}"
        for what, answer in answers.items()
        if answer.status >= 500 or not answer.status
    ]
