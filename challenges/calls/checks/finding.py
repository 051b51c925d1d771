"""What a check says, and what it looks at."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from challenges.calls.models import Call, Criterion, Question, Stage


class Severity(StrEnum):
    STOPS = "stops"
    """Nobody can approve the call while it stands."""
    ASKS = "asks"
    """The approver may go on, with a reason that is recorded."""
    NOTE = "note"
    """Worth knowing; it asks for nothing."""


@dataclass(frozen=True)
class Finding:
    """One thing that does not hang together.

    `place` is what it belongs to: "objectives", "legal_route", "award_limit", "stages" or
    "stage-12". `field` is where it is typed: a field of the call or the stage, or
    "question-3-choices", "criterion-4-minimum"; empty where it belongs to no one field.
    """

    code: str
    place: str
    sentence: str
    severity: Severity = Severity.STOPS
    field: str = ""

    @property
    def key(self) -> str:
        """What an approver's reason for it is filed under; the same as long as it stands."""
        return ":".join((self.code, self.place, self.field))

    @property
    def stops(self) -> bool:
        return self.severity == Severity.STOPS

    @property
    def asks(self) -> bool:
        return self.severity == Severity.ASKS


@dataclass(frozen=True)
class Round:
    """A stage with what it asks and scores by, all read once."""

    stage: Stage
    questions: Sequence[Question]
    """In the order of the stage's list, with those that were taken out."""
    criteria: Sequence[Criterion]

    @property
    def place(self) -> str:
        return f"stage-{self.stage.pk}"

    @property
    def asked(self) -> list[Question]:
        return [question for question in self.questions if question.retired_at is None]

    def say(
        self, code: str, sentence: str, severity: Severity = Severity.STOPS, field: str = ""
    ) -> Finding:
        return Finding(code, self.place, sentence, severity, field)


@dataclass(frozen=True)
class Subject:
    """A call as it would be sealed now."""

    call: Call
    rounds: Sequence[Round]
    now: datetime


Check = Callable[[Subject], Iterator[Finding]]


def read(call: Call, now: datetime) -> Subject:
    """A call with all that is checked of it, as the database has it: three queries."""
    stages = Stage.objects.filter(call=call).prefetch_related("questions", "criteria")
    rounds = []
    for stage in stages.order_by("order"):
        stage.call = call
        rounds.append(Round(stage, list(stage.questions.all()), list(stage.criteria.all())))
    return Subject(call, rounds, now)
