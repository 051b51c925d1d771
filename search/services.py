"""The verbs of search: look again at documents, catch up, rebuild, compare."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import structlog
from django.db import transaction
from kombu.exceptions import OperationalError

from marketplace.activity.sweeping import take_turns
from search import get_backend
from search.documents import Document, documents, kinds, public_ids
from search.models import OwedWrite
from search.suggestions import learn_words

BATCH = 1000

log = structlog.get_logger(__name__)


def reindex(kind: str, ids: Iterable[int]) -> None:
    """After commit, look again at these: index what is public now, forget what is not."""
    wanted = list(ids)
    transaction.on_commit(lambda: enqueue(kind, wanted), robust=True)


def enqueue(kind: str, ids: list[int]) -> None:
    """Hand documents to a worker now; if the broker is away, owe them to the next sweep."""
    from search.tasks import index_things

    if not ids:
        return
    try:
        index_things.delay(kind, ids)
    except OperationalError:
        log.warning("search work owed: no broker", kind=kind, ids=ids)
        OwedWrite.objects.owe(kind, ids)


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
    return sum(_send_kind(kind) for kind in kinds())


def _send_kind(kind: str) -> int:
    """All of a kind together; one by one where that fails, so that one of them costs no other."""
    owed = OwedWrite.objects.filter(kind=kind).order_by("pk")
    batch = list(owed[:BATCH])
    try:
        with transaction.atomic():
            _send(batch)
    except Exception:
        log.exception("owed documents not written together", kind=kind)
        return take_turns(f"owed:{kind}", owed, lambda one: _send([one]), most=BATCH)
    return len(batch)


@transaction.atomic
def _send(owed: list[OwedWrite]) -> bool:
    """Forgotten before the attempt: if the index is away, it is owed anew."""
    OwedWrite.objects.filter(pk__in=[one.pk for one in owed]).delete()
    for kind in {one.kind for one in owed}:
        index_now(kind, [one.object_id for one in owed if one.kind == kind])
    return True


def every_document() -> Iterator[Document]:
    for kind in kinds():
        yield from documents(kind)


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


def mend(difference: Difference) -> None:
    index_now(difference.kind, difference.missing | difference.stale | difference.unwanted)
