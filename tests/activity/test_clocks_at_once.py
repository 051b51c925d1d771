"""Two clocks run, or a task is handed out twice: nothing is done twice and nobody hears twice."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as django_settings
from django.core import mail
from django.db import connection, transaction
from django.utils.module_loading import import_string

from challenges.pitches import scanning
from marketplace.activity.models import Notification, Setback
from tests.activity.test_sweeping import TABLE, WHOLE, Scanner, waiting
from tests.judging.test_concurrency import at_once

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one write at a time"),
]

CLOCKS = 3
DUE = [(name, rows) for name, acts in TABLE.items() for _, rows in acts]
OF_WORK = {"outages", "limits", "sessions"}
"""Apps whose rows speak of what ran, not of what came of it."""
LOOKED_AT = {
    "make-waiting-judges-copies",
    "remind-of-held-letters",
    "tell-missed-news",
    "work-out-rankings",
}
"""Tasks that say how many rows they looked at; the others, how many they did something for."""
COPIES = {"search.IndexEntry", "search.IndexFacet"}
"""Written once the transaction holds, which the one that runs alone doesn't here."""


class Finding(Scanner):
    """Calls every file infected, so that their teams are told."""

    def instream(self, stored: Any) -> dict[str, tuple[str, str]]:
        return {"stream": ("FOUND", "Eicar-Test-Signature")}


def task(name: str) -> Callable[[], Any]:
    entry = django_settings.CELERY_BEAT_SCHEDULE[name]
    return lambda: import_string(entry["task"])(*entry.get("args", ()))


def rows_of_all() -> dict[str, int]:
    """Model → how many rows it has."""
    return {
        model._meta.label: model._default_manager.count()
        for model in apps.get_models()
        if model._meta.app_label not in OF_WORK and model._meta.label not in COPIES
    }


def sent() -> Counter[tuple[str, str]]:
    """Address and subject of each mail → how often it went out."""
    return Counter((to, each.subject) for each in mail.outbox for to in each.to)


def left() -> Counter[tuple[str, str]]:
    """The same of all that was left to be sent."""
    rows = Notification.objects.select_related("recipient")
    return Counter((each.address or each.recipient.email, each.subject) for each in rows)


@pytest.mark.parametrize(("name", "rows"), DUE)
def test_three_clocks_do_what_one_does(
    monkeypatch: pytest.MonkeyPatch, settings: Any, name: str, rows: Callable[[], Any]
) -> None:
    monkeypatch.setattr(scanning, "_scanner", Finding)
    rows()
    settings.RELEASE_UNDO_MINUTES = 10
    with transaction.atomic():
        done = task(name)()
        alone = rows_of_all()
        transaction.set_rollback(True)
    mail.outbox.clear()
    results = at_once(*[task(name)] * CLOCKS)
    assert not [each for each in results if isinstance(each, Exception)]
    assert name in LOOKED_AT or sum(results) == done
    assert not Setback.objects.values_list("sweep", "error")
    assert rows_of_all() == alone
    assert not sent() - left()


def test_tasks_with_turns_of_their_own_bear_each_other() -> None:
    for number in range(5):
        waiting(f"a{number}@example.org")
    mail.outbox.clear()
    for name in WHOLE:
        results = at_once(*[task(name)] * CLOCKS)
        assert not [each for each in results if isinstance(each, Exception)], name
    assert sent() == left()
