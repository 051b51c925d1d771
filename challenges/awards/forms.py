"""The filters of the list of funded projects."""

from typing import Any

from django import forms
from django.db.models import Q

from challenges.awards.models import Award, AwardQuerySet, AwardState
from challenges.calls.models import Call, Programme
from marketplace.forms import GovukForm
from marketplace.regions.models import LocalAuthority, Objective, Sector
from startups.models import Organisation

ANY = ("", "Any")


class ProjectFilters(GovukForm):
    """Each filter narrows the list; one that can't be read is left out and says so."""

    q = forms.CharField(label="Words", required=False, max_length=100)
    objective = forms.ChoiceField(label="Objective", required=False)
    sector = forms.ChoiceField(label="Sector", required=False)
    place = forms.ChoiceField(label="Place of the organisation", required=False)
    programme = forms.ChoiceField(label="Programme", required=False)
    state = forms.ChoiceField(label="State", required=False, choices=[ANY, *AwardState.choices])
    year = forms.ChoiceField(label="Year of award", required=False)
    organisation = forms.SlugField(required=False, max_length=140, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        years = Award.objects.dates("awarded_on", "year", order="DESC")
        self._offer("objective", Objective.objects.values_list("code", "name"))
        self._offer("sector", Sector.objects.values_list("slug", "name"))
        self._offer("place", LocalAuthority.objects.values_list("code", "name"))
        self._offer("programme", Programme.objects.values_list("slug", "name"))
        self._offer("year", [(str(day.year), str(day.year)) for day in years])

    def _offer(self, name: str, choices: Any) -> None:
        # Regions that share an installation may use the same word: it is offered once.
        self.fields[name].choices = [ANY, *dict(choices).items()]  # type: ignore[attr-defined]

    def narrow(self, awards: AwardQuerySet) -> AwardQuerySet:
        self.is_valid()
        for name, value in self.cleaned_data.items():
            if value:
                awards = awards.filter(CONDITIONS[name](value))
        return awards


def _words(text: str) -> Q:
    """Each word somewhere, or all of it in the name of an organisation."""
    found = Q()
    for word in text.split():
        found &= (
            Q(title__icontains=word)
            | Q(summary__icontains=word)
            | Q(organisation__in=Organisation.objects.named_with(word))
            | Q(call__title__icontains=word)
        )
    return found | Q(organisation__in=Organisation.objects.named_with(text))


CONDITIONS = {
    "q": _words,
    "objective": lambda code: Q(call__in=Call.objects.filter(objectives__code=code)),
    "sector": lambda slug: Q(call__in=Call.objects.filter(sectors__slug=slug)),
    "place": lambda code: Q(organisation__place__code=code),
    "programme": lambda slug: Q(call__programme__slug=slug),
    "state": lambda state: Q(state=state),
    "year": lambda year: Q(awarded_on__year=int(year)),
    "organisation": lambda slug: Q(organisation__slug=slug),
}
