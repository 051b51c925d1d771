"""A call made from an earlier one."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from challenges.calls.copying import conditions_lost, new_dates, stages_to_copy
from challenges.calls.models import Call, Stage
from cms.desk.call_forms import DuplicateForm
from cms.desk.finders import calls_of, find_call, page_of, whole_number
from cms.desk.rendering import call_crumbs, desk_page, say_refused, to_call
from cms.services import copy_into_call, duplicate_call
from marketplace.access import allow
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import Refused

SHOWN = ("opens_at", "questions_until", "closes_at", "scores_due_at", "decision_on")


@allow("calls.view_call_at_desk", of=find_call)
def duplicate(request: SignedInRequest, call: Call) -> HttpResponse:
    """What a copy would be, with its dates; made once the officer has seen them."""
    stages = stages_to_copy(call)
    form = DuplicateForm(request.POST or None, initial=_initial(call, stages))
    opens_on = form.cleaned_data["opens_on"] if form.is_valid() else None
    try:
        rows = _rows(stages, opens_on)
        if form.is_valid() and "make" in request.POST:
            made = duplicate_call(
                source=call,
                actor=request.user,
                title=form.cleaned_data["title"],
                opens_on=opens_on,
            )
            messages.success(
                request,
                "This is the new call. Its dates are new; read its page through, whose words "
                "are last time’s.",
            )
            return to_call(made)
    except Refused as refused:
        form.add_error("opens_on", str(refused))
        rows = _rows(stages, None)
    return desk_page(
        request,
        "desk/duplicate.html",
        title="Duplicate this call",
        icon="copy",
        crumbs=call_crumbs(call),
        form=form,
        call=call,
        rows=rows,
        page=page_of(call),
        lost=conditions_lost(stages),
        back=reverse("desk:call", kwargs={"pk": call.pk}),
        status=400 if form.errors else 200,
    )


def _initial(call: Call, stages: list[Stage]) -> dict[str, Any]:
    dates = new_dates(stages)
    opens_on = timezone.localdate(dates[0].dates["opens_at"]) if dates else None
    return {"title": call.title, "opens_on": opens_on}


def _rows(stages: list[Stage], opens_on: date | None) -> list[dict[str, Any]]:
    """What happens, when it did, and when it would."""
    return [
        {
            "stage": new.stage,
            "what": Stage._meta.get_field(name).verbose_name,
            "was": getattr(new.stage, name),
            "will": new.dates[name],
        }
        for new in new_dates(stages, opens_on)
        for name in SHOWN
        if new.dates[name] is not None
    ]


@allow("calls.edit_call", of=find_call)
def copy_call(request: SignedInRequest, call: Call) -> HttpResponse:
    """Fill a call that has no stages from an earlier one."""
    if request.method == "POST":
        earlier = calls_of(request.user).filter(pk=whole_number(request.POST.get("source"))).first()
        try:
            if earlier is None:
                raise Refused("Choose the call to copy from.")
            copy_into_call(call=call, source=earlier, actor=request.user)
        except Refused as refused:
            say_refused(request, refused)
        else:
            messages.success(request, "Copied. All dates are new: look them through.")
            for label in conditions_lost(stages_to_copy(earlier)):
                messages.warning(
                    request, f"“{label}” waited for a question that was taken out: all are asked it"
                )
    return to_call(call)
