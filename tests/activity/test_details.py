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

PASSED_ON = {
    "challenges/calls/sign_offs.py": "_note",
    "challenges/judging/services/outbox.py": "_note",
}
"""File → its function that hands its own details on to `record`, whose calls are read instead."""

DETAILS = {
    "about": "id",
    "action": "Wagtail’s name of an act on a page",
    "after": "outcome, money and digest of a corrected decision",
    "amount": "money",
    "attachment": "id",
    "before": "phrases of a group of synonyms, an officer’s",
    "by_team": "yes or no",
    "by_the_clock": "yes or no",
    "call": "id",
    "capability": "code",
    "changed": "names of fields",
    "conflict": "id",
    "count": "number",
    "decision": "one of a list",
    "departures": "sentences of ours, with references and places",
    "digest": "digest",
    "discarded": "yes or no",
    "entries": "ids",
    "explanation": "an officer’s, why the decisions depart from the ranking",
    "extended": "yes or no",
    "finding": "a scanner’s name of a virus",
    "format": "csv or another",
    "giver": "id",
    "goes_out_at": "a moment",
    "handed_in": "number",
    "held": "number",
    "held_until": "a day",
    "interests": "number",
    "judges": "number",
    "kind": "one of a list",
    "level": "number",
    "list": "which of the desk’s lists, with a call’s reference",
    "matter": "one of a list",
    "member": "id",
    "most": "number",
    "note": "id",
    "number": "number",
    "oddities": "sentences of ours with references, and officers’ reasons",
    "offer": "id",
    "opinion": "one of a list",
    "organisation": "id",
    "outcome": "one of a list",
    "own_until": "date and time",
    "page": "id",
    "phrases": "of a group of synonyms, an officer’s",
    "proposed_by": "id",
    "public": "yes or no",
    "questions": "number",
    "rank": "number",
    "ranking": "digest and method",
    "reason": "an officer’s, of what they decided; see OFFICERS",
    "reasons": "findings of ours, and an approver’s reasons",
    "reviews": "number",
    "revision": "id",
    "role": "one of a list",
    "rulebook": "digest",
    "rulebooks": "digests",
    "scores": "numbers",
    "sign_off": "id",
    "source": "id",
    "stage": "id",
    "step": "key",
    "taken": "number",
    "to": "id",
    "told": "number",
    "total": "number",
    "version": "number",
    "was": "one of a list",
}
OFFICERS = {"calls", "judging", "awards"}
"""Floors whose officers give a reason for the record. An applicant’s is on the entry."""


def _calls() -> Iterator[tuple[str, ast.Call]]:
    for floor in FLOORS:
        for path in (ROOT / floor).rglob("*.py"):
            if "demonstration" in path.parts or "migrations" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                called = getattr(node, "func", None)
                name = getattr(called, "id", getattr(called, "attr", ""))
                where = str(path.relative_to(ROOT))
                if isinstance(node, ast.Call) and name in ("record", PASSED_ON.get(where)):
                    yield f"{where}:{node.lineno}", node


def _details(call: ast.Call) -> Iterator[str]:
    """Names of the details of a call, those in a spread dictionary too; "**" for what can’t be
    read here."""
    for keyword in call.keywords:
        if keyword.arg:
            yield keyword.arg
            continue
        written = [node for node in ast.walk(keyword.value) if isinstance(node, ast.Dict)]
        keys = [key for node in written for key in node.keys]
        yield from (getattr(key, "value", "**") for key in keys)
        if not written:
            yield "**"


def test_every_detail_is_known() -> None:
    unknown = [
        f"{where}: say in DETAILS what “{name}” is, if it may stay for ever"
        for where, call in _calls()
        for name in _details(call)
        if name not in DETAILS | dict.fromkeys(HOW)
        and not (name == "**" and where.partition(":")[0] in PASSED_ON)
    ]
    assert not unknown, "\n".join(unknown)


def test_only_officers_give_reasons() -> None:
    for where, call in _calls():
        if {"reason", "explanation"} & set(_details(call)):
            assert where.split("/")[1] in OFFICERS, where


def test_no_detail_is_dead() -> None:
    used = {name for _, call in _calls() for name in _details(call)}
    assert DETAILS.keys() - used == set()


@pytest.mark.parametrize("verb", ["pitches.withdrawn", "desk.messaged", "desk.noted"])
def test_peoples_words_are_not_recorded(verb: str) -> None:
    words = {"text", "body", "subject", "title", "comment", "reason", "name", "email"}
    for _, call in _calls():
        if isinstance(call.args[0], ast.Constant) and call.args[0].value == verb:
            assert not words & set(_details(call))
