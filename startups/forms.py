"""Forms about organisations, their teams and what they can do."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db import models

from marketplace.forms import GovukForm, no_address
from marketplace.regions.models import LocalAuthority, Sector
from marketplace.widgets import RadiosWithHints
from startups import company_numbers
from startups.models import (
    LEVEL_MEANINGS,
    Capability,
    GrowthStage,
    Level,
    Organisation,
    Size,
    company_number_validator,
    same_name,
)
from startups.services import find_duplicate, find_twins

ELSEWHERE = "elsewhere"
TAKEN = {
    "name": "An organisation with this name is registered already. If it is yours, ask a "
    "colleague to invite you to its team",
    "company_number": "An organisation with this number is registered already. If it is yours, "
    "ask a colleague to invite you to its team",
}
NEAR = "There is an organisation with almost this name already: say below whether it is yours"


def words(
    label: str, limit: int, *, rows: int = 0, missing: str = "", **options: Any
) -> forms.CharField:
    """A text field that says in plain words when it is too long, or `missing`."""
    messages = {"max_length": f"{label} must be {limit:,} characters or fewer"}
    if missing:
        messages["required"] = missing
    if rows:
        options["widget"] = forms.Textarea(attrs={"rows": rows, "data-maxlength": limit})
    return forms.CharField(label=label, max_length=limit, error_messages=messages, **options)


def web_address(label: str, **options: Any) -> forms.URLField:
    return forms.URLField(
        label=label,
        max_length=200,
        assume_scheme="https",
        error_messages={
            "invalid": f"{label} must be a web address, for example https://example.org",
            "max_length": f"{label} must be 200 characters or fewer",
        },
        **options,
    )


def by_region(things: Iterable[Any], value: str = "pk") -> list[Any]:
    """Choices from authorities or sectors; grouped by region where there are several."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for thing in things:
        groups.setdefault(thing.region.name, []).append((str(getattr(thing, value)), thing.name))
    if len(groups) == 1:
        return next(iter(groups.values()))
    return list(groups.items())


def places() -> list[Any]:
    authorities = LocalAuthority.objects.select_related("region").order_by("region__name", "name")
    return [
        ("", "Choose a place"),
        *by_region(authorities),
        (ELSEWHERE, "Somewhere else"),
    ]


def sectors() -> list[Any]:
    return by_region(Sector.objects.select_related("region").order_by("region__name", "name"))


class OrganisationForm(GovukForm):
    """An organisation's profile: to register it and to change it.

    Args:
        organisation: the one that is being changed, so that its own name is not “taken”.
        is_another: whoever registers has seen `twins`, and theirs is none of them.
    """

    name = words(
        "Name",
        120,
        help_text="As your customers know it.",
        validators=[no_address],
        missing="Enter your organisation’s name",
    )
    company_number = forms.CharField(
        label="Companies House number",
        required=False,
        max_length=20,
        help_text="8 characters, for example 01234567 or SC123456. If yours has 7 digits or "
        "fewer, we add zeros in front, as the register does. Leave it empty if you have none.",
        error_messages={"max_length": company_number_validator.message},
    )
    website = web_address("Website", required=False)
    place = forms.ChoiceField(
        label="Where are you based?",
        choices=places,
        error_messages={"required": "Choose where you are based"},
    )
    place_name = words(
        "Town or city",
        80,
        required=False,
        validators=[no_address],
        help_text="Only if you chose “Somewhere else”.",
    )
    stage = forms.ChoiceField(
        label="Stage", choices=GrowthStage.choices, widget=forms.RadioSelect, required=False
    )
    size = forms.ChoiceField(
        label="Size", choices=Size.choices, widget=forms.RadioSelect, required=False
    )
    sectors = forms.MultipleChoiceField(
        label="Sectors", choices=sectors, widget=forms.CheckboxSelectMultiple, required=False
    )
    summary = words(
        "Summary",
        300,
        rows=3,
        help_text="One or two sentences on what you do.",
        missing="Enter a summary of what you do",
    )
    description = words(
        "Description",
        5000,
        rows=8,
        required=False,
        help_text="What you make, for whom, and what sets it apart.",
    )
    is_public = forms.TypedChoiceField(
        label="Show your profile to the public?",
        choices=[("yes", "Yes"), ("no", "No")],
        coerce=lambda value: value == "yes",
        initial="yes",
        widget=forms.RadioSelect,
        help_text="Name, summary, place, sectors and capabilities. Never pitches or people.",
    )

    def __init__(
        self,
        *args: Any,
        organisation: Organisation | None = None,
        is_another: bool = False,
        **kwargs: Any,
    ) -> None:
        self.organisation, self.is_another = organisation, is_another
        self.twins: list[Organisation] = []
        if organisation:
            kwargs.setdefault("initial", initial_of(organisation))
        super().__init__(*args, **kwargs)

    def clean_company_number(self) -> str:
        number = company_numbers.normalise(self.cleaned_data["company_number"])
        if number:
            company_number_validator(number)
        return number

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        place = cleaned.get("place")
        if place == ELSEWHERE and not cleaned.get("place_name") and "place_name" in cleaned:
            self.add_error("place_name", "Enter your town or city")
        except_pk = self.organisation.pk if self.organisation else None
        given = {name: cleaned.get(name, "") for name in TAKEN}
        is_another = self.is_another or self.organisation is not None
        taken = find_duplicate(given, except_pk=except_pk, is_another=is_another)
        if taken == "name" and not self.organisation:
            self.twins = find_twins(given["name"])
        if taken:
            near = taken == "name" and self.twins and not self.has_same_name
            self.add_error(taken, NEAR if near else TAKEN[taken])
        return cleaned

    @property
    def has_same_name(self) -> bool:
        """Whether a twin’s name is the very one; then there is no registering another."""
        name = self.cleaned_data.get("name") or self.data.get("name", "")
        return any(same_name(twin.name, name) for twin in self.twins)

    @property
    def fields_to_save(self) -> dict[str, Any]:
        """What the services take; call it on a valid form."""
        fields = dict(self.cleaned_data)
        place = fields.pop("place")
        somewhere_else = place == ELSEWHERE
        fields["place_id"] = None if somewhere_else else int(place)
        fields["place_name"] = fields["place_name"] if somewhere_else else ""
        fields["sectors"] = [int(pk) for pk in fields["sectors"]]
        return fields


def initial_of(organisation: Organisation) -> dict[str, Any]:
    """What the form shows for an organisation as it stands."""
    plain = ("name", "company_number", "website", "place_name", "stage", "size")
    return {
        **{name: getattr(organisation, name) for name in (*plain, "summary", "description")},
        "place": str(organisation.place_id or (ELSEWHERE if organisation.place_name else "")),
        "sectors": [str(sector.pk) for sector in organisation.sectors.all()],
        "is_public": "yes" if organisation.is_public else "no",
    }


class VersionedOrganisationForm(OrganisationForm):
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)


class InvitationForm(GovukForm):
    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text="We’ll send a link that works once, for 7 days.",
        error_messages={
            "required": "Enter an e-mail address",
            "invalid": "Enter an e-mail address, for example name@example.org",
            "max_length": "E-mail address must be 254 characters or fewer",
        },
    )


class ClaimForm(GovukForm):
    level = forms.TypedChoiceField(
        label="Level",
        error_messages={"required": "Select a level"},
        choices=Level.choices,
        coerce=int,
        widget=RadiosWithHints(
            hints={level: meaning.capitalize() for level, meaning in LEVEL_MEANINGS.items()}
        ),
    )
    evidence = words(
        "Evidence",
        3000,
        rows=6,
        help_text="What you delivered, for whom and when. Judges and the public may read it.",
        missing="Enter your evidence",
    )
    evidence_url = web_address("Link to evidence", required=False)


class FrameworkSearchForm(GovukForm):
    q = words(
        "Find a capability",
        100,
        required=False,
        help_text="Other names work too: “AI” finds machine learning.",
    )


class OrganisationFilterForm(GovukForm):
    """Filters of the public list; what is wrong in one leaves the others in force."""

    sector = forms.ChoiceField(label="Sector", required=False)
    place = forms.ChoiceField(label="Place", required=False)
    capability = forms.ChoiceField(label="Capability", required=False)
    stage = forms.ChoiceField(
        label="Stage", required=False, choices=[("", "Any"), *GrowthStage.choices]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        any_ = ("", "Any")
        # Regions may share a sector; whoever looks for it means it wherever it is.
        names = dict(Sector.objects.order_by("name").values_list("slug", "name"))
        authorities = LocalAuthority.objects.select_related("region")
        self.fields["sector"].choices = [any_, *names.items()]  # type: ignore[attr-defined]
        self.fields["place"].choices = [  # type: ignore[attr-defined]
            any_,
            *by_region(authorities.order_by("region__name", "name"), "code"),
        ]
        self.fields["capability"].choices = [any_, *framework_choices()]  # type: ignore[attr-defined]

    def narrow(self, organisations: models.QuerySet) -> models.QuerySet:
        """The organisations that pass the filters that are set."""
        self.is_valid()
        chosen = self.cleaned_data
        if chosen.get("sector"):
            with_sector = Sector.objects.filter(slug=chosen["sector"])
            organisations = organisations.filter(
                pk__in=Organisation.sectors.through.objects.filter(sector__in=with_sector).values(
                    "organisation"
                )
            )
        if chosen.get("place"):
            organisations = organisations.filter(place__code=chosen["place"])
        if chosen.get("capability"):
            organisations = organisations.filter(claims__capability__code=chosen["capability"])
        if chosen.get("stage"):
            organisations = organisations.filter(stage=chosen["stage"])
        return organisations


def framework_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for capability in Capability.objects.select_related("group"):
        groups.setdefault(capability.group.name, []).append((capability.code, capability.name))
    return list(groups.items())
