"""Forms about a whole call: a copy of it, and whose it is."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from challenges.calls.models import Call, Enquiry
from challenges.calls.owning import enquiries_without_owner, officers_of, without_owner
from cms.desk.finders import calls_of, officer_regions
from marketplace.accounts.models import Role, User
from marketplace.forms import CleanTextForm, no_address

MOST_REASON = 2000


class DuplicateForm(CleanTextForm):
    title = forms.CharField(
        max_length=255,
        validators=[no_address],
        help_text="People tell two calls apart by it: say what is new this time.",
    )
    opens_on = forms.DateField(
        label="First stage opens on",
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text="All other dates keep their distance from it, their hour and, unless it is a "
        "weekend or a bank holiday, their day of the week.",
    )


class HandOverForm(CleanTextForm):
    to = forms.ModelChoiceField(
        User.objects.none(), label="Give it to", empty_label="Choose somebody"
    )
    reason = forms.CharField(
        label="Why does it change hands?",
        max_length=MOST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Both of them read it, and it stays in the history.",
    )

    def __init__(self, *args: Any, officers: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = officers  # type: ignore[attr-defined]

    @classmethod
    def of_call(cls, data: Any, call: Call) -> "HandOverForm":
        return cls(data, officers=officers_of(call.region_id).exclude(pk=call.owner_id))


class LeavingForm(HandOverForm):
    """What nobody who works here owns, to be given to somebody who does."""

    calls = forms.ModelMultipleChoiceField(
        Call.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    enquiries = forms.ModelMultipleChoiceField(
        Enquiry.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data: Any, *, person: Any) -> None:
        regions = officer_regions(person)
        officers = User.objects.filter(
            is_active=True, region_roles__region__in=regions, region_roles__role=Role.OFFICER
        )
        super().__init__(data, officers=officers.distinct().order_by("name", "email"))
        self.fields["to"].label = "Give what is ticked to"
        fields: Any = self.fields
        fields["calls"].queryset = (
            without_owner(calls_of(person)).select_related("owner", "region").order_by("title")
        )
        fields["enquiries"].queryset = (
            enquiries_without_owner(regions).select_related("call", "owner").order_by("due_on")
        )

    def rows(self, name: str) -> list[tuple[Any, bool]]:
        """(thing, whether it is ticked): at first everything is."""
        data: Any = self.data
        ticked = set(data.getlist(name)) if self.is_bound else None
        fields: Any = self.fields
        return [
            (thing, ticked is None or str(thing.pk) in ticked) for thing in fields[name].queryset
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not data["calls"] and not data["enquiries"]:
            self.add_error(None, "Tick at least one call or question.")
        return data
