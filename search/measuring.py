"""How good matches are, by what this installation's own people said of them."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from challenges.calls.models import Call
from marketplace.accounts.models import User
from marketplace.errors import Refused
from marketplace.outages.owed import hand_over
from search.evaluation import JudgedSet, Run, measured, own_set, rank
from search.matching import match_organisations
from search.models import Evaluation, Opinion, Side
from search.ranking.measures import interval
from search.scoring import WEIGHTS_VERSION

LONGEST = timedelta(minutes=30)
"""After this a worker that has not answered is taken for lost, and one may ask again."""

DEPTH = 50
"""How far down the whole matching is looked at; as deep as the deepest measure."""

WORDS, TEXT, WHOLE = "words", "text", "whole"
"""BM25 alone; with meaning; with capabilities, sectors, record, place and freshness."""


def is_running(side: str) -> bool:
    since = timezone.now() - LONGEST
    return Evaluation.objects.filter(side=side, ended_at=None, asked_at__gt=since).exists()


def ask_to_measure(*, side: str, actor: User) -> Evaluation:
    """Have a worker measure one side.

    Raises:
        Refused: one is under way, or nobody has judged a match.
    """
    from search.tasks import measure_matches

    if side not in Side.values:
        raise Refused("Choose which matches to measure.")
    if is_running(side):
        raise Refused("These matches are being measured already.")
    if not Opinion.objects.filter(side=side).exists():
        raise Refused("Nobody has called a match good or not relevant yet.")
    with transaction.atomic():
        asked = Evaluation.objects.create(side=side, by=actor, weights_version=WEIGHTS_VERSION)
        hand_over(measure_matches, asked.pk)
    return asked


def measure(pk: int) -> None:
    """Fill in one evaluation; running twice does no harm."""
    asked = Evaluation.objects.filter(pk=pk, ended_at=None).first()
    if asked is None:
        return
    try:
        judged = own_set(asked.side)
    except ValueError as error:
        _end(asked, why=str(error))
        return
    found = rank(judged)
    runs = {WORDS: found["words"], TEXT: found["default"]}
    if asked.side == Side.CALL:
        runs[WHOLE] = _whole(judged)
    asked.values = {
        ranking: {name: interval(values) for name, values in measured(run, judged).items()}
        for ranking, run in runs.items()
    }
    asked.queries, asked.documents = len(judged.queries), len(judged.corpus)
    asked.judgements = sum(map(len, judged.grades.values()))
    _end(asked)


def _whole(judged: JudgedSet) -> Run:
    """As officers see matches, but for what they said of them, which would measure itself."""
    calls = Call.objects.filter(pk__in=map(int, judged.queries)).select_related("page")
    return {
        str(call.pk): {
            str(match.thing.pk): match.score
            for match in match_organisations(call, DEPTH, opinions={})
        }
        for call in calls
    }


def _end(asked: Evaluation, *, why: str = "") -> None:
    asked.ended_at, asked.why = timezone.now(), why
    asked.save()
