"""A call has opened: whom it suits, and whose saved search finds it, hears of it, once."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby

from django.db import transaction
from django.db.models import BigIntegerField, F, Q
from django.db.models.functions import Cast
from django.http import QueryDict
from django.utils import timezone

from challenges.calls.models import Call
from challenges.pitches.parts import organisations_pitching
from marketplace.activity.following import announce_each
from marketplace.activity.models import Follow, Record
from marketplace.activity.services import record
from marketplace.activity.sweeping import take_turns
from search.backends.embedded import is_found
from search.corpus import corpus
from search.documents import not_restricted
from search.forms import read_query
from search.matching import MINE, call_text, matter_of, profile_text
from search.models import SavedSearch
from search.pairs import Pair
from search.port import MatchRequest
from search.ranking import fuse
from search.reasons import word_reasons
from search.records import briefs, profiles
from search.shared import shared_words
from startups.models import Organisation

ALERTED = "search.alerted"
WORTH_A_MESSAGE = 0.45
"""The score from which a team is told: well above what is merely worth showing."""

LOOK_BACK = timedelta(days=3)
BATCH = 500
MOST_BY_TEXT = 5_000
"""Profiles looked at for their words alone, the most alike first."""


def alert_of_open_calls(now: datetime | None = None) -> int:
    """Tell of every call that opened lately and was not told of; how many people heard.

    Safe to run at any time and twice at once: the news of a call has one key for each person.
    """
    now = now or timezone.now()
    of_call = Cast("thing_id", BigIntegerField())
    done = Record.objects.filter(verb=ALERTED).values(of_call=of_call)
    opened = (
        Call.objects.open(now)
        .filter(not_restricted("page"), opens_at__gt=now - LOOK_BACK)
        .exclude(pk__in=done)
        .select_related("page", "region")
    )
    return take_turns("alerts", list(opened), alert_of)


def alert_of(call: Call) -> int:
    """Tell the teams that a call suits, and whoever saved a search that finds it."""
    path, key = f"/calls/{call.reference}/", f"suits:{call.pk}"
    told = announce_each(_suited(call), key=key, path=path)
    told += announce_each(_searching(call), key=key, path=path)
    _record_once(call, told)
    return told


@transaction.atomic
def _record_once(call: Call, told: int) -> None:
    """Of two clocks that told at once, the first to be done says so."""
    Call.objects.select_for_update(no_key=True).get(pk=call.pk)
    if not Record.objects.filter(verb=ALERTED, thing_id=str(call.pk)).exists():
        record(ALERTED, call, chain=call.chain, told=told)


def _suited(call: Call) -> Iterator[tuple[Follow, str, str]]:
    """Team members who follow their own organisation, one follow each, and why the call suits."""
    asked = call_text(call)
    request = MatchRequest("organisation", asked, None, MOST_BY_TEXT)
    known = corpus()
    relevant = fuse(known.by_words(request), known.by_meaning(request), known.by_sentences(request))
    seen: set[int] = set()
    brief = briefs([call.pk])[call.pk]
    ids = sorted(_candidates(call, set(relevant)))
    for start in range(0, len(ids), BATCH):
        pairs = {pk: Pair(brief, each) for pk, each in profiles(ids[start : start + BATCH]).items()}
        suiting = [
            pk for pk, pair in pairs.items() if pair.score(relevant.get(pk)) >= WORTH_A_MESSAGE
        ]
        for follow, organisation in _own_follows(suiting):
            if follow.person_id in seen:
                continue
            seen.add(follow.person_id)
            mine = profile_text(organisation)
            shared = shared_words(mine, matter_of(call), known.frequency)
            reasons = pairs[organisation.pk].reasons(word_reasons(*MINE, shared))
            if reasons:
                yield follow, f"Open now, and it may suit {organisation}: {call.title}", reasons[0]


def _candidates(call: Call, by_text: set[int]) -> set[int]:
    """Ids of whoever claims something wanted, works in its sector, or speaks of its matter.

    To those who have begun a pitch for it the call is not news.
    """
    wanted = Q(claims__capability__in=[each.capability_id for each in call.wanted.all()])
    sectors = Q(sectors__in=[sector.pk for sector in call.sectors.all()])
    hidden = Q(opinions__call=call, opinions__side="organisation", opinions__is_good=False)
    ids = Organisation.objects.filter(wanted | sectors).values_list("pk", flat=True)
    kept = {*ids.distinct().iterator(chunk_size=5000), *by_text}
    kept -= set(Organisation.objects.filter(hidden).values_list("pk", flat=True))
    return kept - set(organisations_pitching(call.pk).values_list("pk", flat=True))


def _own_follows(ids: list[int]) -> Iterator[tuple[Follow, Organisation]]:
    """Follows of organisations by their own teams; of each person, the soonest pace."""
    follows = (
        Follow.objects.filter(
            thing_type=Organisation._meta.label_lower, thing_id__in=[str(pk) for pk in ids]
        )
        .annotate(organisation=Cast("thing_id", BigIntegerField()))
        .filter(person__memberships__organisation=F("organisation"))
        .soonest_first()
    )
    firsts = [next(own) for _, own in groupby(follows, key=lambda one: one.person_id)]
    found = Organisation.objects.prefetch_related("claims")
    organisations = found.in_bulk({one.organisation for one in firsts})
    yield from ((one, organisations[one.organisation]) for one in firsts)


def _searching(call: Call) -> Iterator[tuple[Follow, str, str]]:
    """People who follow a saved search that finds the call, and have no pitch for it yet."""
    pitching = organisations_pitching(call.pk)
    queries = SavedSearch.objects.values_list("query", flat=True).order_by("query").distinct()
    finding = [
        query
        for query in queries.iterator(chunk_size=BATCH)
        if is_found(read_query(QueryDict(query)), "call", call.pk)
    ]
    searches = {
        str(pk): name
        for pk, name in SavedSearch.objects.filter(query__in=finding).values_list("pk", "name")
    }
    follows = Follow.objects.filter(thing_type=SavedSearch._meta.label_lower, thing_id__in=searches)
    follows = follows.exclude(person__memberships__organisation__in=pitching).soonest_first()
    for _, own in groupby(follows, key=lambda one: one.person_id):
        first = next(own)
        reason = f"your saved search “{searches[first.thing_id]}” finds it"
        yield first, f"Open now: {call.title}", reason
