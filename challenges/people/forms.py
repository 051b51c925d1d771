from typing import Any

from django import forms

from challenges.people.models import Expert, Group
from marketplace.forms import GovukDateField, GovukForm, GovukModelForm, NamesMixin
from marketplace.number_fields import WholeNumberField
from startups.models import Capability


class PeopleFilterForm(GovukForm):
    """What narrows the public directory."""

    marks_optional = False

    group = forms.MultipleChoiceField(
        label="Group", choices=Group.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    capability = forms.ModelChoiceField(
        Capability.objects.all(),
        to_field_name="code",
        required=False,
        empty_label="Any",
        label="Knows",
    )

    def narrow(self, experts: Any) -> Any:
        """Those who match; a filter that makes no sense is left out and says so."""
        self.is_valid()
        if groups := self.cleaned_data.get("group"):
            experts = experts.filter(group__in=groups)
        if capability := self.cleaned_data.get("capability"):
            experts = experts.filter(expertise=capability)
        return experts


class OwnEntryForm(NamesMixin, GovukModelForm):
    """What a person says of themselves in the directory."""

    names = ("name", "post")

    away_from = GovukDateField(label="First day away", required=False)
    away_until = GovukDateField(label="Last day away", required=False)

    class Meta:
        model = Expert
        fields = [
            "name",
            "post",
            "about",
            "expertise",
            "most_pitches",
            "away_from",
            "away_until",
            "is_public",
            "version",
        ]
        labels = {"expertise": "What do you know well?", "is_public": "Everybody may read my entry"}
        help_texts = {
            "about": "What you have done, in a few sentences.",
            "expertise": "Pitches that need it come to you first.",
            "is_public": "If not ticked, only officers of the region do. Your e-mail address never "
            "shows.",
            "most_pitches": "Leave it empty for as many as it takes.",
        }
        widgets = {
            "about": forms.Textarea(attrs={"rows": 5}),
            "expertise": forms.CheckboxSelectMultiple,
            "version": forms.HiddenInput,
        }
        field_classes = {"most_pitches": WholeNumberField}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("away_from"), cleaned.get("away_until")
        if not {"away_from", "away_until"} & self.errors.keys():
            if (first is None) != (last is None):
                missing = "away_from" if first is None else "away_until"
                self.add_error(missing, "Enter both days, or neither")
            elif first and last and last < first:
                self.add_error("away_until", "The last day must be the same as or after the first")
        return cleaned
