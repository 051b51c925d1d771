"""What the list of calls can be narrowed by."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from challenges.calls.models import (
    PUBLIC_STATUSES,
    Call,
    CallKind,
    CallState,
    CallStatus,
    Programme,
)
from cms.calls import matching_words
from marketplace.forms import GovukForm
from marketplace.regions.models import LocalAuthority, Objective, Sector

ANY = ("", "Any")


class CallFilterForm(GovukForm):
    """A GET form; what is wrong in one field leaves the others in force."""

    q = forms.CharField(label="Words", required=False, max_length=200)
    state = forms.ChoiceField(
        label="State", required=False, choices=[ANY, *((s.value, s.label) for s in PUBLIC_STATUSES)]
    )
    kind = forms.ChoiceField(label="Kind", required=False, choices=[ANY, *CallKind.choices])
    programme = forms.ChoiceField(label="Programme", required=False)
    objective = forms.ChoiceField(label="Objective", required=False)
    sector = forms.ChoiceField(label="Sector", required=False)
    place = forms.ChoiceField(label="Place", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offer("programme", Programme.objects.order_by("name"), "slug")
        self._offer("objective", Objective.objects.order_by("order", "name"), "code")
        self._offer("sector", Sector.objects.order_by("name"), "slug")
        self._offer("place", LocalAuthority.objects.order_by("name"), "code")

    def _offer(self, name: str, things: QuerySet, key: str) -> None:
        # Regions may share a name; whoever looks for it means it wherever it is.
        pairs = dict(things.values_list(key, "name"))
        self.fields[name].choices = [ANY, *pairs.items()]  # type: ignore[attr-defined]

    def narrow(self, calls: QuerySet[Call]) -> QuerySet[Call]:
        """The calls that pass the filters that are set."""
        self.is_valid()
        chosen = self.cleaned_data
        paths = {
            "kind": "kind",
            "programme": "programme__slug",
            "objective": "objectives__code",
            "sector": "sectors__slug",
            "place": "places__code",
        }
        for name, path in paths.items():
            if value := chosen.get(name):
                calls = calls.filter(pk__in=Call.objects.filter(**{path: value}).values("pk"))
        if state := chosen.get("state"):
            in_state = Call.objects.in_status(CallStatus(state)).values("pk")
            calls = calls.filter(state=CallState.APPROVED, pk__in=in_state)
        return matching_words(calls, chosen.get("q", ""))
