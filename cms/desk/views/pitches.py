"""Pitches: the list with its filters, the spreadsheet, and one pitch."""

import rules
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone

from challenges.calls.models import Stage
from challenges.judging.leaks import leaks_of, let_through
from challenges.judging.models import Assignment
from challenges.judging.totals import read_in_order
from challenges.pitches.first_reading import note_reading, note_reading_of
from challenges.pitches.models import Entry, EntryState
from challenges.pitches.parts import gone_since
from challenges.pitches.words_for_others import Reader, standing_for
from cms.desk.export import to_csv, to_json, to_xlsx
from cms.desk.filters import PitchFilterForm
from cms.desk.finders import entries_of, find_entry, officer_regions
from cms.desk.history import history_of
from cms.desk.lists import BY_MEAN, PITCH_ORDERS, ordering, pitches_table
from cms.desk.models import SavedView
from cms.desk.queries import by_mean, count_entries, entries_with_reviews, with_exact_means
from cms.desk.rendering import desk_page, paged
from cms.desk.views.corrections import after_release
from marketplace.access import allow
from marketplace.accounts.requests import SignedInRequest
from marketplace.activity.services import record
from marketplace.spreadsheets import XLSX, download

ROWS = 50
LATEST_FIRST = "-submitted"
FORMATS = {
    "xlsx": (to_xlsx, XLSX),
    "csv": (to_csv, "text/csv; charset=utf-8"),
    "json": (to_json, "application/json"),
}


@allow("accounts.work_at_desk")
def pitches(request: SignedInRequest) -> HttpResponse:
    form = PitchFilterForm(request.GET, regions=officer_regions(request.user))
    narrowed = form.narrow(entries_of(request.user))
    order, sorting = ordering(request.GET.get("ordering"), PITCH_ORDERS, LATEST_FIRST)
    submitted, drafts = count_entries(narrowed)
    rows = (
        entries_with_reviews(narrowed)
        .select_related("pitch__care__officer")
        .prefetch_related("pitch__tags")
    )
    falling = falls_by_mean(order)
    if falling is None:
        context = paged(request, rows.order_by(sorting, "pk"), ROWS, count=submitted)
    else:
        context = paged(request, by_mean(rows, falling=falling), ROWS)
        context["page_obj"].object_list = read_in_order(rows, context["page_obj"].object_list)
    with_exact_means(context["page_obj"])
    views = list(SavedView.objects.for_officer(request.user, officer_regions(request.user)))
    wanted = request.GET.copy()
    wanted.pop("p", None)
    return desk_page(
        request,
        "desk/pitches.html",
        title="Pitches",
        icon="doc-full",
        form=form,
        drafts=drafts if _shows_drafts(form) else 0,
        table=pitches_table(context["page_obj"], order, of_one_call=_is_of_one_call(form)),
        query=wanted.urlencode(),
        views=views,
        own_views=[view for view in views if view.owner_id == request.user.pk],
        **context,
    )


def falls_by_mean(order: str) -> bool | None:
    """Whether an order by the mean has the highest first; None for an order by anything else."""
    return order.startswith("-") if order.removeprefix("-") == BY_MEAN else None


def _is_of_one_call(form: PitchFilterForm) -> bool:
    return bool(form.cleaned_data.get("call") or form.cleaned_data.get("stage"))


def _shows_drafts(form: PitchFilterForm) -> bool:
    """A draft is the start-up's alone: only how many there are shows, and not of whom."""
    return not any(form.cleaned_data.get(name) for name in ("q", "place", "state"))


@allow("accounts.work_at_desk")
def export(request: SignedInRequest, kind: str) -> HttpResponse:
    """The rows of the list as it is filtered, and a record of who took them."""
    if kind not in FORMATS:
        raise Http404
    form = PitchFilterForm(request.GET, regions=officer_regions(request.user))
    order, sorting = ordering(request.GET.get("ordering"), PITCH_ORDERS, LATEST_FIRST)
    rows = entries_with_reviews(form.narrow(entries_of(request.user))).order_by(sorting, "pk")
    write, content_type = FORMATS[kind]
    name = f"pitches-{timezone.localdate():%Y-%m-%d}.{kind}"
    response = download(write(rows, falls_by_mean(order)), content_type, name)
    note_reading_of(Stage.objects.filter(entries__in=rows.order_by()), request.user)
    _record_export(request, rows, kind)
    return response


def _record_export(request: SignedInRequest, rows: QuerySet, kind: str) -> None:
    call = request.GET.get("call", "")
    record(
        "pitches.exported",
        request.user,
        chain=f"exports:{request.user.pk}",
        actor=request.user,
        format=kind,
        count=len(rows),
        call=call if call.isdecimal() else None,
    )


@allow("pitches.view_entry_at_desk", of=find_entry)
def pitch(request: SignedInRequest, entry: Entry) -> HttpResponse:
    """One pitch as it was last submitted, with its versions, reviews and decision."""
    note_reading(entry.stage, request.user)
    versions = list(entry.submissions.select_related("by").order_by("-number"))
    latest = versions[0] if versions else None
    reviews = (
        Assignment.objects.filter(entry=entry)
        .select_related("member")
        .prefetch_related("scores__criterion")
        .order_by("member__name", "pk")
    )
    return desk_page(
        request,
        "desk/pitch.html",
        title=entry.pitch.title or f"Pitch {entry.pitch.reference}",
        icon="doc-full",
        crumbs=[("Pitches", reverse("desk:pitches"))],
        entry=entry,
        standing=standing_for(Reader.OFFICER, entry),
        versions=versions,
        latest=latest,
        answers=latest.content.get("answers", []) if latest else [],
        gone=gone_since(latest) if latest else [],
        leaks=leaks_of(entry, latest) if latest and entry.stage.hides_names else [],
        files_let_through=let_through(latest) if latest and entry.stage.hides_names else [],
        reviews=reviews,
        decision=getattr(entry, "decision", None),
        **after_release(entry, request.user),
        notes=entry.pitch.notes.select_related("by"),
        note_url=reverse("desk:note_on_pitch", kwargs={"pk": entry.pk}),
        may_decide=entry.state == EntryState.SUBMITTED
        and entry.stage.released_at is None
        and rules.has_perm("desk.decide_entry", request.user, entry),
        history=history_of(entry.chain, thing_type=entry._meta.label_lower, thing_id=str(entry.pk)),
    )
