"""The desk's forms. Those with rows inside are built by Wagtail from `panels.py`."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db.models import Model, TextChoices
from django.utils.text import capfirst
from wagtail.admin.forms import WagtailAdminModelForm

from challenges.calls.models import Call, CallKind, LegalRoute, Stage
from challenges.calls.shapes import SHAPES
from challenges.judging.models import Decision, MemberRole, Outcome
from challenges.judging.services.assigning import MOST_PITCHES, MOST_REVIEWS
from challenges.pitches.models import Entry, EntryState
from marketplace.forms import CleanTextForm, NamesMixin, OurWordsMixin, no_address
from marketplace.number_fields import PoundsField, WholeNumberField
from marketplace.numbers import pounds
from marketplace.regions.models import LocalAuthority, Objective, Region, Sector
from marketplace.times import LONDON, day_ended_by, is_midnight
from startups.models import Capability, GrowthStage, Size

LONG = 5000
AT = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})


class NewCallForm(CleanTextForm):
    """Enough to begin with: everything else is set up on the call's own page."""

    legal_route = forms.ChoiceField(
        label="Legal route",
        choices=LegalRoute.choices,
        widget=forms.RadioSelect,
        help_text=(
            "It sets which notices, letters and dates the call needs. Ask your legal team; it can "
            "be changed until the call is approved."
        ),
        error_messages={"required": "Choose the legal route first."},
    )
    kind = forms.ChoiceField(choices=CallKind.choices, widget=forms.RadioSelect)
    title = forms.CharField(
        max_length=255,
        validators=[no_address],
        help_text="A question works well: “How might we find damp early?”",
    )
    summary = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=LONG,
        help_text="The problem in two or three plain sentences.",
    )
    region = forms.ModelChoiceField(Region.objects.none(), empty_label=None)

    def __init__(self, *args: Any, regions: set[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(regions) > 1:
            offered = Region.objects.filter(pk__in=regions)
            self.fields["region"].queryset = offered  # type: ignore[attr-defined]
        else:
            del self.fields["region"]


def _choices_of(
    model: type[Model], name: str, choices: type[TextChoices]
) -> forms.MultipleChoiceField:
    """Boxes for a column that holds a list of values."""
    column: Any = model._meta.get_field(name)
    return forms.MultipleChoiceField(
        label=capfirst(column.verbose_name),
        choices=choices.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=column.help_text,
    )


def _pounds_of(name: str) -> PoundsField:
    """The box of a call's amount, with the words that the model has for it."""
    column: Any = Call._meta.get_field(name)
    return PoundsField(
        label=capfirst(column.verbose_name),
        max_digits=column.max_digits,
        decimal_places=column.decimal_places,
        min_value=0,
        required=False,
        help_text=column.help_text,
    )


class CallDetailsForm(OurWordsMixin, NamesMixin, WagtailAdminModelForm):
    """The call's own fields; offers only what belongs to its region."""

    names = ("title",)

    budget = _pounds_of("budget")
    award_limit = _pounds_of("award_limit")
    for_stages = _choices_of(Call, "for_stages", GrowthStage)
    for_sizes = _choices_of(Call, "for_sizes", Size)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        region = self.instance.region_id
        for name, model in (
            ("objectives", Objective),
            ("sectors", Sector),
            ("places", LocalAuthority),
        ):
            self.fields[name].queryset = model.objects.filter(region=region)
        self.fields["programme"].queryset = self.fields["programme"].queryset.filter(region=region)
        self._offer_capabilities()

    def _offer_capabilities(self) -> None:
        """One list of choices for every row, grouped, read once."""
        groups: dict[str, list[tuple[int, str]]] = {}
        for capability in Capability.objects.select_related("group"):
            groups.setdefault(str(capability.group), []).append((capability.pk, capability.name))
        choices = [("", "Choose a capability"), *groups.items()]
        formset = self.formsets["wanted"]
        formset.form = _with_choices(formset.form, choices)


def _with_choices(form_class: type[forms.ModelForm], choices: list) -> type[forms.ModelForm]:
    class Row(form_class):  # type: ignore[valid-type, misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.fields["capability"].choices = choices

    return Row


class StageForm(OurWordsMixin, NamesMixin, WagtailAdminModelForm):
    """A stage with its questions and criteria, before it is sealed."""

    names = ("name",)

    def clean(self) -> dict[str, Any]:
        """A closing time of 0:00 becomes 11:59pm where the officer chose so; or it is meant.

        What was chosen is about the moment that was shown, and not about one typed since.
        """
        data = super().clean() or {}
        choice, closes_at = self.data.get("midnight", ""), data.get("closes_at")
        if closes_at is None or closes_at != self.initial.get("closes_at"):
            return data
        if choice in MIDNIGHT_MOVES and is_midnight(closes_at):
            data["closes_at"] = MIDNIGHT_MOVES[choice](closes_at)
        elif choice == MIDNIGHT_IS_MEANT:
            self.instance.midnight_meant = closes_at
        return data


def before_midnight(at: datetime) -> datetime:
    """What a form offers in place of 0:00: the last minute of the day that it ends."""
    return at - timedelta(minutes=1) if is_midnight(at) else at


class DeadlineField(forms.DateTimeField):
    """A moment by which people must act, where no editor asks what is meant by 0:00.

    Raises:
        ValidationError: it is 0:00 in London, which most people read as the end of that day.
    """

    default_error_messages = {
        "midnight": "0:00 is read as the end of either day. Choose 23:59 of the day that you mean."
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=AT, **kwargs)

    def clean(self, value: Any) -> datetime | None:
        at = super().clean(value)
        if at is not None and is_midnight(at) and at != self.initial:
            raise forms.ValidationError(self.error_messages["midnight"], code="midnight")
        return at


def _last_minute(day: date) -> datetime:
    return datetime.combine(day, time(23, 59), tzinfo=LONDON)


MIDNIGHT_MOVES = {
    "before": lambda at: _last_minute(day_ended_by(at)),
    "same": lambda at: _last_minute(at.astimezone(LONDON).date()),
}
"""What an officer can make of a deadline at 0:00; with nothing chosen it is asked again."""

MIDNIGHT_IS_MEANT = "meant"
"""That very moment is meant: not asked again while the stage closes then."""


class ShapeForm(CleanTextForm):
    shape = forms.ChoiceField(
        choices=[(key, shape.name) for key, shape in SHAPES.items()], widget=forms.RadioSelect
    )


class ReasonForm(CleanTextForm):
    reason = forms.CharField(widget=forms.Textarea(attrs={"rows": 4}), max_length=LONG)


class InviteForm(CleanTextForm):
    name = forms.CharField(max_length=120, validators=[no_address])
    email = forms.EmailField(label="E-mail address", max_length=254)
    role = forms.ChoiceField(choices=MemberRole.choices, initial=MemberRole.JUDGE)
    expertise = forms.ModelMultipleChoiceField(
        Capability.objects.all(),
        required=False,
        help_text="What they know well: pitches that need it go to them first.",
    )


class ReviewsForm(CleanTextForm):
    reviews = WholeNumberField(
        label="Judges for each pitch", min_value=1, max_value=MOST_REVIEWS, initial=3
    )
    most = WholeNumberField(
        label="Pitches for one judge, at most",
        min_value=1,
        max_value=MOST_PITCHES,
        required=False,
        help_text="Leave it empty for no limit.",
    )


class SamplesForm(CleanTextForm):
    """The sample pitches of a calibration round; a second one is usual, and may be left out."""

    title_1 = forms.CharField(label="First sample: title", max_length=120)
    text_1 = forms.CharField(
        label="First sample: text", max_length=20_000, widget=forms.Textarea(attrs={"rows": 12})
    )
    title_2 = forms.CharField(label="Second sample: title", max_length=120, required=False)
    text_2 = forms.CharField(
        label="Second sample: text",
        max_length=20_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text="Leave both empty for one sample only.",
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if bool(data.get("title_2")) != bool(data.get("text_2")):
            missing = "text_2" if data.get("title_2") else "title_2"
            self.add_error(missing, "Give the second sample both a title and a text, or neither.")
        return data

    def texts(self) -> list[tuple[str, str]]:
        """(title, text) of each sample that was given."""
        data = self.cleaned_data
        found = [(data[f"title_{number}"], data[f"text_{number}"]) for number in (1, 2)]
        return [each for each in found if each[0]]


class RemoveMemberForm(ReasonForm):
    discard_scores = forms.BooleanField(
        label="Leave out the reviews that they handed in",
        required=False,
        help_text="If not ticked, reviews handed in stay and count.",
    )


class OutcomeForm(CleanTextForm):
    """An outcome with its reason, and its amount where money is awarded."""

    outcome = forms.ChoiceField(choices=Outcome.choices, widget=forms.RadioSelect)
    amount = PoundsField(
        label="Award in pounds",
        required=False,
        max_digits=12,
        decimal_places=2,
        min_value=0,
        help_text="Only if awarded.",
    )
    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=LONG,
        help_text="For the record and the letter: why.",
    )

    def __init__(self, *args: Any, stage: Stage, has_next: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.limit = stage.call.award_limit
        if not has_next:
            self.fields["outcome"].choices = [  # type: ignore[attr-defined]
                choice for choice in Outcome.choices if choice[0] != Outcome.SHORTLISTED
            ]
        if self.limit is not None:
            self.fields["amount"].help_text = f"Only if awarded. At most {pounds(self.limit)}."

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        amount, awarded = data.get("amount"), data.get("outcome") == Outcome.AWARDED
        if awarded and not amount and "amount" not in self.errors:
            self.add_error("amount", "Give the amount of the award, in pounds.")
        if awarded and amount is not None and self.limit is not None and amount > self.limit:
            self.add_error("amount", f"An award in this call is at most {pounds(self.limit)}.")
        return data


class EntriesField(forms.ModelMultipleChoiceField):
    """Ticked entries; a number that no database can hold is no entry."""

    def clean(self, value: Any) -> Any:
        try:
            return super().clean(value)
        except OverflowError as error:
            raise ValidationError("Load the page again: one of the ticks is no pitch.") from error


class ManyOutcomesForm(OutcomeForm):
    entries = EntriesField(
        Entry.objects.none(), error_messages={"required": "Tick at least one pitch."}
    )
    field_order = ["entries", "outcome", "amount", "reason"]

    def __init__(self, *args: Any, stage: Stage, **kwargs: Any) -> None:
        super().__init__(*args, stage=stage, **kwargs)
        undecided = stage.entries.filter(state=EntryState.SUBMITTED)
        self.fields["entries"].queryset = undecided  # type: ignore[attr-defined]


class DecisionForm(OutcomeForm):
    feedback = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 10}),
        validators=[MaxLengthValidator(4 * LONG)],
        help_text="What would make the pitch better. Starts from the judges’ comments, unsigned.",
    )

    @staticmethod
    def values_of(decision: Decision) -> dict[str, Any]:
        return {
            name: getattr(decision, name) for name in ("outcome", "amount", "reason", "feedback")
        }
