"""Pages of a consortium: the lead's list, and a partner's own page."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from challenges.pitches import partners as verbs
from challenges.pitches.models import Entry, Partner, PartnerState
from challenges.pitches.parts import gone_since
from challenges.pitches.views import Request, current_entry
from challenges.pitches.workflow import PARTNER
from marketplace.access import allow
from marketplace.errors import Refused
from marketplace.forms import GovukForm
from marketplace.number_fields import PercentField
from startups.models import Organisation

MOST_FOUND = 10
LONGEST_NAME = 120


class PartnerForm(GovukForm):
    """Look an organisation up, then ask it: a name that fits one is enough, others are offered."""

    organisation = forms.CharField(
        label="Which organisation?",
        max_length=LONGEST_NAME,
        help_text="A name, part of one, or a Companies House number. It has to be registered here.",
        error_messages={"required": "Enter the name of the organisation"},
    )
    chosen = forms.ModelChoiceField(
        Organisation.objects.none(),
        label="Which of these is it?",
        empty_label=None,
        widget=forms.RadioSelect,
        error_messages={"required": "Select the organisation, or enter another name above"},
    )
    part = forms.CharField(
        label="What would it do?",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say what the partner would do"},
    )
    share = PercentField(
        label="Share of the money in percent", required=False, min_value=0, max_value=100
    )

    def __init__(self, *args: Any, entry: Entry, given: int = 0, **kwargs: Any) -> None:
        """`given`: what the partners in the pitch have of the money already, in percent."""
        super().__init__(*args, **kwargs)
        self.given = given
        typed = str(self.data.get("organisation", ""))[:LONGEST_NAME].strip()
        self.exact = Organisation.objects.one_called(typed) if typed else None
        matches = Organisation.objects.none()
        if typed and not self.exact:
            others = Organisation.objects.public().exclude(pk=entry.pitch.organisation_id)
            pks = others.matching(typed).order_by("name").values_list("pk", flat=True)[:MOST_FOUND]
            matches = Organisation.objects.filter(pk__in=list(pks))
        if matches:
            self.fields["chosen"].queryset = matches  # type: ignore[attr-defined]
        else:
            del self.fields["chosen"]

    def clean_share(self) -> int | None:
        share = self.cleaned_data["share"]
        try:
            verbs.check_share(share, self.given)
        except Refused as refused:
            raise forms.ValidationError(str(refused)) from refused
        return share

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "organisation" not in data:
            return data
        data["organisation"] = self.exact or data.pop("chosen", None)
        if data["organisation"] is not None:
            return data
        if "chosen" not in self.fields:
            self.add_error("organisation", NOT_FOUND)
        return data


NOT_FOUND = (
    "No organisation of the register has this name or number. Try less of the name, or ask it to "
    "register first."
)


@require_http_methods(["GET", "HEAD", "POST"])
@allow("pitches.submit_entry", of=current_entry)
def partners(request: Request, entry: Entry) -> HttpResponse:
    """Who is in the pitch with the lead; ask one more, or take one out."""
    asking = request.method == "POST" and "remove" not in request.POST
    rows: list[Any] = list(entry.pitch.partners.select_related("organisation"))
    for row in rows:
        row.can_remove = row.state in (PartnerState.INVITED, PartnerState.CONFIRMED)
    given = verbs.shares_given(row for row in rows if row.can_remove)
    wanted = {"organisation": request.GET.get("organisation", "")[:LONGEST_NAME]}
    form = PartnerForm(request.POST if asking else None, entry=entry, given=given, initial=wanted)
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
        latest = entry.submissions.last()
        if latest and chosen.organisation.name in gone_since(latest):
            messages.warning(request, _still(entry, chosen))
    except Refused as refused:
        messages.error(request, str(refused))


def _still(entry: Entry, partner: Partner) -> str:
    if entry.can_change():
        return f"What you submitted still names {partner.organisation}: submit it again."
    return (
        f"What you submitted names {partner.organisation}. The officers of the call are told, and "
        "judges see a note."
    )


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
    too_late = may["confirm"] and not verbs.can_join(partner)
    return render(
        request, "pitches/partner.html", {"partner": partner, "may": may, "too_late": too_late}
    )
