"""What judges fill in: their interests, and their reviews."""

from collections.abc import Iterable
from typing import Any

from django import forms

from challenges.judging.models import (
    AppealKind,
    Assignment,
    ConflictDecision,
    ConflictKind,
    Recommendation,
)
from challenges.judging.services.reviewing import Promise, Scores, promised_criteria
from challenges.pitches.models import Entry, EntryQuerySet
from marketplace.forms import GovukDateField, GovukForm
from marketplace.number_fields import WholeNumberField
from startups.models import Organisation

MOST_NEAR = 8
"""Names that are offered where the one typed is not known."""

LONGEST = 10_000
"""Characters in one comment; guards the database, not the judge."""


class ConflictForm(GovukForm):
    """What a tie amounts to, and what is done about it."""

    kind = forms.ChoiceField(
        label="What kind of tie is it?",
        choices=ConflictKind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what kind of tie it is"},
    )
    decision = forms.ChoiceField(
        label="What is done?",
        choices=ConflictDecision.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what is done"},
    )
    reason = forms.CharField(
        label="Why, and under which measure?",
        help_text="It is part of the conflicts assessment, and the person reads it.",
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Say why, and under which measure if it is managed"},
    )


class CriteriaForm(GovukForm):
    """A score and a comment for each criterion of a sealed rulebook."""

    criteria: list[Promise]

    def add_criteria(self) -> None:
        for criterion in self.criteria:
            self.fields[f"score_{criterion['id']}"] = _score_field(criterion)
            self.fields[f"comment_{criterion['id']}"] = _comment_field(criterion)

    def rows(self) -> list[dict[str, Any]]:
        """Each criterion with its two fields and its share of the weight in percent."""
        whole = sum(criterion["weight"] for criterion in self.criteria)
        return [
            {
                **criterion,
                "share": round(100 * criterion["weight"] / whole),
                "score": self[f"score_{criterion['id']}"],
                "comment": self[f"comment_{criterion['id']}"],
            }
            for criterion in self.criteria
        ]

    def scores(self) -> Scores:
        return {
            criterion["id"]: (
                self.cleaned_data[f"score_{criterion['id']}"],
                self.cleaned_data[f"comment_{criterion['id']}"],
            )
            for criterion in self.criteria
        }


class AgreementForm(CriteriaForm):
    """What the panel agrees on one pitch: for each criterion a score and why."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31)

    def __init__(self, *args: Any, entry: Entry, **kwargs: Any) -> None:
        self.criteria = entry.rulebook.content["criteria"]
        super().__init__(*args, **kwargs)
        self.add_criteria()
        for criterion in self.criteria:
            reason = self.fields[f"comment_{criterion['id']}"]
            reason.label = f"Why, for “{criterion['name']}”?"
            reason.help_text = "The applicant reads it."


class AppealForm(GovukForm):
    """What a team says after the release."""

    kind = forms.ChoiceField(
        label="What is it?",
        choices=AppealKind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what it is"},
    )
    grounds = forms.CharField(
        label="What is wrong, or what do you want to know?",
        help_text="For an appeal, say which of the published rules was not kept, and how.",
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={"required": "Say what is wrong, or what you want to know"},
    )


class OwnTieForm(GovukForm):
    """An officer's own tie to an applicant, named as in the register."""

    applicant = forms.CharField(
        label="Which applicant?",
        help_text="The name of the organisation.",
        max_length=120,
        error_messages={"required": "Enter the name of the applicant"},
    )
    nature = forms.CharField(
        label="What is your tie?",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say what your tie to this applicant is"},
    )

    def __init__(self, *args: Any, entries: EntryQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.entries = entries

    def clean_applicant(self) -> Entry:
        name = " ".join(self.cleaned_data["applicant"].split())
        called = Organisation.objects.called(name).values("pk")
        if len(found := list(self.entries.filter(pitch__organisation__in=called)[:MOST_NEAR])) == 1:
            return found[0]
        matching = Organisation.objects.matching(name).values("pk")
        near = found or self.entries.filter(pitch__organisation__in=matching)[:MOST_NEAR]
        names = ", ".join(entry.pitch.organisation.name for entry in near)
        hint = f" Is it one of these: {names}?" if names else ""
        raise forms.ValidationError(f"No applicant of this stage has this name.{hint}")


class DeclarationForm(GovukForm):
    """A tick and a sentence for each applicant, or one tick for none.

    Fields go by the organisation and not by the pitch, so that a blind stage's page does not
    say which pitch is whose.
    """

    none = forms.BooleanField(label="I have no interest in any of these applicants", required=False)

    def __init__(self, *args: Any, organisations: Iterable[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organisations = list(organisations)
        for organisation in self.organisations:
            self.fields[f"interest_{organisation.pk}"] = forms.BooleanField(
                label=organisation.name, required=False
            )
            self.fields[f"nature_{organisation.pk}"] = forms.CharField(
                label=f"What is your interest in {organisation.name}?",
                required=False,
                max_length=1000,
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    def rows(self) -> list[tuple[Any, Any]]:
        """For each applicant the tick and the box for the sentence."""
        return [(self[f"interest_{o.pk}"], self[f"nature_{o.pk}"]) for o in self.organisations]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for organisation in self.organisations:
            self._clean_one(cleaned, organisation)
        if not self.errors and not self.interests() and not cleaned.get("none"):
            self.add_error(
                "none",
                "Tick the applicants in which you have an interest, or tick that you have none",
            )
        if self.interests() and cleaned.get("none"):
            self.add_error("none", "You ticked an applicant too: clear that tick, or this one")
        return cleaned

    def _clean_one(self, cleaned: dict[str, Any], organisation: Organisation) -> None:
        ticked = cleaned.get(f"interest_{organisation.pk}")
        said = cleaned.get(f"nature_{organisation.pk}", "").strip()
        if ticked and not said and f"nature_{organisation.pk}" not in self.errors:
            self.add_error(
                f"nature_{organisation.pk}", f"Say what your interest in {organisation.name} is"
            )
        if said and not ticked:
            self.add_error(
                f"interest_{organisation.pk}",
                f"Tick {organisation.name}, or clear what you wrote about it",
            )

    def interests(self) -> dict[int, str]:
        """Organisation id → what the interest is."""
        return {
            o.pk: self.cleaned_data.get(f"nature_{o.pk}", "")
            for o in self.organisations
            if self.cleaned_data.get(f"interest_{o.pk}")
        }


class SampleForm(CriteriaForm):
    """A judge's scores of a sample pitch; the words are for the panel."""

    marks_optional = False

    def __init__(self, *args: Any, criteria: list[Promise], **kwargs: Any) -> None:
        self.criteria = criteria
        super().__init__(*args, **kwargs)
        self.add_criteria()
        for criterion in criteria:
            why = self.fields[f"comment_{criterion['id']}"]
            why.label, why.help_text = "Why? (optional)", "The other judges read it."


class AvailabilityForm(GovukForm):
    """How much a judge can read, and when they can't."""

    most_pitches = WholeNumberField(
        label="The most pitches you can read",
        help_text="Leave it empty for as many as it takes.",
        min_value=1,
        max_value=10_000,
        required=False,
    )
    away_from = GovukDateField(label="First day away", required=False)
    away_until = GovukDateField(label="Last day away", required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("away_from"), cleaned.get("away_until")
        if "away_from" in self.errors or "away_until" in self.errors:
            return cleaned
        if (first is None) != (last is None):
            missing = "away_from" if first is None else "away_until"
            self.add_error(missing, "Enter both days, or neither")
        elif first and last and last < first:
            self.add_error("away_until", "The last day must be the same as or after the first")
        return cleaned


class LeavingForm(GovukForm):
    """Why somebody declines or steps down, if they like to say."""

    reason = forms.CharField(
        label="Why? (optional)",
        help_text="The officers of the call read it. Nobody else does.",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class ReviewForm(CriteriaForm):
    """One review: for each criterion a score and a comment, then what is recommended.

    A draft may lack anything, so no field is required here; submitting says what is missing.
    """

    marks_optional = False

    recommendation = forms.ChoiceField(
        label="What do you recommend?",
        choices=Recommendation.choices,
        required=False,
        widget=forms.RadioSelect,
    )
    comment = forms.CharField(
        label="Comment for the panel only (optional)",
        help_text="The applicant never sees this.",
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31)

    def __init__(self, *args: Any, assignment: Assignment, **kwargs: Any) -> None:
        self.criteria = promised_criteria(assignment)
        kwargs.setdefault("initial", saved_values(assignment))
        super().__init__(*args, **kwargs)
        self.add_criteria()
        self.order_fields([*self._criterion_names(), "recommendation", "comment", "version"])

    def review(self) -> dict[str, Any]:
        """The arguments of `save_review` that were typed."""
        return {
            "scores": self.scores(),
            "recommendation": self.cleaned_data["recommendation"],
            "comment": self.cleaned_data["comment"],
            "version": self.cleaned_data["version"],
        }

    def differences(self, assignment: Assignment) -> list[tuple[str, str, str]]:
        """(what, typed here, saved elsewhere) for each field in which the two differ."""
        saved = saved_values(assignment)
        found = []
        for name in [*self._criterion_names(), "recommendation", "comment"]:
            typed, stands = str(self[name].value() or ""), str(saved.get(name) or "")
            if name.startswith("score_"):
                typed, stands = (_text(self[name].value()), _text(saved.get(name)))
            if typed.split() != stands.split():
                found.append((self._label(name), typed, stands))
        return found

    def _label(self, name: str) -> str:
        kind, _, pk = name.partition("_")
        criterion = next((c["name"] for c in self.criteria if str(c["id"]) == pk), "")
        if not criterion:
            return str(self.fields[name].label)
        return f"{criterion}: {'score' if kind == 'score' else 'comment'}"

    def _criterion_names(self) -> list[str]:
        return [f"{kind}_{c['id']}" for c in self.criteria for kind in ("score", "comment")]


def saved_values(assignment: Assignment) -> dict[str, Any]:
    """A review as it stands in the database, by the names of the form's fields."""
    values: dict[str, Any] = {
        "recommendation": assignment.recommendation,
        "comment": assignment.comment,
        "version": assignment.version,
    }
    for score in assignment.scores.all():
        values[f"score_{score.criterion_id}"] = score.value
        values[f"comment_{score.criterion_id}"] = score.comment
    return values


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _score_field(criterion: Promise) -> forms.Field:
    return forms.TypedChoiceField(
        label=f"Score from 0 to {criterion['scale']}",
        choices=[(value, str(value)) for value in range(criterion["scale"] + 1)],
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect(attrs={"class": "govuk-radios--inline govuk-radios--small"}),
        error_messages={"invalid_choice": f"Choose a score from 0 to {criterion['scale']}"},
    )


def _comment_field(criterion: Promise) -> forms.Field:
    return forms.CharField(
        label="Why?",
        help_text="May be sent to the applicant, without your name.",
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
