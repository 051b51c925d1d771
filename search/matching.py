"""Which calls suit an organisation, which organisations suit a call or a gap in a team, what was
funded before; and why.

Candidates come from the database and from the text relevance of the back end; `scoring`
weighs them, `reasons` says in words what the two records share. The number of queries does
not grow with the number of candidates; reasons are looked for only in what is shown.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db.models import Count, Prefetch, QuerySet, prefetch_related_objects
from django.utils import timezone

from challenges.awards.models import Award
from challenges.calls.models import Call, WantedCapability
from search import get_backend
from search.corpus import Corpus, corpus
from search.documents import full_text_of, page_text
from search.models import Opinion, Side
from search.port import MatchRequest
from search.ranking import fuse
from search.reasons import (
    capability_gaps,
    capability_reasons,
    filling_reasons,
    place_gaps,
    place_reasons,
    record_reasons,
    sector_reasons,
    word_reasons,
)
from search.scoring import (
    WORTH_SHOWING,
    Asked,
    Fit,
    Held,
    capability_score,
    fits,
    freshness_score,
    overlap_score,
    record_score,
    weighed,
    with_fair_reach,
)
from search.shared import Frequency, passage, shared_words
from startups.models import Organisation

MOST_CANDIDATES = 200
"""How many records of each source are scored in detail."""

Voice = tuple[str, str]
MINE: Voice = ("Your words", "It says")
THEIRS: Voice = ("Their words", "They say")
"""Whose the shared words are, and who is quoted."""


@dataclass(frozen=True)
class Match:
    """One record that suits another.

    `thing` is a `Call` (with its page, programme and dates at hand), an `Organisation` or an
    `Award`; `score` is from 0 to 1; `reasons` and `gaps` are sentences for a person; `liked` says
    that somebody called it a good match; `is_new` that the organisation has no award yet.
    """

    thing: Any
    score: float
    reasons: list[str] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    liked: bool = False
    is_new: bool = False


def match_calls(
    organisation: Organisation, limit: int = 5, *, now: datetime | None = None
) -> list[Match]:
    """Open calls with a public page that suit an organisation, best first, each with a reason.

    Those that its team called irrelevant are left out.
    """
    prefetch_related_objects([organisation], *PROFILE)
    opinions = opinions_of(organisation=organisation, side=Side.ORGANISATION)
    calls = list(
        Call.objects.open(now)
        .filter(page__live=True)
        .exclude(pk__in=[pk for pk, is_good in opinions.items() if not is_good])
        .select_related("page", "region", "programme")
        .prefetch_related(*CALL)
        .order_by("closes_at", "pk")[:MOST_CANDIDATES]
    )
    known = corpus()
    relevant = relevance(known, "call", profile_text(organisation), [call.pk for call in calls])
    pairs = [Pair(call, organisation) for call in calls]
    found = [
        Match(pair.call, pair.score(relevant.get(pair.call.pk), liked), liked=liked)
        for pair in pairs
        for liked in [opinions.get(pair.call.pk, False)]
    ]
    return list(_told(known, found, limit, lambda call: Pair(call, organisation), MINE))


def match_organisations(call: Call, limit: int = 20) -> list[Match]:
    """Public organisations that suit a call, best first, each with a reason.

    A share of the places is kept for those without an award; those that an officer called
    irrelevant are left out.
    """
    prefetch_related_objects([call], *CALL)
    opinions = opinions_of(call=call, side=Side.CALL)
    known = corpus()
    relevant = relevance(known, "organisation", call_text(call))
    by_claims = (
        Organisation.objects.public()
        .filter(claims__capability__wanted_by__call=call)
        .annotate(claimed=Count("claims", distinct=True))
        .order_by("-claimed", "pk")
        .values_list("pk", flat=True)[:MOST_CANDIDATES]
    )
    wanted = {*by_claims, *relevant} - {pk for pk, is_good in opinions.items() if not is_good}
    found = [
        Match(
            each,
            Pair(call, each).score(relevant.get(each.pk), opinions.get(each.pk, False)),
            liked=opinions.get(each.pk, False),
            is_new=not each.awards.all(),
        )
        for each in _profiles(Organisation.objects.public().filter(pk__in=wanted))
    ]
    told = list(_told(known, found, 2 * limit, lambda each: Pair(call, each), THEIRS))
    return with_fair_reach(told, lambda match: match.is_new, limit)


def match_partners(organisation: Organisation, call: Call, limit: int = 5) -> list[Match]:
    """Public organisations that can do what a call wants and this one lacks, best first."""
    prefetch_related_objects([call], *CALL)
    prefetch_related_objects([organisation], *PROFILE)
    lacking = [fit.asked for fit in Pair(call, organisation).fits if not fit.is_met]
    if not lacking:
        return []
    codes = [asked.code for asked in lacking]
    candidates = (
        Organisation.objects.public()
        .exclude(pk=organisation.pk)
        .filter(claims__capability__code__in=codes)
        .annotate(claimed=Count("claims", distinct=True))
        .order_by("-claimed", "pk")[:MOST_CANDIDATES]
    )
    known = corpus()
    relevant = relevance(known, "organisation", call_text(call), [each.pk for each in candidates])
    found = []
    for each in _profiles(Organisation.objects.filter(pk__in=[c.pk for c in candidates])):
        pair = Pair(call, each)
        filled = [fit for fit in fits(lacking, pair.held) if fit.held]
        score = pair.score(relevant.get(each.pk), capabilities=capability_score(filled))
        found.append(Match(each, score, filling_reasons(filled), pair.place_gaps))
    return _best(found)[:limit]


def match_projects(text: str, limit: int = 5, *, without: int | None = None) -> list[Match]:
    """Funded projects that speak of the same matter as a text: has this been done before?

    Args:
        without: a call whose own projects are left out.
    """
    known = corpus()
    relevant = relevance(known, "project", text)
    awards = Award.objects.for_listing().exclude(call=without).in_bulk(list(relevant))
    found: list[Match] = []
    for pk, score in relevant.items():
        award = awards.get(pk)
        if award is not None and len(found) < limit:
            theirs = f"{award.title}\n{award.summary}"
            if reasons := _word_reasons(THEIRS, theirs, text, theirs, known.frequency):
                found.append(Match(award, score, reasons))
    return found


def relevance(
    known: Corpus, kind: str, text: str, ids: Sequence[int] | None = None
) -> dict[int, float]:
    """Id → relevance of a text to the documents of a kind, 0 to 1, best first: words as the back
    end ranks them, and meaning as this process learnt it."""
    request = MatchRequest(kind, text, ids, MOST_CANDIDATES)
    found = fuse(get_backend().match(request), known.by_meaning(request))
    order = sorted(found, key=lambda pk: (-found[pk], pk))[:MOST_CANDIDATES]
    return {pk: found[pk] for pk in order}


def opinions_of(*, side: str, **of: Any) -> dict[int, bool]:
    """Id of the other record → whether one side called the match good."""
    other = "call" if "organisation" in of else "organisation"
    return dict(Opinion.objects.filter(side=side, **of).values_list(other, "is_good"))


def profile_text(organisation: Organisation) -> str:
    """An organisation in its own words, evidence of its claims included."""
    evidence = "\n".join(claim.evidence for claim in organisation.claims.all())
    return full_text_of("", organisation.summary, organisation.description, evidence)


def call_text(call: Call) -> str:
    """A call in its officer's words: title, summary, and its page."""
    page = getattr(call, "page", None)
    return full_text_of(call.title, call.summary, page_text(page) if page else "", "")


CALL: tuple[Any, ...] = (
    Prefetch("wanted", queryset=WantedCapability.objects.select_related("capability__group")),
    "sectors",
    "places",
    "objectives",
)
"""What weighing reads of a call; of an organisation below."""

PROFILE: tuple[Any, ...] = (
    "place",
    "sectors",
    "claims__capability__group",
    Prefetch("awards", queryset=Award.objects.prefetch_related("call__objectives")),
)


def _profiles(organisations: QuerySet[Organisation]) -> QuerySet[Organisation]:
    return organisations.select_related("place").prefetch_related(*PROFILE[1:]).order_by("pk")


class Pair:
    """A call and an organisation, with what each says that the other might want."""

    def __init__(self, call: Call, organisation: Organisation) -> None:
        self.call, self.organisation = call, organisation
        self.held = {
            claim.capability.code: Held(
                claim.capability.name, claim.level, claim.capability.group.name
            )
            for claim in organisation.claims.all()
        }
        self.fits: list[Fit] = fits(
            [
                Asked(
                    each.capability.code,
                    each.capability.name,
                    each.level,
                    each.essential,
                    each.capability.group.name,
                )
                for each in call.wanted.all()
            ],
            self.held,
        )
        self.call_sectors = {sector.name for sector in call.sectors.all()}
        self.sectors = {sector.name for sector in organisation.sectors.all()}
        self.places = {place.name for place in call.places.all()}
        self.place = organisation.place.name if organisation.place else ""
        objectives = set(call.objectives.all())
        self.awards = [award for award in organisation.awards.all() if award.call_id != call.pk]
        self.same = [
            award for award in self.awards if objectives.intersection(award.call.objectives.all())
        ]

    def score(
        self, text: float | None, liked: bool = False, *, capabilities: float | None = None
    ) -> float:
        if capabilities is None:
            capabilities = capability_score(self.fits)
        age = timezone.now() - self.organisation.updated_at
        return weighed(
            {
                "capabilities": capabilities,
                "text": text or 0.0,
                "sectors": overlap_score(self.call_sectors, self.sectors),
                "record": record_score(len(self.awards), len(self.same)),
                "places": overlap_score(self.places, {self.place} if self.place else set()),
                "freshness": freshness_score(age.days),
            },
            liked=liked,
        )

    def reasons(self, voice: Voice, frequency: Frequency) -> list[str]:
        """Empty where the two share nothing worth showing: a place alone is no reason."""
        profile, call = profile_text(self.organisation), call_text(self.call)
        found = [
            *capability_reasons(self.fits),
            *_word_reasons(voice, profile, call, call if voice == MINE else profile, frequency),
            *sector_reasons(self.call_sectors & self.sectors),
            *record_reasons([award.title for award in self.same]),
        ]
        return [*found, *place_reasons(self.places, self.place)] if found else []

    @property
    def place_gaps(self) -> list[str]:
        return place_gaps(self.places, self.place)

    @property
    def gaps(self) -> list[str]:
        return [*capability_gaps(self.fits), *self.place_gaps]


def _word_reasons(
    voice: Voice, mine: str, theirs: str, quoted: str, frequency: Frequency
) -> list[str]:
    shared = shared_words(mine, theirs, frequency)
    return word_reasons(*voice, shared, passage(quoted, shared))


def _told(
    known: Corpus, found: Iterable[Match], limit: int, pair: Callable[[Any], Pair], voice: Voice
) -> Iterator[Match]:
    """The best that have a reason to give, with it."""
    number = 0
    for match in _best(found):
        if number == limit:
            return
        both = pair(match.thing)
        if reasons := both.reasons(voice, known.frequency):
            number += 1
            yield replace(match, reasons=reasons, gaps=both.gaps)


def _best(found: Iterable[Match]) -> list[Match]:
    """By score; level ones by age."""
    worthwhile = [match for match in found if match.score >= WORTH_SHOWING]
    return sorted(worthwhile, key=lambda match: (-match.score, match.thing.pk))
