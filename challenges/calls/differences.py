"""What differs between two versions of a stage's rules, in words. Pure; no Django models."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from marketplace.times import moment

DATES = {
    "opens_at": "Opens",
    "questions_until": "Questions may be asked until",
    "closes_at": "Closes",
    "scores_due_at": "Panel scores until",
}
PLAIN = {
    "stage": "Name of the stage",
    "places": "Places",
    "minimum_total": "Lowest total that can win",
    "tie_break": "Between level pitches",
    "decides_by": "Ranking that decides",
    "conflict_rules": "Conflicts of interest",
}
OF_QUESTION = {
    "label": "wording",
    "guidance": "guidance",
    "required": "must be answered",
    "max_words": "word limit",
    "choices": "choices",
    "identifies": "hidden from judges when blind",
    "audience": "who reads the answer",
    "acceptable": "answers that let somebody apply",
    "unit": "unit",
    "section": "where it is asked",
    "weight": "how much it counts",
    "refusal": "what somebody who can’t apply is told",
    "condition": "when it is asked",
    "wanted": "capabilities wanted",
    "is_ask": "this is what the applicant asks for",
    "most": "most that may be asked for, in pounds",
}
OF_CRITERION = {
    "name": "name",
    "guidance": "guidance",
    "weight": "weight",
    "scale": "highest score",
    "anchors": "what scores mean",
    "minimum": "lowest mean score that can win",
}
NONE = "none"


@dataclass(frozen=True)
class Difference:
    """One thing that changed; `before` or `after` is empty where it was added or removed."""

    what: str
    before: str
    after: str

    def as_row(self) -> list[str]:
        return [self.what, self.before, self.after]


def rulebook_differences(old: dict[str, Any], new: dict[str, Any]) -> list[Difference]:
    """What a reader of `old` has to learn, in the order in which the rules are read."""
    return [
        *_of_stage(old, new),
        *_of_parts("Question", "label", OF_QUESTION, old, new, "questions"),
        *_of_parts("Criterion", "name", OF_CRITERION, old, new, "criteria"),
        *_clarifications(old, new),
    ]


def _of_stage(old: dict[str, Any], new: dict[str, Any]) -> Iterator[Difference]:
    for key, what in DATES.items():
        if old.get(key) != new.get(key):
            before, after = (_moment(each.get(key)) for each in (old, new))
            yield Difference(what, before, after)
    if old["decision_on"] != new["decision_on"]:
        before, after = (_day(each["decision_on"]) for each in (old, new))
        yield Difference("Decision expected", before, after)
    for key, what in PLAIN.items():
        if old.get(key) != new.get(key):
            yield Difference(what, _text(old.get(key)), _text(new.get(key)))
    if old["blind"] != new["blind"]:
        yield Difference("Judged without names", _text(old["blind"]), _text(new["blind"]))


def _of_parts(
    kind: str,
    name: str,
    fields: dict[str, str],
    old: dict[str, Any],
    new: dict[str, Any],
    place: str,
) -> Iterator[Difference]:
    before = {part["id"]: part for part in old[place]}
    after = {part["id"]: part for part in new[place]}
    names = {pk: part[name] for pk, part in (before | after).items()}
    for pk, part in before.items():
        if pk not in after:
            yield Difference(f"{kind} taken out", part[name], "")
            continue
        for key, what in fields.items():
            was, now = part.get(key), after[pk].get(key)
            if was != now:
                texts = (_part_text(key, value, names) for value in (was, now))
                yield Difference(f"{kind} “{part[name]}”: {what}", *texts)
    for pk, part in after.items():
        if pk not in before:
            yield Difference(f"{kind} added", "", part[name])


def _clarifications(old: dict[str, Any], new: dict[str, Any]) -> Iterator[Difference]:
    known = old.get("clarifications", [])
    for text in new.get("clarifications", [])[len(known) :]:
        yield Difference("Clarification", "", text)


def _moment(text: str | None) -> str:
    """An older rulebook does not speak of every date."""
    return moment(datetime.fromisoformat(text)) if text else NONE


def _day(text: str) -> str:
    day = date.fromisoformat(text)
    return f"{day.day} {day:%B %Y}"


def _part_text(key: str, value: Any, names: dict[int, str]) -> str:
    """What a question or criterion says under `key`; names: the other parts', by id."""
    if key == "condition" and value:
        answers = "” or “".join(value["answers"])
        return f"after “{names.get(value['question'], '')}” is answered “{answers}”"
    if key == "wanted" and value:
        return "; ".join(
            f"{each['name']}, level {each['level']}{', essential' if each['essential'] else ''}"
            for each in value
        )
    return _text(value)


def _text(value: Any) -> str:
    if value in (None, "", []):
        return NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "; ".join(
            ": ".join(map(str, each)) if isinstance(each, list) else str(each) for each in value
        )
    return str(value)
