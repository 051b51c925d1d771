"""Every form that people meet, sent back with something else in its fields."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tests.attack.fields import ways
from tests.attack.hostile import TEXTS
from tests.attack.scene import broken
from tests.attack.visitor import Visitor
from tests.marketplace.walking import FoundForm, forms_of, pages

ASKING = 4
"""Requests at a time."""

LEAVES = ("logout", "sign-out", "/accounts/you/delete")
"""Forms that end the session: they are tried, and the session begun anew."""


@dataclass
class Tried:
    """How many forms were met and sent, and what did not hold."""

    forms: int = 0
    sent: int = 0
    wrong: list[str] | None = None


def found_forms(visitor: Visitor, most: int | None) -> list[FoundForm]:
    """One of each kind of form that this person meets on the way, at most so many."""
    found: dict[object, FoundForm] = {}
    for address, soup in pages(visitor):  # type: ignore[arg-type]  # it reads as a client does
        for form in forms_of(address, soup):
            found.setdefault((form.kind, tuple(sorted(form.sent))), form)
        if most and len(found) >= most:
            break
    return list(found.values())


def mutated(form: FoundForm, chance: random.Random) -> Iterator[dict[str, list[str]]]:
    """As it is with each button; every field hostile; one field each, in turn; twice; too many."""
    names = [*form.sent, *form.boxes]
    texts = list(TEXTS.values())
    short = [text for text in texts if len(text) < 5_000]
    for button in form.buttons[:3]:
        yield {**form.sent, **button, **{name: [chance.choice(short)] for name in names}}
    for number in ("9" * 40, "-1", "\x00", "\ud800", "1e309", ""):
        yield {**form.sent, **form.buttons[0], **{name: [number] for name in names}}
    for name in chance.sample(names, min(4, len(names))):
        yield {**form.sent, **form.buttons[0], name: [chance.choice(texts)]}
        yield {**form.sent, **form.buttons[0], name: [*form.sent.get(name, []), "9" * 40, "x"]}
    yield {**form.sent, **form.buttons[0], "pk": ["9" * 40], "entries": ["9" * 40, "x"]}
    yield from ways(form, chance, each=1)


def fuzz(who: str, visitor: Visitor, *, most: int | None, seed: int) -> Tried:
    """Send every form that this person meets in each of its ways."""
    chance, tried = random.Random(seed), Tried(wrong=[])
    forms = found_forms(visitor, most)
    tried.forms = len(forms)
    last = [form for form in forms if any(word in form.to for word in LEAVES)]
    for form in [*(each for each in forms if each not in last), *last]:
        ways = list(mutated(form, chance))
        if most:
            ways = chance.sample(ways, min(3, len(ways)))
        with ThreadPoolExecutor(ASKING) as pool:
            answers = list(pool.map(lambda way, f=form: visitor.post(f.to, way, page=f.page), ways))
        tried.sent += len(ways)
        faults = broken({str(number): answer for number, answer in enumerate(answers)})
        assert tried.wrong is not None
        for fault in faults:
            way = ways[int(fault.partition(":")[0])]
            fields = {name: [value[:40] for value in values] for name, values in way.items()}
            tried.wrong.append(f"{who}: {form} {fault} {fields}"[:600])
        if any(word in form.to for word in LEAVES):
            visitor.enter()
    return tried
