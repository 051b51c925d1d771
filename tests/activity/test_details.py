"""What may stand in a record for ever: ids, counts, codes, and officers’ reasons; no other words.

A record can’t be erased. Whoever adds a detail says here what it is.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("marketplace", "startups", "challenges", "search", "cms")
HOW = {"actor", "chain"}
"""Arguments of `record` that are no details."""

DETAILS = {
    "about": "id",
    "amount": "money",
    "attachment": "id",
    "before": "phrases of a group of synonyms, an officer’s",
    "call": "id",
    "capability": "code",
    "changed": "names of fields",
    "conflict": "id",
    "count": "number",
    "decision": "one of a list",
    "digest": "digest",
    "discarded": "yes or no",
    "entries": "ids",
    "extended": "yes or no",
    "finding": "a scanner’s name of a virus",
    "format": "csv or another",
    "handed_in": "number",
    "interests": "number",
    "judges": "number",
    "kind": "one of a list",
    "level": "number",
    "matter": "one of a list",
    "member": "id",
    "most": "number",
    "note": "id",
    "number": "number",
    "opinion": "one of a list",
    "organisation": "id",
    "outcome": "one of a list",
    "page": "id",
    "phrases": "of a group of synonyms, an officer’s",
    "public": "yes or no",
    "ranking": "digest and method",
    "reason": "an officer’s, of what they decided; see OFFICERS",
    "reviews": "number",
    "role": "one of a list",
    "rulebook": "digest",
    "rulebooks": "digests",
    "scores": "numbers",
    "stage": "id",
    "step": "key",
    "taken": "number",
    "to": "id",
    "told": "number",
    "total": "number",
    "version": "number",
}
OFFICERS = {"calls", "judging"}
"""Floors whose officers give a reason for the record. An applicant’s is on the entry."""


def _calls() -> Iterator[tuple[str, ast.Call]]:
    for floor in FLOORS:
        for path in (ROOT / floor).rglob("*.py"):
            if "demonstration" in path.parts or "migrations" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                name = getattr(getattr(node, "func", None), "id", "")
                if isinstance(node, ast.Call) and name == "record":
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def test_every_detail_is_known() -> None:
    unknown = [
        f"{where}: say in DETAILS what “{keyword.arg}” is, if it may stay for ever"
        for where, call in _calls()
        for keyword in call.keywords
        if keyword.arg and keyword.arg not in DETAILS | dict.fromkeys(HOW)
    ]
    assert not unknown, "\n".join(unknown)


def test_only_officers_give_reasons() -> None:
    for where, call in _calls():
        if any(keyword.arg == "reason" for keyword in call.keywords):
            assert where.split("/")[1] in OFFICERS, where


def test_no_detail_is_dead() -> None:
    used = {keyword.arg for _, call in _calls() for keyword in call.keywords}
    assert DETAILS.keys() - used == set()


@pytest.mark.parametrize("verb", ["pitches.withdrawn", "desk.messaged", "desk.noted"])
def test_peoples_words_are_not_recorded(verb: str) -> None:
    words = {"text", "body", "subject", "title", "comment", "reason", "name", "email"}
    for _, call in _calls():
        if isinstance(call.args[0], ast.Constant) and call.args[0].value == verb:
            assert not words & {keyword.arg for keyword in call.keywords}
