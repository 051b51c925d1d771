"""Which calls suit an organisation, which organisations suit a call or a gap in a team, what was
funded before; and why.

Candidates come from the database and from the text relevance of the back end; `scoring`
weighs them, `reasons` says in words what the two records share. The number of queries does
not grow with the number of candidates; reasons are looked for only in what is shown.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from django.db.models import Count, QuerySet, prefetch_related_objects

from challenges.awards.models import Award
from challenges.calls.models import Call
from search import get_backend
from search.corpus import Corpus, corpus
from search.documents import full_text_of, kinds, page_text, public_ids
from search.models import IndexEntry, Opinion, Side
from search.pairs import Pair
from search.port import MatchRequest
from search.ranking import fuse
from search.reasons import (
    filling_reasons,
    word_reasons,
)
from search.records import briefs, profiles
from search.scoring import (
    WEIGHTS,
    WORTH_SHOWING,
    capability_score,
    fits,
    with_fair_reach,
)
from search.shared import Frequency, passage, shared_words
from startups.models import Organisation

CASE_STUDY = "case-study"
"""A kind that an upper floor registers; without one nothing is found."""

MOST_CANDIDATES = 200
"""How many records of each source are looked at."""

MOST_WEIGHED = 80
"""How many of these are read and weighed in detail, where they are looked at in memory first."""

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
    organisation: Organisation,
    limit: int = 5,
    *,
    now: datetime | None = None,
    opinions: Mapping[int, bool] | None = None,
    apart_from: Iterable[int] | QuerySet = (),
) -> list[Match]:
    """Open calls with a public page that suit an organisation, best first, each with a reason.

    Those that its team called irrelevant are left out.

    Args:
        opinions: call id → whether its team called it a good match, where they are at hand.
        apart_from: ids of calls that are left out too, or a query that gives them.
    """
    if opinions is None:
        opinions = opinions_of(organisation=organisation, side=Side.ORGANISATION)
    is_open = Call.objects.open(now).filter(page__live=True)
    is_open = is_open.exclude(pk__in=[pk for pk, is_good in opinions.items() if not is_good])
    is_open = is_open.exclude(pk__in=apart_from)
    mine = profile_text(organisation)
    known = corpus()
    relevant = relevance(known, "call", mine, list(is_open.values_list("pk", flat=True)))
    ids = {*_most_wanted(is_open, organisation), *relevant}
    profile = profiles([organisation.pk])[organisation.pk]
    pairs = {pk: Pair(brief, profile) for pk, brief in briefs(ids).items()}
    scores = {pk: pair.score(relevant.get(pk), opinions.get(pk)) for pk, pair in pairs.items()}
    calls = is_open.select_related("page", "region", "programme")
    found = []
    for call in _best(scores, calls, limit):
        theirs = call_text(call)
        words = _word_reasons(MINE, mine, matter_of(call), theirs, known.frequency)
        if reasons := pairs[call.pk].reasons(words):
            liked = opinions.get(call.pk, False)
            gaps = pairs[call.pk].gaps
            found.append(Match(call, scores[call.pk], reasons, gaps, liked))
            if len(found) == limit:
                break
    return found


def match_organisations(
    call: Call, limit: int = 20, *, opinions: Mapping[int, bool] | None = None
) -> list[Match]:
    """Public organisations that suit a call, best first, each with a reason.

    A share of the places is kept for those without an award; those that an officer called
    irrelevant are left out.

    Args:
        opinions: organisation id → whether it was called a good match, in place of what
            officers said.
    """
    if opinions is None:
        opinions = opinions_of(call=call, side=Side.CALL)
    known = corpus()
    finding = begin_relevance(known, "organisation", call_text(call))
    is_public = Organisation.objects.public()
    is_public = is_public.exclude(pk__in=[pk for pk, is_good in opinions.items() if not is_good])
    brief = briefs([call.pk])[call.pk]
    able = known.by_capabilities("organisation", brief.asked, MOST_CANDIDATES)
    relevant = finding()
    wanted = _foremost(able, relevant) | {pk for pk, is_good in opinions.items() if is_good}
    pairs = {pk: Pair(brief, profile) for pk, profile in profiles(wanted).items()}
    scores = {pk: pair.score(relevant.get(pk), opinions.get(pk)) for pk, pair in pairs.items()}
    best = _best(scores, is_public, limit)
    matter = matter_of(call)
    # What they say is read of those alone whom it decides or who are shown.
    unsure = [each for each in best if not pairs[each.pk].has_reason]
    prefetch_related_objects(unsure, "claims")

    def words(organisation: Organisation) -> list[str]:
        theirs = profile_text(organisation)
        return _word_reasons(THEIRS, theirs, matter, theirs, known.frequency)

    telling = (each for each in best if pairs[each.pk].has_reason or words(each))
    chosen = with_fair_reach(
        list(islice(telling, 2 * limit)), lambda each: not pairs[each.pk].profile.funded, limit
    )
    prefetch_related_objects(chosen, "claims")
    return [
        Match(
            thing=each,
            score=scores[each.pk],
            reasons=pair.reasons(words(each)),
            gaps=pair.gaps,
            liked=opinions.get(each.pk, False),
            is_new=not pair.profile.funded,
        )
        for each in chosen
        for pair in [pairs[each.pk]]
    ]


def match_partners(organisation: Organisation, call: Call, limit: int = 5) -> list[Match]:
    """Public organisations that can do what a call wants and this one lacks, best first."""
    brief = briefs([call.pk])[call.pk]
    own = Pair(brief, profiles([organisation.pk])[organisation.pk])
    lacking = [fit.asked for fit in own.fits if not fit.is_met]
    if not lacking:
        return []
    others = Organisation.objects.public().exclude(pk=organisation.pk)
    ids = list(
        others.filter(claims__capability__code__in=[asked.code for asked in lacking])
        .annotate(claimed=Count("claims"))
        .order_by("-claimed", "pk")
        .values_list("pk", flat=True)[:MOST_CANDIDATES]
    )
    relevant = relevance(corpus(), "organisation", call_text(call), ids)
    pairs = {pk: Pair(brief, profile) for pk, profile in profiles(ids).items()}
    brought = {pk: fits(lacking, pair.profile.held) for pk, pair in pairs.items()}
    scores = {
        pk: pair.score(relevant.get(pk), capabilities=capability_score(brought[pk]))
        for pk, pair in pairs.items()
    }
    return [
        Match(each, scores[each.pk], filling_reasons(brought[each.pk]), pairs[each.pk].other_gaps)
        for each in _best(scores, others, limit)[:limit]
    ]


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


def match_case_studies(text: str, limit: int = 5) -> list[Match]:
    """Public case studies that speak of the same matter as a text; each `thing` has `title` and
    `url`, as the index holds them."""
    if CASE_STUDY not in kinds():
        return []
    known = corpus()
    relevant = relevance(known, CASE_STUDY, text)
    is_public = public_ids(CASE_STUDY, relevant)
    held = {
        row.object_id: row
        for row in IndexEntry.objects.filter(kind=CASE_STUDY, object_id__in=is_public)
    }
    found: list[Match] = []
    for pk, score in relevant.items():
        study = held.get(pk)
        if study is not None and len(found) < limit:
            theirs = f"{study.title}\n{study.summary}\n{study.body}"
            if reasons := _word_reasons(THEIRS, theirs, text, theirs, known.frequency):
                found.append(Match(study, score, reasons))
    return found


def relevance(
    known: Corpus, kind: str, text: str, ids: Sequence[int] | None = None
) -> dict[int, float]:
    """Id → relevance of a text to the documents of a kind, 0 to 1, best first: words as the back
    end ranks them, meaning as this process learnt it, and a sentence model’s likeness if any."""
    return begin_relevance(known, kind, text, ids)()


def begin_relevance(
    known: Corpus, kind: str, text: str, ids: Sequence[int] | None = None
) -> Callable[[], dict[int, float]]:
    """Ask a server for `relevance` and go on; what comes back waits for it and gives it."""
    request = MatchRequest(kind, text, ids, MOST_CANDIDATES)
    by_words = get_backend().begin_match(request)

    def relevant() -> dict[int, float]:
        meaning, sentences = known.by_meaning(request), known.by_sentences(request)
        found = fuse(by_words(), meaning, sentences)
        order = sorted(found, key=lambda pk: (-found[pk], pk))[:MOST_CANDIDATES]
        return {pk: found[pk] for pk in order}

    return relevant


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


def matter_of(call: Call) -> str:
    """What a call is about, without what its page says of terms and how to apply: words shared
    with that are no reason."""
    return full_text_of(call.title, call.summary, "", "")


def _word_reasons(
    voice: Voice, mine: str, theirs: str, quoted: str, frequency: Frequency
) -> list[str]:
    shared = shared_words(mine, theirs, frequency)
    return word_reasons(*voice, shared, passage(quoted, shared))


def _most_wanted(calls: QuerySet[Call], organisation: Organisation) -> Iterable[int]:
    """Calls that want most of what an organisation claims."""
    return (
        calls.filter(wanted__capability__claims__organisation=organisation)
        .annotate(wanting=Count("wanted"))
        .order_by("-wanting", "pk")
        .values_list("pk", flat=True)[:MOST_CANDIDATES]
    )


def _foremost(able: Mapping[int, float], relevant: Mapping[int, float]) -> set[int]:
    """Ids worth weighing in detail: what they can do and say decides three quarters of it."""
    rough = {
        pk: WEIGHTS["capabilities"] * able.get(pk, 0.0) + WEIGHTS["text"] * relevant.get(pk, 0.0)
        for pk in {*able, *relevant}
    }
    return set(sorted(rough, key=lambda pk: (-rough[pk], pk))[:MOST_WEIGHED])


def _best(scores: Mapping[int, float], rows: QuerySet[Any], limit: int) -> list[Any]:
    """Rows worth showing, by score and then by age; some more than the limit, as a few may turn
    out to have no reason to give."""
    order = sorted(scores, key=lambda pk: (-scores[pk], pk))
    wanted = [pk for pk in order if scores[pk] >= WORTH_SHOWING][: 2 * limit + 10]
    found = rows.in_bulk(wanted)
    return [found[pk] for pk in wanted if pk in found]
