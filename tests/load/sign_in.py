"""`make bench-signin`: whether the time of an answer tells which addresses have an account.

Asks each page of sign-in in turn for an address that has one and for one that has none, with the
password hasher of production, and prints both medians in milliseconds and what divides them. Exits
1 where one takes more than half as long again as the other: noise on a busy machine is far less
than the hiding of a password, which is what a clock could see.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

ROUNDS = 15
MOST = 1.5
PASSWORD = "correct horse battery staple"


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DATABASE_URL"] = f"sqlite:///{Path(folder) / 'sign-in.sqlite3'}"
        os.environ["DJANGO_SETTINGS_MODULE"] = "marketplace.settings.development"
        os.environ |= {"EMAIL_URL": "dummymail://", "LOG_LEVEL": "ERROR"}
        import django

        django.setup()
        from django.conf import settings
        from django.core.management import call_command

        settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
        call_command("migrate", verbosity=0)
        told = [_tells(name, ask) for name, ask in _pages().items()]
        return 1 if any(told) else 0


def _pages() -> dict[str, Callable[[Any, str], Any]]:
    """Name → what posts to that page as a client, for an address."""
    person = {"name": "Ada Lovelace", "password1": PASSWORD}
    return {
        "sign in": lambda c, a: c.post("/accounts/login/", {"login": a, "password": "wrong one"}),
        "register": lambda c, a: c.post("/accounts/signup/", {**person, "email": a}),
        "reset": lambda c, a: c.post("/accounts/password/reset/", {"email": a}),
        "code": lambda c, a: c.post("/accounts/login/code/", {"email": a}),
    }


def _tells(name: str, ask: Callable[[Any, str], Any]) -> bool:
    from allauth.account.models import EmailAddress
    from django.test import Client

    from marketplace.accounts.models import User

    took: dict[str, list[float]] = {"known": [], "unknown": []}
    number = count()
    for _ in range(ROUNDS):
        for kind, times in took.items():
            own = next(number)
            address = f"{name.replace(' ', '')}{own}@example.org"
            if kind == "known":
                user = User.objects.create_user(address, PASSWORD)
                EmailAddress.objects.create(user=user, email=address, verified=True, primary=True)
            client = Client(REMOTE_ADDR=f"192.0.2.{own % 250}")
            began = time.perf_counter()
            ask(client, address)
            times.append((time.perf_counter() - began) * 1000)
    known, unknown = (statistics.median(times) for times in took.values())
    ratio = max(known, unknown) / min(known, unknown)
    print(f"{name:10} known {known:7.1f} ms   unknown {unknown:7.1f} ms   ratio {ratio:.2f}")
    return ratio > MOST


if __name__ == "__main__":
    sys.exit(main())
