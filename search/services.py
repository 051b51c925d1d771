"""The verbs of search: look again at documents, catch up, rebuild, compare."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from kombu.exceptions import OperationalError

from marketplace.activity.sweeping import take_turns
from search import get_backend
from search.documents import Document, documents, every_document, kinds, public_ids
from search.models import OwedWrite
from search.suggestions import learn_words

BATCH = 1000

log = structlog.get_logger(__name__)


def reindex(kind: str, ids: Iterable[int]) -> None:
    """After commit, look again at these: index what is public now, forget what is not."""
    wanted = list(ids)
    transaction.on_commit(lambda: enqueue(kind, wanted), robust=True)


def enqueue(kind: str, ids: list[int]) -> None:
    """Hand documents to a worker now. They are owed until one has looked at them, so that no
    message that a queue did not take, or lost, leaves the index behind."""
    from search.tasks import index_things

    if not ids:
        return
    OwedWrite.objects.owe(kind, ids)
    try:
        index_things.delay(kind, ids)
    except OperationalError:
        log.warning("search work owed: no broker", kind=kind, number=len(ids))


def index_owed(kind: str, ids: Iterable[int]) -> None:
    """As `index_now`; they are no longer owed, unless that fails or they change meanwhile."""
    wanted = list(ids)
    owed = list(OwedWrite.objects.filter(kind=kind, object_id__in=wanted))
    index_now(kind, wanted)
    OwedWrite.objects.settle(owed)


def index_now(kind: str, ids: Iterable[int]) -> None:
    """Bring the index in step with the database for these rows, whichever way they went."""
    wanted = set(ids)
    found = list(documents(kind, wanted))
    backend = get_backend()
    backend.index(found)
    # Asked after the write: what stopped being public since it was read goes all the same.
    public = public_ids(kind, [document.id for document in found])
    backend.delete(kind, wanted - public)


def send_owed() -> int:
    """Try again what could not be written; how many documents were looked at."""
    get_backend().restore()
    return sum(_send_kind(kind) for kind in kinds())


def _send_kind(kind: str) -> int:
    """All of a kind together; one by one where that fails, so that one of them costs no other."""
    owed = OwedWrite.objects.filter(kind=kind).order_by("pk")
    batch = list(owed[:BATCH])
    try:
        _send(batch)
    except SoftTimeLimitExceeded:
        raise
    except Exception:
        log.exception("owed documents not written together", kind=kind)
        return take_turns(f"owed:{kind}", owed, lambda one: _send([one]), most=BATCH)
    return len(batch)


def _send(owed: list[OwedWrite]) -> bool:
    """If the index is away they are owed anew, so they stay. Nobody who owes one waits for this."""
    for kind in {one.kind for one in owed}:
        index_now(kind, [one.object_id for one in owed if one.kind == kind])
    OwedWrite.objects.settle(owed)
    return True


def rebuild(source: Callable[[], Iterable[Document]] = every_document) -> int:
    """Make the index anew while the old one answers, then mend what changed meanwhile."""
    number = get_backend().rebuild(source)
    for difference in differences():
        mend(difference)
    learn_words()
    return number


@dataclass(frozen=True)
class Difference:
    """Where the index and the database disagree about one kind, as ids."""

    kind: str
    missing: set[int] = field(default_factory=set)
    stale: set[int] = field(default_factory=set)
    unwanted: set[int] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.missing or self.stale or self.unwanted)


def differences() -> list[Difference]:
    """What of the index is not as the database has it now; empty when all is well."""
    backend = get_backend()
    found = []
    for kind in kinds():
        held = backend.stamps(kind)
        wanted = {document.id: document.digest for document in documents(kind)}
        found.append(
            Difference(
                kind,
                missing=wanted.keys() - held.keys(),
                stale={pk for pk in wanted.keys() & held.keys() if held[pk].digest != wanted[pk]},
                unwanted=held.keys() - wanted.keys(),
            )
        )
    return [each for each in found if each]


def mend_all() -> int:
    """Put right whatever the index and the database disagree about; how many documents."""
    found = differences()
    for difference in found:
        mend(difference)
    return sum(len(d.missing | d.stale | d.unwanted) for d in found)


def mend(difference: Difference) -> None:
    index_now(difference.kind, difference.missing | difference.stale | difference.unwanted)
