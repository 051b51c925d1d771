"""How far a pitch is: each question empty, saved, needing mending, or done.

Checked as submitting checks it (`content`), so that what is called done can be submitted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from challenges.calls.conditions import asked_specs
from challenges.calls.models import QuestionKind
from challenges.calls.question_types import Spec, type_of
from challenges.pitches.content import checked, field_name, heading_problems
from challenges.pitches.models import Attachment, Entry, ScanState

EMPTY, SAVED, MEND, DONE = "empty", "saved", "mend", "done"

WORDS = {
    (EMPTY, True): ("Not answered", "blue"),
    (EMPTY, False): ("Optional", ""),
    (SAVED, True): ("Saved, being checked", "yellow"),
    (SAVED, False): ("Saved, being checked", "yellow"),
    (MEND, True): ("Needs mending", "orange"),
    (MEND, False): ("Needs mending", "orange"),
    (DONE, True): ("Done", ""),
    (DONE, False): ("Done", ""),
}
"""(state, whether an answer is required) → what it is called, and the colour of its tag."""


@dataclass(frozen=True)
class Place:
    """One question: its field's name and label, its state, what was typed, and what is wrong."""

    name: str
    label: str
    required: bool
    state: str
    typed: str = ""
    problem: str = ""

    @property
    def words(self) -> str:
        return WORDS[self.state, self.required][0]

    @property
    def colour(self) -> str:
        return WORDS[self.state, self.required][1]


@dataclass(frozen=True)
class Standing:
    """Every question that a pitch is asked, in the order of the form."""

    places: Sequence[Place]

    @cached_property
    def counted(self) -> list[Place]:
        """Those that submitting waits for: what is required, and what is wrong."""
        return [each for each in self.places if each.required or each.state == MEND]

    @property
    def done(self) -> int:
        return sum(each.state in (DONE, SAVED) for each in self.counted)

    @property
    def total(self) -> int:
        return len(self.counted)

    @property
    def to_mend(self) -> int:
        return sum(each.state == MEND for each in self.places)

    @property
    def words(self) -> str:
        """“6 of 8 done, 1 needs mending”."""
        said = f"{self.done} of {self.total} done"
        if not self.to_mend:
            return said
        return f"{said}, {self.to_mend} need{'s' if self.to_mend == 1 else ''} mending"

    def of(self, name: str) -> Place | None:
        return next((each for each in self.places if each.name == name), None)


def standing_of(entry: Entry) -> Standing:
    """Reads the entry's answers and attachments; prefetch both for a list of entries."""
    typed = {answer.question_id: answer.value for answer in entry.answers.all()}
    files = {file.question_id: file for file in entry.attachments.all() if file.replaced_at is None}
    wrong = dict(heading_problems(entry))
    headings = [
        _heading("title", "Title of your pitch", entry.title, wrong),
        _heading("summary", "Summary", entry.summary, wrong),
    ]
    asked = asked_specs(entry.specs, typed)
    first = [spec for spec in asked if spec.get("section") == "eligibility"]
    rest = [spec for spec in asked if spec not in first]
    return Standing(
        [
            *(_question(spec, typed, files) for spec in first),
            *headings,
            *(_question(spec, typed, files) for spec in rest),
        ]
    )


def _heading(name: str, label: str, text: str, wrong: dict[str, str]) -> Place:
    is_empty = not text.strip()
    state = EMPTY if is_empty else MEND if name in wrong else DONE
    problem = wrong.get(name, "") if state == MEND else ""
    return Place(name, label, True, state, text, problem)


def _question(spec: Spec, typed: dict[int, Any], files: dict[int, Attachment]) -> Place:
    value, file = typed.get(spec["id"]), files.get(spec["id"])
    if spec["kind"] == QuestionKind.FILE:
        text = file.name if file else ""
    else:
        kind = type_of(spec)
        text = kind.typed_text(kind.as_typed(value))
    _, problem = checked(spec, value, file)
    waits = file is not None and file.scan_state == ScanState.WAITING
    if not text.strip():
        state = EMPTY
    elif problem:
        state = MEND
    else:
        state = SAVED if waits else DONE
    return Place(
        name=field_name(spec),
        label=spec["label"],
        required=spec["required"],
        state=state,
        typed=text,
        problem=problem or "" if state == MEND else "",
    )
