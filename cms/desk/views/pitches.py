"""Pitches: the list with its filters, and the spreadsheet."""

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.utils import timezone

from challenges.calls.models import Stage
from challenges.judging.totals import read_in_order
from challenges.pitches.first_reading import note_reading_of
from cms.desk.export import to_csv, to_json, to_xlsx
from cms.desk.filters import PitchFilterForm
from cms.desk.finders import entries_of, officer_regions
from cms.desk.lists import (
    LATEST_FIRST,
    PITCH_ORDERS,
    PITCHES_ON_PAGE,
    falls_by_mean,
    ordering,
    pitches_table,
)
from cms.desk.models import SavedView
from cms.desk.queries import by_mean, count_entries, entries_with_reviews, with_exact_means
from cms.desk.rendering import desk_page, paged
from marketplace.access import allow
from marketplace.accounts.proving import proved_lately
from marketplace.accounts.requests import SignedInRequest
from marketplace.activity.services import record
from marketplace.spreadsheets import XLSX, download

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
    numbers = count_entries(narrowed)
    rows = (
        entries_with_reviews(narrowed)
        .select_related("pitch__care__officer")
        .prefetch_related("pitch__tags")
    )
    falling = falls_by_mean(order)
    if falling is None:
        rows = rows.order_by(sorting, "pk")
        context = paged(request, rows, PITCHES_ON_PAGE, count=numbers.rows)
    else:
        context = paged(request, by_mean(rows, falling=falling), PITCHES_ON_PAGE)
        context["page_obj"].object_list = read_in_order(rows, context["page_obj"].object_list)
    with_exact_means(context["page_obj"])
    views = list(SavedView.objects.for_officer(request.user, officer_regions(request.user)))
    wanted = request.GET.copy()
    for name in ("p", *form.errors):  # what makes no sense narrows nothing
        wanted.pop(name, None)
    query = wanted.urlencode()
    return desk_page(
        request,
        "desk/pitches.html",
        title="Pitches",
        icon="doc-full",
        form=form,
        submitted=numbers.pitches,
        drafts=numbers.drafts if _shows_drafts(form) else 0,
        table=pitches_table(
            context["page_obj"], order, of_one_call=_is_of_one_call(form), query=query
        ),
        query=query,
        views=views,
        own_views=[view for view in views if view.owner_id == request.user.pk],
        **context,
    )


def _is_of_one_call(form: PitchFilterForm) -> bool:
    return bool(form.cleaned_data.get("call") or form.cleaned_data.get("stage"))


def _shows_drafts(form: PitchFilterForm) -> bool:
    """A draft is the start-up's alone: only how many there are shows, and not of whom."""
    return not any(form.cleaned_data.get(name) for name in ("q", "place", "state"))


@allow("accounts.work_at_desk")
@proved_lately("take personal data out of the service", reading=True)
def export(request: SignedInRequest, kind: str) -> HttpResponse:
    """The rows of the list as it is filtered, and a record of who took them."""
    if kind not in FORMATS:
        raise Http404
    form = PitchFilterForm(request.GET, regions=officer_regions(request.user))
    order, sorting = ordering(request.GET.get("ordering"), PITCH_ORDERS, LATEST_FIRST)
    rows = entries_with_reviews(form.narrow(entries_of(request.user))).order_by(sorting, "pk")
    write, content_type = FORMATS[kind]
    name = f"pitches-{timezone.localdate():%Y-%m-%d}.{kind}"
    response = download(write(rows, falls_by_mean(order), reader=request.user), content_type, name)
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
