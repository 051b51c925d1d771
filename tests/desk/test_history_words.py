"""Every verb that any code records reads as a sentence behind a name."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from challenges.pitches.models import PartnerState
from cms.desk.history import WORDS, words_of
from cms.desk.labels import label_of
from cms.page_records import DONE

ROOT = Path(__file__).parents[2]
FLOORS = ("cms", "challenges", "marketplace", "search", "startups")
OF_PAGES = {*DONE.values(), "acted_on"}
ENDS = {
    "calls.page_": OF_PAGES,
    "site.page_": OF_PAGES,
    "pitches.partner_": {PartnerState.CONFIRMED, PartnerState.DECLINED, PartnerState.LEFT},
}
"""What may follow where a verb is put together from a state."""


def _strings(node: ast.AST) -> Iterator[str]:
    """The strings that an expression may come to; not those that it only compares with."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _strings(node.body)
        yield from _strings(node.orelse)
    elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
        start = str(node.values[0].value)
        yield from (f"{start}{end}" for end in ENDS[start])


def _is_call_of(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Call) and name in (
        getattr(node.func, "id", ""),
        getattr(node.func, "attr", ""),
    )


def _behind(name: str, call: ast.Call, tree: ast.Module) -> Iterator[str]:
    """What a variable holds: assigned in the module, or handed to the function around."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and any(getattr(t, "id", "") == name for t in node.targets):
            yield from _strings(node.value)
        if isinstance(node, ast.FunctionDef) and call in ast.walk(node):
            names = [each.arg for each in (*node.args.args, *node.args.kwonlyargs)]
            if name not in names:
                continue
            for other in (n for n in ast.walk(tree) if _is_call_of(n, node.name)):
                given = {keyword.arg: keyword.value for keyword in other.keywords}
                place = names.index(name)
                if place < len(other.args):
                    yield from _strings(other.args[place])
                elif name in given:
                    yield from _strings(given[name])


def _recorded() -> Iterator[tuple[str, int, list[str]]]:
    """(file, line, verbs) of every call of `record` in the source."""
    for floor in FLOORS:
        for path in sorted((ROOT / floor).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for node in ast.walk(tree):
                if not (_is_call_of(node, "record") and node.args):
                    continue
                first = node.args[0]
                if isinstance(first, ast.Name):
                    verbs = list(_behind(first.id, node, tree))
                else:
                    verbs = list(_strings(first))
                yield f"{path.relative_to(ROOT)}", node.lineno, verbs


def test_every_verb_that_is_recorded_has_words() -> None:
    places = list(_recorded())
    assert len(places) > 80, "the search itself is broken"
    unread = [(file, line) for file, line, verbs in places if not verbs]
    assert not unread, "say there what is recorded as a constant, so that this test can read it"
    wordless = {verb: file for file, _, verbs in places for verb in verbs if verb not in WORDS}
    assert wordless == {}


def test_words_read_on_from_a_name() -> None:
    for verb, words in WORDS.items():
        assert words[0].islower() and words[-1].isalpha(), verb
        assert "_" not in words and "." not in words, verb


def test_a_verb_of_an_older_release_is_not_lost() -> None:
    assert words_of("judging.meeting_paused") == "recorded “meeting paused”"


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("legal_route", "legal route"),
        ("wanted", "capabilities wanted"),
        ("Sift: questions_until", "Sift: enquiries until"),
        ("Sift: one: tie_break", "Sift: one: tie break"),
        ("Sift: criteria", "Sift: criteria"),
        ("questions-0-label", "question 1: question"),
        ("questions-11-max_words", "question 12: word limit"),
        ("criteria-1-minimum", "criterion 2: lowest mean score that can win"),
        ("no_such_field", "no such field"),
    ],
)
def test_fields_read_as_on_their_forms(name: str, label: str) -> None:
    assert label_of(name) == label
