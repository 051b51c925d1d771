"""Calls: the list, a new one, its home, and its details."""

from django.contrib import messages
from django.db.models import Case, Exists, OuterRef, QuerySet, When
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from wagtail.admin.forms import WagtailAdminModelForm

from challenges.calls.checks import find_findings
from challenges.calls.legal.checklist import legal_checklist
from challenges.calls.models import (
    Addendum,
    Call,
    CallKind,
    CallQuerySet,
    CallState,
    CallStatus,
    Stage,
)
from challenges.calls.proposals import approvers_of
from challenges.calls.setup import keep_edit
from challenges.calls.shapes import SHAPES
from challenges.calls.workflow import CALL
from challenges.pitches.models import IN_COMPETITION, EntryState
from cms.desk.brief import brief_findings
from cms.desk.checklist import checklist
from cms.desk.filters import CallFilterForm
from cms.desk.finders import calls_of, find_call, officer_regions, page_of, whole_number
from cms.desk.forms import NewCallForm, ShapeForm
from cms.desk.history import history_of
from cms.desk.lists import CALL_ORDERS, calls_table, ordering
from cms.desk.panels import CALL_PANELS, MOST_ROWS, NotThisThing, bind
from cms.desk.queries import (
    by_what_is_next,
    calls_with_counts,
    counts_by_stage,
    judges_by_stage,
)
from cms.desk.rendering import call_crumbs, conflict_page, desk_page, paged, say_refused, to_call
from cms.desk.rows import problems_of
from cms.services import create_call, create_page
from marketplace.access import allow
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import EditConflict, Refused
from marketplace.regions.models import Region

ROWS = 50
TABS = (
    CallStatus.OPEN,
    CallStatus.PROPOSED,
    CallStatus.DRAFT,
    CallStatus.UPCOMING,
    CallStatus.ASSESSING,
    CallStatus.DECIDED,
)
"""Statuses that the list offers above its rows, as they want an officer."""

COPIED_FROM = 30
"""Earlier calls offered to copy from."""
MONEY = "award_limit"
DETAILS = ("objectives", "legal_route", MONEY)
"""Places of findings that are mended in the call's details."""
NOT_THIS_CALLS = "This form doesn’t fit the call as it is now. Nothing was overwritten."


def listed_calls(request: SignedInRequest) -> tuple[CallFilterForm, str, QuerySet]:
    """(filters, name of the order, rows) as the address asks for them."""
    form = CallFilterForm(request.GET)
    rows = calls_with_counts(form.narrow(calls_of(request.user)))
    if "ordering" not in request.GET:
        return form, "", by_what_is_next(rows)
    order, sorting = ordering(request.GET["ordering"], CALL_ORDERS, "title")
    return form, order, rows.order_by(sorting, "pk")


@allow("accounts.work_at_desk")
def calls(request: SignedInRequest) -> HttpResponse:
    form, order, rows = listed_calls(request)
    context = paged(request, rows, ROWS)
    return desk_page(
        request,
        "desk/calls.html",
        title="Calls",
        form=form,
        table=calls_table(context["page_obj"], order),
        tabs=[("", "All"), *((status.value, status.label) for status in TABS)],
        status_shown=request.GET.get("status", ""),
        **context,
    )


@allow("accounts.work_at_desk")
def new_call(request: SignedInRequest) -> HttpResponse:
    regions = officer_regions(request.user)
    kind = request.GET.get("kind", CallKind.CHALLENGE)
    form = NewCallForm(request.POST or None, regions=regions, initial={"kind": kind})
    if form.is_valid():
        data = form.cleaned_data
        region = data.get("region") or Region.objects.get(pk__in=regions)
        try:
            call = create_call(
                region=region,
                kind=data["kind"],
                legal_route=data["legal_route"],
                title=data["title"],
                summary=data["summary"],
                actor=request.user,
            )
        except Refused as refused:
            say_refused(request, refused)
        else:
            messages.success(request, "The call and a draft of its page are ready to be set up.")
            return to_call(call)
    label = "New accelerator call" if kind == CallKind.ACCELERATOR else "New challenge"
    return desk_page(
        request,
        "desk/form.html",
        title=label,
        crumbs=[("Calls", reverse("desk:calls"))],
        form=form,
        button="Create the call and its page",
        status=400 if form.errors else 200,
    )


@allow("calls.view_call_at_desk", of=find_call)
def call(request: SignedInRequest, call: Call) -> HttpResponse:
    """The call's home: where it stands, what is missing, and what can be done now."""
    stages, now = list(call.stages.all()), timezone.now()
    page = page_of(call)
    counts, judges = counts_by_stage(call), judges_by_stage(call)
    for stage in stages:
        found = counts.get(stage.pk, {})
        stage.submitted = sum(found.get(state, 0) for state in IN_COMPETITION)
        stage.drafts = found.get(EntryState.DRAFT, 0)
        stage.cancelled = found.get(EntryState.CANCELLED, 0)
        stage.has_closed = stage.closes_at <= now
        stage.judges = judges.get(stage.pk, 0)
    may = {event: CALL.allows(event, call, request.user) for event in CALL.events}
    is_in_hand = call.state in (CallState.DRAFT, CallState.PROPOSED)
    items = checklist(call, stages, page) if is_in_hand else []
    steps = legal_checklist(call)
    return desk_page(
        request,
        "desk/call.html",
        title=call.title,
        crumbs=[("Calls", reverse("desk:calls"))],
        call=call,
        status_label=call.status,
        stages=stages,
        page=page,
        may=may,
        may_edit=call.state == CallState.DRAFT,
        items=items,
        is_ready=all(item.done for item in items),
        must_wait_for_other=call.state == CallState.PROPOSED and not may["approve"],
        approvers=approvers_of(call) if call.state == CallState.PROPOSED else [],
        shape_form=ShapeForm(),
        earlier_calls=_calls_to_copy(request, call) if is_in_hand and not stages else [],
        shapes=SHAPES,
        wanted=call.wanted.select_related("capability"),
        legal_steps=steps,
        legal_done=sum(step.is_done for step in steps),
        legal_late=sum(step.is_late for step in steps),
        findings=brief_findings(call) if is_in_hand else [],
        waiting=Addendum.objects.waiting()
        .filter(stage__call=call)
        .select_related("stage", "proposed_by"),
        history=history_of(call.chain),
        notes=call.notes.filter(pitch=None).select_related("by"),
        note_url=reverse("desk:note_on_call", kwargs={"pk": call.pk}),
    )


def _calls_to_copy(request: SignedInRequest, call: Call) -> CallQuerySet:
    """Calls with stages: those that were run before cancelled ones, the latest first."""
    others = calls_of(request.user).exclude(pk=call.pk)
    with_stages = others.filter(Exists(Stage.objects.filter(call=OuterRef("pk"))))
    last = Case(When(state=CallState.CANCELLED, then=1), default=0)
    return with_stages.order_by(last, "-created_at", "-pk")[:COPIED_FROM]


@allow("calls.edit_call", of=find_call)
def edit_call(request: SignedInRequest, call: Call) -> HttpResponse:
    back = reverse("desk:edit_call", kwargs={"pk": call.pk})
    rows = min(max(whole_number(request.GET.get("rows")), 0), MOST_ROWS)
    try:
        findings = [each for each in find_findings(call) if each.place in DETAILS]
        editor = bind(CALL_PANELS, request, call, rows=rows, findings=findings)
    except NotThisThing:
        return conflict_page(request, sentence=NOT_THIS_CALLS, back=back)
    if editor.is_valid:
        try:
            keep_edit(
                call=call,
                actor=request.user,
                version=whole_number(request.POST.get("version")),
                save=editor.form.save,
                changed=changed_in(editor.form),
            )
        except EditConflict as conflict:
            return conflict_page(request, sentence=str(conflict), back=back, form=editor.form)
        except Refused as refused:
            say_refused(request, refused)
        else:
            messages.success(request, "The call is saved.")
            money = [each for each in find_findings(find_call(call.pk)) if each.place == MONEY]
            for finding in money:
                messages.warning(request, finding.sentence)
            return redirect(back) if any(each.stops for each in money) else to_call(call)
    return desk_page(
        request,
        "desk/edit.html",
        title="Details of the call",
        crumbs=call_crumbs(call),
        form=editor.form,
        panel=editor.panel,
        findings=findings if request.method != "POST" else [],
        media=editor.panel.media + editor.form.media,
        problems=problems_of(editor.form) if request.method == "POST" else [],
        version=request.POST.get("version", call.version),
        button="Save the details",
        status=400 if request.method == "POST" else 200,
    )


@allow("calls.view_call_at_desk", of=find_call)
def make_page(request: SignedInRequest, call: Call) -> HttpResponse:
    """For a call that came without a page, or has lost it."""
    if request.method == "POST":
        try:
            page = create_page(call=call, actor=request.user)
        except Refused as refused:
            say_refused(request, refused)
        else:
            return redirect("wagtailadmin_pages:edit", page.pk)
    return to_call(call)


def changed_in(form: WagtailAdminModelForm) -> list[str]:
    """Names of the fields, and of the lists of rows, that differ from what was stored."""
    lists = [name for name, formset in form.formsets.items() if formset.has_changed()]
    return [*form.changed_data, *lists]
