"""One page for whoever has signed in: what is theirs, and what to do next."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Prefetch, Q, prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from challenges.calls.models import Call, CallState
from challenges.judging.models import AssignmentState, MemberState, PanelMember, stands
from challenges.pitches.models import IN_COMPETITION, EntryState
from challenges.pitches.parts import calls_of, entries_of
from challenges.pitches.standing import standing_of as progress_of
from challenges.pitches.words_for_others import Reader, standing_for
from cms.desk.waiting import Waiting, waiting_for
from marketplace.access import signed_in
from marketplace.accounts.models import Role
from marketplace.accounts.rules import regions_where
from search.matching import match_calls, opinions_of
from search.models import Side
from startups.models import Claim, Organisation, TeamInvitation

PITCHES_PER_PAGE = 10
ENDED_WITH_CALL = (EntryState.DRAFT, EntryState.CANCELLED)
MATCHES = 5


@signed_in
def dashboard(request: HttpRequest) -> HttpResponse:
    person = request.user
    organisations = list(
        Organisation.objects.of(person)
        .select_related("place")
        .prefetch_related(
            "sectors", Prefetch("claims", queryset=Claim.objects.select_related("capability"))
        )
        .order_by("name")
    )
    chosen = _chosen(organisations, request.GET.get("organisation"))
    opinions = opinions_of(organisation=chosen, side=Side.ORGANISATION) if chosen else {}
    seats = _seats(person)
    context = {
        "organisations": organisations,
        "chosen": chosen,
        "missing": _missing(chosen) if chosen else [],
        "matches": _matches(chosen, opinions) if chosen else [],
        "hidden": _hidden(opinions),
        "pitches": _pitches(person, organisations, request.GET.get("page"))
        if organisations
        else None,
        "invitations": _invitations(person),
        "panels": [seat for seat in seats if seat.state == MemberState.ACCEPTED],
        "panel_invitations": [seat for seat in seats if seat.state == MemberState.INVITED],
        "officer": _officer(person),
    }
    context["is_new"] = not (organisations or seats or context["officer"])
    return render(request, "cms/dashboard.html", context)


def _chosen(organisations: Sequence[Organisation], slug: str | None) -> Organisation | None:
    """The organisation whose matches are shown: the one asked for, else the first."""
    asked = (each for each in organisations if each.slug == slug)
    return next(asked, organisations[0] if organisations else None)


def _missing(organisation: Organisation) -> list[dict[str, str]]:
    """What a profile lacks, as items of a task list."""
    edit = reverse("startups:edit", kwargs={"slug": organisation.slug})
    claims = reverse("startups:claims", kwargs={"slug": organisation.slug})
    wanted = (
        (organisation.summary, "Say in a sentence or two what you do", edit),
        (organisation.description, "Describe your work", edit),
        (organisation.website, "Add your website", edit),
        (organisation.place_label, "Say where you are", edit),
        (organisation.stage, "Say how far you have come", edit),
        (organisation.size, "Say how many you are", edit),
        (organisation.sectors.all(), "Choose your sectors", edit),
        (organisation.claims.all(), "Claim a capability, with evidence", claims),
    )
    return [
        {"title": title, "href": href, "status": "To do", "colour": "blue"}
        for value, title, href in wanted
        if not value
    ]


def _matches(organisation: Organisation, opinions: Mapping[int, bool]) -> list[dict[str, Any]]:
    """Open calls that suit it, and that it has no part in a pitch for."""
    taken = calls_of(organisation)
    return [
        {
            "call": match.thing,
            "address": match.thing.page.url,
            "reasons": match.reasons,
            "gaps": match.gaps,
            "liked": match.liked,
        }
        for match in match_calls(organisation, MATCHES, opinions=opinions, apart_from=taken)
    ]


def _hidden(opinions: Mapping[int, bool]) -> list[Call]:
    """Open calls that the team called irrelevant, so that it can think again."""
    said = [pk for pk, is_good in opinions.items() if not is_good]
    if not said:
        return []
    return list(Call.objects.open().filter(page__live=True, pk__in=said).order_by("closes_at"))


def _pitches(person: Any, organisations: Sequence[Organisation], page: str | None) -> Any:
    """The latest entry of each of the teams' pitches, newest first, with what comes next."""
    entries = entries_of(person).current().with_parties().select_related("rulebook")
    found = Paginator(entries, PITCHES_PER_PAGE).get_page(page)
    prefetch_related_objects(list(found), "answers", "attachments")
    own = {organisation.pk for organisation in organisations}
    for entry in found:
        leads = entry.pitch.organisation_id in own
        entry.standing = standing_for(Reader.TEAM if leads else Reader.PARTNER, entry)
        is_written = entry.state == EntryState.DRAFT or entry.has_unsubmitted_changes
        entry.progress = progress_of(entry) if is_written and entry.stage.is_open() else None
    return found


def _invitations(person: Any) -> list[TeamInvitation]:
    """To join a team; the link itself is only in the mail."""
    return list(
        TeamInvitation.objects.filter(
            email__iexact=person.email, accepted_at=None, expires_at__gt=timezone.now()
        ).select_related("organisation")
    )


def _seats(person: Any) -> list[PanelMember]:
    """Places on panels, held or offered, with `to_score` and `reviews`; first due first."""
    held = Q(user=person, state=MemberState.ACCEPTED)
    offered = Q(
        email__iexact=person.email, state=MemberState.INVITED, expires_at__gt=timezone.now()
    )
    live = Q(assignments__entry__state__in=IN_COMPETITION)
    given = live & stands("assignments__")
    waiting = live & Q(assignments__state=AssignmentState.ASSIGNED)
    return list(
        PanelMember.objects.with_shares()
        .filter(held | offered)
        .filter(panel__stage__released_at=None, panel__stage__call__state=CallState.APPROVED)
        .select_related("panel__stage__call")
        .annotate(
            reviews=Count("assignments", filter=given),
            to_score=Count("assignments", filter=waiting),
        )
        .order_by("panel__stage__scores_due_at", "pk")
    )


def _officer(person: Any) -> Waiting | None:
    """What waits at the desk; None for people who have none."""
    return waiting_for(person) if regions_where(person, Role.OFFICER) else None
