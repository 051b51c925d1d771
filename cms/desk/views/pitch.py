"""One pitch: its page, as it is printed, its PDF, and its tags."""

from typing import Any

import rules
from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from challenges.judging.leaks import leaks_of, let_through
from challenges.judging.models import Assignment, Score
from challenges.pitches.copies import copy_of_submission, hand_out
from challenges.pitches.first_reading import note_reading
from challenges.pitches.models import Entry, EntryState
from challenges.pitches.parts import gone_since
from challenges.pitches.words_for_others import Reader, standing_for
from cms.desk import services
from cms.desk.finders import find_entry, find_entry_to_read
from cms.desk.history import history_of
from cms.desk.rendering import Crumb, desk_page, say_refused
from cms.desk.surroundings import contacts_of, tags_of, tags_on_offer
from cms.desk.views.corrections import after_release
from cms.desk.walking import Walk, back_from, walk_of
from marketplace.access import allow
from marketplace.accounts.requests import SignedInRequest
from marketplace.documents import make_pdf
from marketplace.errors import Refused


@allow("pitches.view_entry_at_desk", of=find_entry_to_read)
def pitch(request: SignedInRequest, entry: Entry) -> HttpResponse:
    """One pitch as it was last submitted, with its versions, reviews and decision.

    `list` in the address says how the list is narrowed and sorted that somebody came from.
    """
    note_reading(entry.stage, request.user)
    content = _content(entry)
    latest = content["latest"]
    may_decide = (
        entry.state == EntryState.SUBMITTED
        and entry.stage.released_at is None
        and rules.has_perm("desk.decide_entry", request.user, entry)
    )
    query = request.GET.get("list")
    walk = walk_of(entry, request.user, query) if query is not None else None
    return desk_page(
        request,
        "desk/pitch.html",
        title=_title(entry),
        icon="doc-full",
        crumbs=[_crumb_of_list(walk)],
        walk=walk,
        standing=standing_for(Reader.OFFICER, entry),
        leaks=leaks_of(entry, latest) if latest and entry.stage.hides_names else [],
        files_let_through=let_through(latest) if latest and entry.stage.hides_names else [],
        **content,
        **after_release(entry, request.user),
        # Who may decide is independent, so that nobody asks that twice.
        **_people(request, entry, may_see=may_decide),
        tags=tags_of(entry),
        tags_on_offer=tags_on_offer(entry),
        care=getattr(entry.pitch, "care", None),
        came_from=request.get_full_path(),
        notes=entry.pitch.notes.select_related("by"),
        note_url=reverse("desk:note_on_pitch", kwargs={"pk": entry.pk}),
        may_decide=may_decide,
        history=history_of(entry.chain, thing_type=entry._meta.label_lower, thing_id=str(entry.pk)),
    )


def _content(entry: Entry) -> dict[str, Any]:
    """What the page and the print hold alike: the text, the reviews, the decision."""
    versions = list(entry.submissions.select_related("by").order_by("-number"))
    latest = versions[0] if versions else None
    reviews = list(
        Assignment.objects.filter(entry=entry)
        .select_related("member")
        .prefetch_related(Prefetch("scores", Score.objects.select_related("criterion")))
        .order_by("member__name", "pk")
    )
    agreement = getattr(entry, "agreement", None)
    return {
        "entry": entry,
        "versions": versions,
        "latest": latest,
        "answers": latest.content.get("answers", []) if latest else [],
        "gone": gone_since(latest) if latest else [],
        "reviews": reviews,
        "agreement": agreement,
        "totals": [each.exact for each in (*reviews, agreement) if each is not None],
        "decision": getattr(entry, "decision", None),
    }


def _people(request: SignedInRequest, entry: Entry, *, may_see: bool) -> dict[str, Any]:
    """The team, for whom its rule lets see it."""
    may_see = may_see or rules.has_perm("judging.see_contacts", request.user, entry)
    return {"may_see_contacts": may_see, "contacts": contacts_of(entry) if may_see else []}


def _title(entry: Entry) -> str:
    return entry.pitch.title or f"Pitch {entry.pitch.reference}"


def _crumb_of_list(walk: Walk | None) -> Crumb:
    return ("Pitches", walk.list_url if walk else reverse("desk:pitches"))


@require_safe
@allow("pitches.view_entry_at_desk", of=find_entry_to_read)
def print_pitch(request: SignedInRequest, entry: Entry) -> HttpResponse:
    """The same on paper: nothing of the admin around it."""
    note_reading(entry.stage, request.user)
    context = {
        **_content(entry),
        **_people(request, entry, may_see=False),
        "page_title": _title(entry),
        "tags": tags_of(entry),
    }
    return render(request, "desk/pitch_print.html", context)


@require_safe
@allow("pitches.view_entry_at_desk", of=find_entry)
def pitch_pdf(request: SignedInRequest, entry: Entry) -> HttpResponse:
    """The latest version as it was submitted; what its team has changed since is its own."""
    latest = entry.submissions.order_by("-number").first()
    if latest is None:
        messages.error(request, "Nothing is submitted now.")
        return redirect("desk:pitch", pk=entry.pk)
    note_reading(entry.stage, request.user)
    content = make_pdf("answers", copy_of_submission(entry, latest))
    return hand_out(entry, content, "application/pdf", "pdf")


@require_POST
@allow("pitches.view_entry_at_desk", of=find_entry)
def tag_pitch(request: SignedInRequest, entry: Entry) -> HttpResponse:
    """Put one tag on a pitch, or take one off."""
    gone = request.POST.get("remove", "")
    try:
        services.tag_pitches(
            entries=[entry],
            name=gone or request.POST.get("name", ""),
            remove=bool(gone),
            actor=request.user,
        )
    except Refused as refused:
        say_refused(request, refused)
    page = reverse("desk:pitch", kwargs={"pk": entry.pk})
    return redirect(f"{back_from(request, page)}#around")
