"""What the desk's pages are about, found with everything that a page shows of it."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.http import Http404

from challenges.calls.models import Call, CallQuerySet, Stage
from challenges.calls.owning import owner_works_here
from challenges.judging.models import PanelMember, Release
from challenges.judging.signs import with_signs
from challenges.judging.table import with_rules
from challenges.pitches.models import Entry, EntryQuerySet
from cms.desk.queries import with_tally
from cms.desk.surroundings import surroundings
from cms.models import CallPage
from marketplace.accounts.models import Role
from marketplace.accounts.rules import regions_where


def officer_regions(person: Any) -> set[int]:
    """Ids of the regions whose things this person sees at the desk."""
    return regions_where(person, Role.OFFICER)


def calls_of(person: Any) -> CallQuerySet:
    return Call.objects.in_regions(officer_regions(person))


def entries_of(person: Any) -> EntryQuerySet:
    return Entry.objects.filter(stage__call__region_id__in=officer_regions(person))


def find_call(pk: int) -> Call:
    """A call; annotates `owner_works_here`, whether its owner is an officer of its region still."""
    found = Call.objects.select_related("region", "programme", "owner")
    return found.annotate(owner_works_here=owner_works_here()).prefetch_related("stages").get(pk=pk)


def find_stage(pk: int) -> Stage:
    """A stage with its call and panel; annotates `has_next`, whether one follows it."""
    return _stages().get(pk=pk)


def find_stage_to_decide(pk: int) -> Stage:
    """As `find_stage`, with its meeting, its tally and its sealed rules."""
    return _to_decide().get(pk=pk)


def find_stage_to_release(pk: int) -> Stage:
    """As `find_stage_to_decide`, with what `signs_of` tells."""
    return with_signs(_to_decide()).get(pk=pk)


def find_stage_of_letters(pk: int) -> Stage:
    """As `find_stage`; annotates `release` and `goes_out_at` of a signed release that waits."""
    waiting = Release.objects.waiting().filter(stage=OuterRef("pk")).order_by("-pk")
    return (
        _stages()
        .annotate(
            release=Subquery(waiting.values("pk")[:1]),
            goes_out_at=Subquery(waiting.values("goes_out_at")[:1]),
        )
        .get(pk=pk)
    )


def _to_decide() -> QuerySet:
    return with_rules(with_tally(_stages().select_related("meeting")))


def _stages() -> QuerySet:
    later = Stage.objects.filter(
        call=OuterRef("call"), order__gt=OuterRef("order"), call__is_rolling=False
    )
    return Stage.objects.select_related("call__region", "call__owner", "panel").annotate(
        has_next=Exists(later)
    )


def find_entry(pk: int) -> Entry:
    return Entry.objects.select_related(
        "pitch__organisation__place", "pitch__call__region", "stage__call__region", "decision"
    ).get(pk=pk)


def find_entry_to_read(pk: int) -> Entry:
    """As `find_entry`, with who looks after it, what the panel agreed, and what `contacts_of`,
    `tags_of` and `tags_on_offer` read: its page needs no query for them."""
    return (
        Entry.objects.select_related(
            "pitch__organisation__place",
            "pitch__call__region",
            "pitch__care__officer",
            "stage__call__region",
            "decision",
            "agreement",
        )
        .annotate(**surroundings())
        .get(pk=pk)
    )


def find_member(pk: int) -> PanelMember:
    return PanelMember.objects.select_related("panel__stage__call__region").get(pk=pk)


def page_of(call: Call) -> CallPage | None:
    return CallPage.objects.filter(call=call).first()


def whole_number(text: str | None, *, default: int = 0) -> int:
    """A number from an address or a hidden field; anything else is not found."""
    if text in (None, ""):
        return default
    try:
        number = int(str(text))
    except ValueError as error:
        raise Http404 from error
    if not -(2**31) < number < 2**31:
        raise Http404
    return number
