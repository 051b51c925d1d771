"""What applicants were promised, for everyone to read and to check."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from challenges.calls import rules as _rules  # noqa: F401  (registers the rules)
from challenges.calls.clarity import rate_clarity
from challenges.calls.models import (
    Call,
    CallState,
    Clarity,
    DecidesBy,
    QuestionKind,
    Rulebook,
    TieBreak,
)
from challenges.calls.timetable import calendar_of
from marketplace.access import allow, public
from marketplace.accounts.requests import SignedInRequest
from marketplace.activity.chain import canonical_json
from marketplace.forms import GovukForm

PUBLISHED = (CallState.APPROVED, CallState.CANCELLED)
BIGGEST_ORDER = 32_767


@require_safe
@public
def timetable(request: HttpRequest, reference: str) -> HttpResponse:
    """Every date of a published call, as a calendar file (RFC 5545)."""
    call = (
        Call.objects.filter(reference=reference, state__in=PUBLISHED)
        .prefetch_related("stages")
        .first()
    )
    if call is None:
        raise Http404
    response = HttpResponse(calendar_of(call), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{reference}.ics"'
    return response


class ClarityForm(GovukForm):
    score = forms.TypedChoiceField(
        label="How clear is it what is wanted, and how to apply?",
        choices=Clarity.choices,
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how clear the brief is"},
    )
    comment = forms.CharField(
        label="What would make it clearer?",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


def find_call(reference: str) -> Call:
    return Call.objects.select_related("region").get(reference=reference)


@require_http_methods(["GET", "HEAD", "POST"])
@allow("calls.rate_clarity", of=find_call)
def clarity(request: SignedInRequest, call: Call) -> HttpResponse:
    """One person's view of a brief; it can be changed by saying it again."""
    said = call.clarity_ratings.filter(by=request.user).first()
    initial = {"score": said.score, "comment": said.comment} if said else {}
    form = ClarityForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        rate_clarity(call=call, actor=request.user, **form.cleaned_data)
        messages.success(request, "Thank you. It helps us to write clearer briefs.")
        return redirect("dashboard")
    status = 400 if form.errors else 200
    return render(request, "calls/clarity.html", {"call": call, "form": form}, status=status)


def find_rulebook(reference: str, order: int, number: int | None = None) -> Rulebook:
    """A rulebook of a stage of a published call: the one in force unless `number` is given.

    Raises:
        Http404: there is no such stage or rulebook, or its call was never approved.
    """
    rulebooks = Rulebook.objects.filter(
        stage__call__reference=reference,
        stage__order=min(order, BIGGEST_ORDER),
        stage__call__state__in=PUBLISHED,
    )
    if number is not None:
        rulebooks = rulebooks.filter(number=min(number, BIGGEST_ORDER))
    found = rulebooks.select_related("stage__call").order_by("-number").first()
    if found is None:
        raise Http404
    return found


@require_safe
@public
def rulebook(
    request: HttpRequest, reference: str, order: int, number: int | None = None
) -> HttpResponse:
    found = find_rulebook(reference, order, number)
    stage, content = found.stage, found.content
    versions = list(stage.rulebooks.select_related("addendum").order_by("-number"))
    context = {
        "rulebook": found,
        "stage": stage,
        "call": stage.call,
        "content": content,
        "dates": {name: datetime.fromisoformat(content[name]) for name in DATES if name in content},
        "decision_on": date.fromisoformat(content["decision_on"]),
        "tie_break": TieBreak(content["tie_break"]).label,
        "decides_by": DecidesBy(content.get("decides_by", DecidesBy.RAW)).label,
        "is_adjusted": content.get("decides_by") == DecidesBy.ADJUSTED,
        "has_floors": any(each.get("minimum") is not None for each in content["criteria"]),
        "questions": [_question(spec) for spec in content["questions"]],
        "criteria": content["criteria"],
        "total": sum(criterion["weight"] for criterion in content["criteria"]),
        "versions": versions,
        "is_in_force": found.number == versions[0].number,
        "draw_secret": stage.draw_secret if stage.released_at else "",
    }
    return render(request, "calls/rulebook.html", context)


DATES = ("opens_at", "questions_until", "closes_at", "scores_due_at")


def _question(spec: dict[str, Any]) -> dict[str, Any]:
    return {**spec, "kind_label": QuestionKind(spec["kind"]).label}


@require_safe
@public
def rulebook_json(
    request: HttpRequest, reference: str, order: int, number: int | None = None
) -> HttpResponse:
    """The very bytes of which the digest is the SHA-256."""
    found = find_rulebook(reference, order, number)
    response = HttpResponse(canonical_json(found.content), content_type="application/json")
    name = f"rules-{reference}-{order}-{found.number}.json"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
