"""What an officer fills in about people of the directory."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone

from challenges.people.models import Expert, ExpertQuerySet, Group
from cms.desk.filters import ANY
from marketplace.forms import CleanTextForm, NamesMixin, OurWordsMixin
from marketplace.number_fields import WholeNumberField
from marketplace.regions.models import Region
from startups.models import Capability


class PeopleFilterForm(CleanTextForm):
    q = forms.CharField(label="Search", required=False, max_length=200, help_text="Name or post")
    group = forms.ChoiceField(choices=[ANY, *Group.choices], required=False)
    knows = forms.ModelChoiceField(
        Capability.objects.all(), to_field_name="code", required=False, empty_label="Anything"
    )
    free = forms.BooleanField(label="Not away today", required=False)
    left = forms.BooleanField(label="Also those who left", required=False)

    def narrow(self, experts: ExpertQuerySet) -> ExpertQuerySet:
        """Those who match; a filter that makes no sense is left out and says so."""
        data: dict[str, Any] = {}
        if self.is_bound:
            self.is_valid()
            data = self.cleaned_data
        if not data.get("left"):
            experts = experts.present()
        if group := data.get("group"):
            experts = experts.filter(group=group)
        if knows := data.get("knows"):
            experts = experts.filter(expertise=knows)
        if data.get("free"):
            today = timezone.localdate()
            experts = experts.exclude(away_from__lte=today, away_until__gte=today)
        if words := data.get("q"):
            experts = experts.filter(Q(name__icontains=words) | Q(post__icontains=words))
        return experts


class PresentFilterForm(PeopleFilterForm):
    """For choosing a panel: nobody who left can be asked."""

    left = None  # type: ignore[assignment]


class ExpertForm(OurWordsMixin, NamesMixin, forms.ModelForm):
    names = ("name", "post")

    class Meta:
        model = Expert
        fields = [
            "region",
            "name",
            "email",
            "group",
            "post",
            "about",
            "expertise",
            "most_pitches",
            "away_from",
            "away_until",
            "version",
        ]
        widgets = {
            "about": forms.Textarea(attrs={"rows": 4}),
            "away_from": forms.DateInput(attrs={"type": "date"}),
            "away_until": forms.DateInput(attrs={"type": "date"}),
            "version": forms.HiddenInput,
        }
        field_classes = {"most_pitches": WholeNumberField}

    def __init__(self, *args: Any, regions: set[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: Any = self.fields["region"]
        choices.queryset = Region.objects.filter(pk__in=regions)
        choices.empty_label = None
        if self.instance.pk:
            # An entry stays in its region.
            del self.fields["region"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, last = data.get("away_from"), data.get("away_until")
        if not {"away_from", "away_until"} & self.errors.keys():
            if (first is None) != (last is None):
                missing = "away_from" if first is None else "away_until"
                self.add_error(missing, "Enter both days, or neither.")
            elif first and last and last < first:
                self.add_error("away_until", "The last day must be the same as or after the first.")
        return data
