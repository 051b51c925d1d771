"""`make attack`: hostile inputs, forms, roles and stored scripts, through the proxy.

Prints what was tried and what held; exits 1 where something did not. `--slice` tries a part of
each, for the tests of the real parts.
"""

import argparse
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

SEED = 14
FAULTS = (
    *("Internal Server Error", "Error handling request", "Exception in worker process"),
    *("was sent SIG", "exited with code", "WORKER TIMEOUT", "Socket error processing request"),
)
"""What Django and gunicorn say of a fault, and of a process that died of one."""

OF_THE_SITE = (
    *("upstream prematurely", "upstream sent", "connect() failed", "recv() failed"),
    *("[alert]", "[emerg]"),
)
"""What nginx says of the site behind it, and of itself where it is at fault."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--slice", action="store_true", help="a part of each, in a minute or two")
    parser.add_argument("--only", default="", help="inputs, forms, roles or browser")
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    with standing() as front:
        return Attack(front, options).run()


@contextmanager
def standing() -> Iterator[Any]:
    """The site with the demonstration, behind its proxy; Django of this process on its database."""
    for name in ("DATABASE_URL", "REDIS_URL"):
        if not os.environ.get(name):
            raise SystemExit(f"Set {name} to a real one, or use the make target.")
    from tests.front.proxy import front

    say("migrating …")
    with front(PROXY_REQUESTS="9000", PROXY_BURST="9000", PROXY_CONNECTIONS="500") as found:
        os.environ |= found.env
        import django

        django.setup()
        from django.db import connections
        from django.test import override_settings

        from cms.demonstration.loader import load

        say("loading the demonstration …")
        with override_settings(DEMONSTRATION=True):
            load(lambda line: None)
        try:
            yield found
        finally:
            connections.close_all()


class Attack:
    """What is tried, and what was found: (part, how many were tried, what did not hold)."""

    def __init__(self, front: Any, options: argparse.Namespace) -> None:
        from cms.demonstration.people import APPROVER, JUDGE, OFFICER, OWNER
        from marketplace.accounts.models import User
        from tests.attack.visitor import Visitor

        self.front, self.options = front, options
        self.rows: list[tuple[str, int, list[str], float]] = []
        who = {"owner": OWNER, "judge": JUDGE, "officer": OFFICER, "approver": APPROVER}
        self.people = {"visitor": Visitor(front)} | {
            name: Visitor(front, User.objects.get(email=person.email))
            for name, person in who.items()
        }

    def run(self) -> int:
        parts: dict[str, Callable[[], None]] = {
            "inputs": self.inputs,
            "roles": self.roles,
            "browser": self.browser,
            "forms": self.forms,
        }
        for name, part in parts.items():
            if self.options.only in ("", name):
                part()
        self.faults()
        self.show()
        return 1 if any(wrong for _, _, wrong, _ in self.rows) else 0

    def inputs(self) -> None:
        import random

        from tests.attack.cases import cases
        from tests.attack.scene import Scene

        scene = Scene(self.front, self.people)
        by_kind = defaultdict(list)
        for case in cases():
            by_kind[case.kind].append(case)
        for kind, found in by_kind.items():
            chosen = found
            if self.options.slice and kind != "sessions and forms":
                chosen = random.Random(self.options.seed).sample(found, min(9, len(found)))
            began, wrong = time.monotonic(), []
            for case in chosen:
                wrong += [f"{case.name}: {fault}" for fault in case.act(scene)]
            self.note(kind, len(chosen), wrong, began)

    def roles(self) -> None:
        from tests.attack.roles import walk

        began = time.monotonic()
        most = 40 if self.options.slice else None
        asked, wrong = walk(self.front, most=most, seed=self.options.seed)
        self.note("addresses × roles", asked, wrong, began)

    def forms(self) -> None:
        from tests.attack.forms import fuzz

        for who, visitor in self.people.items():
            began = time.monotonic()
            most = 6 if self.options.slice else None
            tried = fuzz(who, visitor, most=most, seed=self.options.seed)
            name = f"forms of the {who} ({tried.forms})"
            self.note(name, tried.sent, tried.wrong or [], began)

    def browser(self) -> None:
        from tests.attack.browser import look

        began = time.monotonic()
        opened, wrong = look(self.front, self.people, most=4 if self.options.slice else 15)
        self.note("stored scripts in Chromium", opened, wrong, began)

    def faults(self) -> None:
        """Whatever the site logged as a fault of its own, seen from outside or not.

        What it refuses (too many fields, another host) it logs too, with how it came to that.
        """
        lines = self.front.tracebacks().splitlines()
        wrong = [line[:3000] for line in lines if any(sign in line for sign in FAULTS)]
        self.note("faults in the site’s log", len(lines), wrong, time.monotonic())
        lines = [line for line in self.front.said().splitlines() if line[:1] == "2"]
        wrong = [line[:1000] for line in lines if any(sign in line for sign in OF_THE_SITE)]
        self.note("faults in the proxy’s log", len(lines), wrong, time.monotonic())

    def note(self, what: str, tried: int, wrong: list[str], began: float) -> None:
        self.rows.append((what, tried, wrong, time.monotonic() - began))
        say(f"{what}: {tried} tried, {len(wrong)} did not hold")
        for fault in wrong:
            say(f"  ! {fault[:600]}")

    def show(self) -> None:
        print(f"\n{'what':<36}{'tried':>7}{'held':>7}{'seconds':>9}")
        for what, tried, wrong, seconds in self.rows:
            held = max(0, tried - len(wrong))
            print(f"{what:<36}{tried:>7}{held:>7}{seconds:>9.0f}")
        for what, _, wrong, _ in self.rows:
            for fault in wrong:
                print(f"! {what}: {fault}")
        total = sum(tried for _, tried, _, _ in self.rows)
        held = not any(wrong for _, _, wrong, _ in self.rows)
        print(f"\n{total} tried; {'all held' if held else 'NOT all held'}")


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
