"""What narrows the desk's lists; each works on a query that is limited to the officer's."""

from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, Q

from challenges.calls.models import PUBLIC_STATUSES, CallKind, CallQuerySet, CallStatus, Stage
from challenges.pitches.models import EntryQuerySet, EntryState
from cms.desk.models import Note, Tag
from marketplace.accounts.models import Role, User
from marketplace.forms import CleanTextForm
from marketplace.regions.models import LocalAuthority
from startups.models import Organisation, Size

ANY = ("", "Any")
SUBMITTED_STATES = [choice for choice in EntryState.choices if choice[0] != EntryState.DRAFT]


class CallFilterForm(CleanTextForm):
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


class PitchFilterForm(CleanTextForm):
    q = forms.CharField(
        label="Title, organisation or reference",
        required=False,
        max_length=200,
    )
    call = forms.TypedChoiceField(coerce=int, required=False)
    stage = forms.TypedChoiceField(coerce=int, required=False)
    state = forms.ChoiceField(choices=[ANY, *SUBMITTED_STATES], required=False)
    place = forms.ModelChoiceField(
        LocalAuthority.objects.none(), required=False, empty_label="Any", label="Based in"
    )

    size = forms.ChoiceField(choices=[ANY, *Size.choices], required=False, label="Size of firm")
    tag = forms.ModelChoiceField(Tag.objects.none(), required=False, empty_label="Any")
    officer = forms.ModelChoiceField(
        User.objects.none(), required=False, empty_label="Anyone", label="Looked after by"
    )
    noted = forms.BooleanField(required=False, label="Has a note")
    since = forms.DateField(
        required=False, label="Submitted from", widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        required=False, label="Submitted to", widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *args: Any, regions: set[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offer(regions)

    def _offer(self, regions: set[int]) -> None:
        """The choices of each filter."""
        self.fields["tag"].queryset = Tag.objects.filter(region__in=regions)  # type: ignore[attr-defined]
        self.fields["officer"].queryset = User.objects.filter(  # type: ignore[attr-defined]
            region_roles__region__in=regions, region_roles__role=Role.OFFICER
        ).distinct()
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
            "pitch__organisation__size": data.get("size"),
            "pitch__tags": data.get("tag"),
            "pitch__care__officer": data.get("officer"),
            "submitted_at__date__gte": data.get("since"),
            "submitted_at__date__lte": data.get("until"),
        }
        entries = entries.filter(**{name: value for name, value in exact.items() if value})
        if data.get("noted"):
            entries = entries.filter(Exists(Note.objects.filter(pitch=OuterRef("pitch"))))
        if words := data.get("q"):
            entries = entries.filter(
                Q(pitch__title__icontains=words)
                | Q(pitch__organisation__in=Organisation.objects.named_with(words))
                | Q(pitch__reference__icontains=words)
            )
        return entries


class KeptFilterForm(PitchFilterForm):
    """Filters of a list that somebody came from, for a page that doesn't show them: what they
    name is not looked up. It narrows, among what the person may see, to the same rows.
    """

    NUMBERS = ("call", "stage", "place", "tag", "officer")

    def _offer(self, regions: set[int]) -> None:
        for name in self.NUMBERS:
            self.fields[name] = forms.IntegerField(
                widget=forms.HiddenInput(), required=False, max_value=2**31 - 1
            )
