"""What narrows the desk's lists; each works on a query that is limited to the officer's."""

from typing import Any

from django import forms
from django.db.models import Q

from challenges.calls.models import PUBLIC_STATUSES, CallKind, CallQuerySet, CallStatus, Stage
from challenges.pitches.models import EntryQuerySet, EntryState
from marketplace.regions.models import LocalAuthority

ANY = ("", "Any")
SUBMITTED_STATES = [choice for choice in EntryState.choices if choice[0] != EntryState.DRAFT]


class CallFilterForm(forms.Form):
    q = forms.CharField(label="Search", required=False, max_length=200)
    status = forms.ChoiceField(choices=[ANY, *CallStatus.choices], required=False)
    kind = forms.ChoiceField(choices=[ANY, *CallKind.choices], required=False)

    def narrow(self, calls: CallQuerySet) -> CallQuerySet:
        """Calls that match; a filter that makes no sense is left out and says so."""
        self.is_valid()
        data = self.cleaned_data
        status = data.get("status")
        if status in PUBLIC_STATUSES:
            calls = calls.filter(pk__in=calls.in_status(status).values("pk"))
        elif status:
            calls = calls.filter(state=status)
        if kind := data.get("kind"):
            calls = calls.filter(kind=kind)
        if words := data.get("q"):
            calls = calls.filter(
                Q(title__icontains=words)
                | Q(reference__icontains=words)
                | Q(commissioner__icontains=words)
            )
        return calls


class PitchFilterForm(forms.Form):
    q = forms.CharField(
        label="Search",
        required=False,
        max_length=200,
        help_text="Title, organisation or reference",
    )
    call = forms.TypedChoiceField(coerce=int, required=False)
    stage = forms.TypedChoiceField(coerce=int, required=False)
    state = forms.ChoiceField(choices=[ANY, *SUBMITTED_STATES], required=False)
    place = forms.ModelChoiceField(
        LocalAuthority.objects.none(), required=False, empty_label="Any", label="Based in"
    )

    def __init__(self, *args: Any, regions: set[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = LocalAuthority.objects.filter(region__in=regions)
        self.fields["place"].queryset = places  # type: ignore[attr-defined]
        self._offer_stages(regions)

    def _offer_stages(self, regions: set[int]) -> None:
        """The choices of calls and of their stages, from one query."""
        rows = (
            Stage.objects.filter(call__region__in=regions)
            .order_by("call__title", "call", "order")
            .values_list("pk", "name", "call", "call__title")
        )
        calls = {call: title for _, _, call, title in rows}
        self.fields["call"].choices = [ANY, *calls.items()]  # type: ignore[attr-defined]
        self.fields["stage"].choices = [  # type: ignore[attr-defined]
            ANY,
            *((pk, f"{call}: {name}") for pk, name, _, call in rows),
        ]

    def narrow(self, entries: EntryQuerySet) -> EntryQuerySet:
        """Entries that match; a filter that makes no sense is left out and says so."""
        self.is_valid()
        data = self.cleaned_data
        exact = {
            "stage__call": data.get("call"),
            "stage": data.get("stage"),
            "state": data.get("state"),
            "pitch__organisation__place": data.get("place"),
        }
        entries = entries.filter(**{name: value for name, value in exact.items() if value})
        if words := data.get("q"):
            entries = entries.filter(
                Q(pitch__title__icontains=words)
                | Q(pitch__organisation__name__icontains=words)
                | Q(pitch__reference__icontains=words)
            )
        return entries
