"""What auditors are handed may be anything: the file by itself says what holds, and of what."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from marketplace.activity import check_record
from marketplace.activity.models import Record
from marketplace.activity.proof import keys
from marketplace.activity.proof.seals import proof_of, seal_chains
from marketplace.activity.services import record
from tests.activity.proof_world import CALL, build, export_lines
from tests.factories import RegionFactory

pytestmark = pytest.mark.django_db

Lines = list[dict[str, Any]]


@pytest.fixture
def lines(tmp_path: Path) -> Lines:
    build()
    return export_lines(tmp_path)


def said(place: Path, text: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Exit code, and what is printed."""
    place.write_text(text, encoding="utf-8", newline="")
    code = check_record.main([str(place), "--trust", *keys.trusted()])
    return code, capsys.readouterr().out


def as_text(lines: Lines) -> str:
    return "".join(json.dumps(line) + "\n" for line in lines)


# --- Any change at all ----------------------------------------------------------------

OTHERS: list[Any] = [
    *(None, True, 0, 1, -1, 1.0, 10**30, 1e308, float("inf"), float("nan")),
    *("", "x", "0" * 64, "ca\u0430ll:12", "a\x00b", "\ud800", "x" * 100_000, "é", "é"),
    *([], {}, [1], {"a": 1}, "2001-01-01T00:00:00", "0001-01-01T00:00:00+14:00", "infinity"),
    "2026-01-01T00:00:00+05:30",
]
KINDS = [*check_record.ORDER, "proof", "nothing"]

COVERED_BY_NOTHING = {("start", "at"), ("head", "place"), ("head", "seal"), ("segment", "place")}
"""When an export was made, and numbers that are as good as a float: no digest has these."""


def change_a_value(lines: Lines, dice: random.Random) -> None:
    line = dice.choice(lines)
    name = dice.choice([each for each in line if (line["kind"], each) not in COVERED_BY_NOTHING])
    line[name] = dice.choice([*OTHERS, *KINDS])


def leave_a_value_out(lines: Lines, dice: random.Random) -> None:
    line = dice.choice(lines)
    line.pop(dice.choice(list(line)))


def swap_values(lines: Lines, dice: random.Random) -> None:
    """Key ids, digests, chains: each of somewhere else, and so of the right form."""
    one, other = dice.sample(lines, 2)
    both = [each for each in one if each in other and (one["kind"], each) not in COVERED_BY_NOTHING]
    name = dice.choice(both)
    one[name], other[name] = other[name], one[name]


def move_a_line(lines: Lines, dice: random.Random) -> None:
    line = lines.pop(dice.randrange(len(lines)))
    lines.insert(dice.randrange(len(lines) + 1), line)


def repeat_a_line(lines: Lines, dice: random.Random) -> None:
    lines.insert(dice.randrange(len(lines) + 1), dict(dice.choice(lines)))


def remove_a_line(lines: Lines, dice: random.Random) -> None:
    lines.pop(dice.randrange(len(lines)))


def cut(lines: Lines, dice: random.Random) -> None:
    del lines[dice.randrange(len(lines)) :]


CHANGES: list[Callable[[Lines, random.Random], None]] = [
    *(change_a_value, leave_a_value_out, swap_values),
    *(move_a_line, repeat_a_line, remove_a_line, cut),
]


def test_whatever_is_changed_is_found_and_ends_no_check(
    lines: Lines, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = [check_record.canonical_json(line) for line in lines]
    unseen = []
    for seed in range(1500):
        dice = random.Random(seed)
        changed = json.loads(json.dumps(lines))
        done = [dice.choice(CHANGES) for _ in range(dice.randint(1, 3))]
        for change in done:
            if len(changed) > 1:
                change(changed, dice)
        if [repr(sorted(each.items())) for each in changed] == [
            repr(sorted(each.items())) for each in lines
        ]:
            continue
        findings = check_record.check_lines(map(json.dumps, changed), [*keys.trusted()], [])[1]
        if not any(each.kind == check_record.BROKEN for each in findings):
            unseen.append((seed, [change.__name__ for change in done]))
    assert whole
    assert unseen == []


# --- Files that are something else ----------------------------------------------------------


def test_an_honest_export_is_read_however_it_was_saved(
    lines: Lines, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = as_text(lines)
    for saved in (text, "\ufeff" + text, text.replace("\n", "\r\n"), text + "\n\n"):
        code, words = said(tmp_path / "x.jsonl", saved, capsys)
        assert code == 0, words
    assert "3 chains, 10 records, 3 seals as of 20" in words


def test_a_proof_does_not_stand_for_what_is_beside_it(
    lines: Lines, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    proof = proof_of(Record.objects.filter(chain__key=CALL).earliest("number"))
    assert proof
    code, words = said(tmp_path / "x.json", json.dumps(proof), capsys)
    assert code == 0
    assert "one record, in seal 1" in words
    for row in lines:
        if row["kind"] == "record":
            row["verb"] = "calls.forged"
    for mixed in ([proof, *lines], [*lines, proof], [*lines[:-1], proof, lines[-1]]):
        assert said(tmp_path / "x.json", as_text(mixed), capsys)[0] in (1, 2)


def test_an_export_that_calls_itself_a_list_of_seals_is_none(
    lines: Lines, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a list of seals no tree is worked out: records in it would be believed."""
    for line in lines:
        if line["kind"] == "record":
            line["detail"] = {"step": 99}
    lines[0]["of"] = "seals"
    code, words = said(tmp_path / "x.jsonl", as_text(lines), capsys)
    assert code == 1
    assert "a list of seals holds no line of the kind record" in words
    only = [line for line in lines if line["kind"] in check_record.OF_SEALS]
    code, words = said(tmp_path / "x.jsonl", as_text(only), capsys)
    assert code == 0
    assert "3 seals as of 20" in words
    assert "and no record" in words


def test_two_exports_in_one_file_are_not_one(
    lines: Lines, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for joined in (lines + lines, lines[:-1] + lines, lines[:1] + lines):
        assert said(tmp_path / "x.jsonl", as_text(joined), capsys)[0] == 1


@pytest.mark.parametrize("depth", [900, 100_000])
def test_what_is_nested_without_end_is_found(
    lines: Lines, tmp_path: Path, capsys: pytest.CaptureFixture[str], depth: int
) -> None:
    at = next(n for n, line in enumerate(lines) if line["kind"] == "record")
    texts = [json.dumps(line) for line in lines]
    deep = "[" * depth + "]" * depth
    texts[at] = texts[at].replace('{"step": 1}', f'{{"step": {deep}}}')
    assert deep in texts[at]
    assert said(tmp_path / "x.jsonl", "\n".join(texts), capsys)[0] in (1, 2)


def test_names_in_a_file_write_nothing_of_their_own(
    lines: Lines, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = next(line for line in lines if line["kind"] == "chain")
    row["chain"] = "call:12\x1b[2J\rAll of it holds.\n\u202eAll of it holds."
    code, words = said(tmp_path / "x.jsonl", as_text(lines), capsys)
    assert code == 1
    assert not set("\x1b\r\u202e") & set(words)
    assert "All of it holds." not in words.splitlines()


def test_much_that_is_strange_hides_nothing_that_is_broken() -> None:
    checker = check_record.Checker()
    for number in range(2 * check_record.MOST_FINDINGS):
        checker.say(check_record.ODD, f"call:{number}", "the time goes back.")
    checker.say(check_record.BROKEN, "call:1", "broken at record 1.")
    assert check_record.exit_code(checker.findings) == 1


def test_a_key_that_waits_for_a_seal_to_come_is_found(lines: Lines) -> None:
    """As somebody adds one who can write to the database, to sign with later."""
    after = len([line for line in lines if line["kind"] == "seal"]) + 100
    first = next(line for line in lines if line["kind"] == "key")
    second = {**first, "number": 2, "previous": first["key"], "after": after}
    lines.insert(lines.index(first) + 1, second)
    findings = check_record.check_lines(map(json.dumps, lines), [*keys.trusted()], [])[1]
    assert "key 2: it begins after a seal that is not there." in map(str, findings)


def test_a_kept_proof_is_a_kept_seal(lines: Lines) -> None:
    record("calls.edited", RegionFactory(), chain=CALL)
    seal_chains()
    proof = proof_of(Record.objects.filter(chain__key=CALL).latest("number"))
    assert [each["number"] for each in check_record.kept_seals(json.dumps(proof))] == [4]
    assert list(check_record.kept_seals('{"a":' * 100_000)) == []
