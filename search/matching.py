"""Which calls suit an organisation, and which organisations suit a call, and why.

Candidates come from the database and from the text relevance of the back end; `scoring`
weighs them, `reasons` says in words what the two records share. The number of queries does
not grow with the number of candidates.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Prefetch, prefetch_related_objects

from challenges.calls.models import Call, WantedCapability
from search import get_backend
from search.port import MatchRequest
from search.reasons import (
    capability_gaps,
    capability_reasons,
    place_gaps,
    place_reasons,
    sector_reasons,
    word_reasons,
)
from search.scoring import (
    WORTH_SHOWING,
    Asked,
    capability_score,
    fits,
    fused,
    normalised,
    overlap_score,
)
from search.words import document_frequencies, shared_words
from startups.models import Organisation

MOST_CANDIDATES = 200
"""How many records of each source are scored in detail."""


@dataclass(frozen=True)
class Match:
    """One record that suits another.

    `thing` is a `Call` (with its page, programme and dates at hand) or an `Organisation`;
    `score` is from 0 to 1; `reasons` and `gaps` are sentences for a person.
    """

    thing: Call | Organisation
    score: float
    reasons: list[str] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)


def _wanted() -> Prefetch:
    return Prefetch("wanted", queryset=WantedCapability.objects.select_related("capability"))


def match_calls(
    organisation: Organisation, limit: int = 5, *, now: datetime | None = None
) -> list[Match]:
    """Open calls with a public page that suit an organisation, best first, each with a reason."""
    prefetch_related_objects([organisation], "place", "sectors", "claims__capability")
    calls = list(
        Call.objects.open(now)
        .filter(page__live=True)
        .select_related("page", "region", "programme")
        .prefetch_related(_wanted(), "sectors", "places")
        .order_by("closes_at", "pk")[:MOST_CANDIDATES]
    )
    text = profile_text(organisation)
    relevance = _relevance("call", text, [call.pk for call in calls])
    frequencies = document_frequencies(call_text(call) for call in calls)
    found = [
        _weigh(call, call, organisation, relevance, frequencies, "Your words") for call in calls
    ]
    return _best(found, limit)


def match_organisations(call: Call, limit: int = 20) -> list[Match]:
    """Public organisations that suit a call, best first, each with a reason."""
    prefetch_related_objects([call], _wanted(), "sectors", "places")
    relevance = _relevance("organisation", call_text(call))
    by_claims = (
        Organisation.objects.public()
        .filter(claims__capability__wanted_by__call=call)
        .annotate(claimed=Count("claims", distinct=True))
        .order_by("-claimed", "pk")
        .values("pk")[:MOST_CANDIDATES]
    )
    wanted = {row["pk"] for row in by_claims} | set(relevance)
    organisations = list(
        Organisation.objects.public().filter(pk__in=wanted).for_listing().order_by("pk")
    )
    frequencies = document_frequencies(profile_text(each) for each in organisations)
    found = [
        _weigh(each, call, each, relevance, frequencies, "Their words") for each in organisations
    ]
    return _best(found, limit)


def profile_text(organisation: Organisation) -> str:
    """An organisation in its own words."""
    return f"{organisation.summary}\n{organisation.description}"


def call_text(call: Call) -> str:
    return f"{call.title}\n{call.summary}"


def _weigh(
    thing: Call | Organisation,
    call: Call,
    organisation: Organisation,
    relevance: Mapping[int, float],
    frequencies: Mapping[str, int],
    label: str,
) -> Match | None:
    """None where the two share nothing worth showing: a place alone is no reason."""
    held = {claim.capability.code: claim.level for claim in organisation.claims.all()}
    capabilities = fits(
        [
            Asked(each.capability.code, each.capability.name, each.level, each.essential)
            for each in call.wanted.all()
        ],
        held,
    )
    call_sectors = {sector.name for sector in call.sectors.all()}
    sectors = {sector.name for sector in organisation.sectors.all()}
    places = {place.name for place in call.places.all()}
    place = organisation.place.name if organisation.place else ""
    shared = shared_words(profile_text(organisation), call_text(call), frequencies)
    reasons = [
        *capability_reasons(capabilities),
        *word_reasons(label, shared),
        *sector_reasons(call_sectors & sectors),
    ]
    if not reasons:
        return None
    score = fused(
        {
            "capabilities": capability_score(capabilities),
            "text": relevance.get(thing.pk, 0.0),
            "sectors": overlap_score(call_sectors, sectors),
            "places": overlap_score(places, {place} if place else set()),
        }
    )
    return Match(
        thing=thing,
        score=score,
        reasons=[*reasons, *place_reasons(places, place)],
        gaps=[*capability_gaps(capabilities), *place_gaps(places, place)],
    )


def _relevance(kind: str, text: str, ids: Sequence[int] | None = None) -> dict[int, float]:
    """Id → text relevance as a share of the best; records that share nothing are not in it."""
    return normalised(get_backend().match(MatchRequest(kind, text, ids, MOST_CANDIDATES)))


def _best(found: Iterable[Match | None], limit: int) -> list[Match]:
    """By score; level ones by age."""
    worthwhile = [match for match in found if match and match.score >= WORTH_SHOWING]
    return sorted(worthwhile, key=lambda match: (-match.score, match.thing.pk))[:limit]
