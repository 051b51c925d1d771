"""Calls as the public meets them: those with a live page, in the order that helps."""

from collections.abc import Iterable

from django.db.models import Case, F, IntegerField, Prefetch, Q, QuerySet, Value, When
from django.http import HttpRequest
from django.utils import timezone

from challenges.calls.models import Call, CallState, Stage

PUBLIC_STATES = (CallState.APPROVED, CallState.CANCELLED)


def public_calls() -> QuerySet[Call]:
    """Calls with a live page: open first by closing date, then those to come, then the rest.

    Annotates what `Call.with_dates` does; brings page and programme along.
    """
    now = timezone.now()
    place = Case(
        When(state=CallState.CANCELLED, then=Value(4)),
        When(opens_at__lte=now, closes_at__gt=now, then=Value(0)),
        When(opens_at__gt=now, then=Value(1)),
        When(closes_at__lte=now, decided_at=None, then=Value(2)),
        default=Value(3),
        output_field=IntegerField(),
    )
    soonest = Case(When(closes_at__gt=now, then=F("closes_at")))
    return (
        Call.objects.filter(state__in=PUBLIC_STATES, page__live=True)
        .with_dates()
        .select_related("page", "programme")
        .order_by(
            place, soonest.asc(nulls_last=True), F("closes_at").desc(nulls_last=True), "title", "pk"
        )
    )


def with_addresses(calls: Iterable[Call], request: HttpRequest) -> list[Call]:
    """The calls, each with `address` of its page."""
    found = list(calls)
    for call in found:
        call.address = call.page.get_url(request)
    return found


def matching_words(calls: QuerySet[Call], text: str) -> QuerySet[Call]:
    """Calls that have every word of `text` in what their page says of them."""
    for word in text.split():
        calls = calls.filter(
            Q(title__icontains=word)
            | Q(summary__icontains=word)
            | Q(commissioner__icontains=word)
            | Q(programme__name__icontains=word)
            | Q(wanted__capability__name__icontains=word)
        )
    return calls.distinct()


def with_promises(calls: QuerySet[Call]) -> QuerySet[Call]:
    """Brings along what a call's own page shows, in a number of queries that does not grow."""
    stages = Stage.objects.order_by("order").prefetch_related("questions", "criteria", "rulebooks")
    return calls.select_related("programme", "region").prefetch_related(
        Prefetch("stages", queryset=stages),
        "wanted__capability",
        "objectives",
        "sectors",
        "places",
    )
