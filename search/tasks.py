"""Index work; each task may run twice, late, or in any order."""

from celery import shared_task

from search import alerts, measuring, services, suggestions
from search.corpus import make_vectors


@shared_task
def index_things(kind: str, ids: list[int]) -> None:
    """Look at these rows as they are now: what is public is indexed, the rest is forgotten."""
    services.index_owed(kind, ids)


@shared_task
def send_owed() -> int:
    """The sweep: what a server that was away has missed."""
    return services.send_owed()


@shared_task
def mend_index() -> int:
    """Nightly: what no sign told us of, such as a process killed between a commit and its owing."""
    return services.mend_all()


@shared_task
def alert_of_open_calls() -> int:
    """Tell those whom a call that opened suits, and whose saved search finds it."""
    return alerts.alert_of_open_calls()


@shared_task
def learn_sentences(limit: int = 500) -> int:
    """Vectors for documents that are new or have changed, where a sentence model is named."""
    return make_vectors(limit)


@shared_task
def learn_words() -> int:
    """The words that spelling is put right with, from what is public tonight."""
    return suggestions.learn_words()


@shared_task
def measure_matches(pk: int) -> None:
    """Work out one evaluation that an officer asked for."""
    measuring.measure(pk)
