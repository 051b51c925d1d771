"""Pages of a consortium: the lead's list, and a partner's own page."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from challenges.pitches import partners as verbs
from challenges.pitches.models import Entry, Partner, PartnerState
from challenges.pitches.views import Request, current_entry
from challenges.pitches.workflow import PARTNER
from marketplace.access import allow
from marketplace.errors import Refused
from marketplace.forms import GovukForm
from startups.models import Organisation

MOST_FOUND = 10


class PartnerForm(GovukForm):
    organisation = forms.CharField(
        label="Which organisation?",
        max_length=120,
        help_text="Its name, as it is in the register. It has to be registered to confirm.",
        error_messages={"required": "Enter the name of the organisation"},
    )
    part = forms.CharField(
        label="What would it do?",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say what the partner would do"},
    )
    share = forms.IntegerField(
        label="Share of the money in percent", required=False, min_value=0, max_value=100
    )

    def __init__(self, *args: Any, given: int = 0, **kwargs: Any) -> None:
        """`given`: what the partners in the pitch have of the money already, in percent."""
        super().__init__(*args, **kwargs)
        self.given = given

    def clean_share(self) -> int | None:
        share = self.cleaned_data["share"]
        if share and self.given + share > 100:
            left = max(100 - self.given, 0)
            raise forms.ValidationError(
                f"Partners would have {self.given + share}% of the money. {left}% is left, your "
                "own organisation’s part among it."
            )
        return share

    def clean_organisation(self) -> Organisation:
        name = " ".join(self.cleaned_data["organisation"].split())
        found = Organisation.objects.filter(name__iexact=name).first()
        if found:
            return found
        near = Organisation.objects.public().filter(Q(name__icontains=name))[:MOST_FOUND]
        names = ", ".join(each.name for each in near)
        hint = f"Is it one of these: {names}?" if names else "Ask it to register first."
        raise forms.ValidationError(f"No organisation of the register has this name. {hint}")


@require_http_methods(["GET", "HEAD", "POST"])
@allow("pitches.submit_entry", of=current_entry)
def partners(request: Request, entry: Entry) -> HttpResponse:
    """Who is in the pitch with the lead; ask one more, or take one out."""
    asking = request.method == "POST" and "remove" not in request.POST
    rows: list[Any] = list(entry.pitch.partners.select_related("organisation"))
    for row in rows:
        row.can_remove = row.state in (PartnerState.INVITED, PartnerState.CONFIRMED)
    given = sum(row.share or 0 for row in rows if row.can_remove)
    form = PartnerForm(request.POST if asking else None, given=given)
    if asking and form.is_valid():
        try:
            verbs.ask_partner(entry=entry, actor=request.user, **form.cleaned_data)
            messages.success(request, "Asked. You hear when it answers.")
            return redirect("pitches:partners", reference=entry.pitch.reference)
        except Refused as refused:
            form.add_error(None, str(refused))
    if request.method == "POST" and not asking:
        _remove(request, entry)
        return redirect("pitches:partners", reference=entry.pitch.reference)
    can_ask = entry.can_change()
    context = {
        "entry": entry,
        "form": form,
        "partners": rows,
        "can_ask": can_ask,
        "given": given,
    }
    status = 400 if form.errors else 200
    return render(request, "pitches/partners.html", context, status=status)


def _remove(request: Request, entry: Entry) -> None:
    chosen = entry.pitch.partners.filter(pk__in=_numbers(request.POST.get("remove"))).first()
    if chosen is None:
        return
    try:
        verbs.remove_partner(partner=chosen, actor=request.user)
        messages.success(request, f"{chosen.organisation} is out of the pitch.")
    except Refused as refused:
        messages.error(request, str(refused))


def _numbers(text: str | None) -> list[int]:
    return [int(text)] if text and text.isascii() and text.isdecimal() and len(text) < 18 else []


def find_partner(pk: int) -> Partner:
    return Partner.objects.select_related("pitch__organisation", "pitch__call", "organisation").get(
        pk=pk
    )


@require_http_methods(["GET", "HEAD", "POST"])
@allow("pitches.see_partner", of=find_partner)
def partner(request: Request, partner: Partner) -> HttpResponse:
    """What an organisation is asked for, and its answer."""
    if request.method == "POST":
        event = request.POST.get("event", "")
        try:
            if event not in ("confirm", "decline", "leave"):
                raise Refused("Choose whether you confirm or decline.")
            verbs.answer_as_partner(partner=partner, event=event, actor=request.user)
            messages.success(request, "Your answer is recorded, and the lead is told.")
        except Refused as refused:
            messages.error(request, str(refused))
        return redirect("pitches:partner", pk=partner.pk)
    may = {
        event: PARTNER.allows(event, partner, request.user)
        for event in ("confirm", "decline", "leave")
    }
    return render(request, "pitches/partner.html", {"partner": partner, "may": may})
