"""The desk's forms for what comes after a release."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from django import forms
from django.utils import timezone

from challenges.judging.reserve import Line
from challenges.pitches.models import Entry
from cms.desk.addendum_forms import ON
from cms.desk.forms import LONG, DeadlineField, DecisionForm
from marketplace.forms import CleanTextForm
from marketplace.number_fields import PoundsField, WholeNumberField

EVENING = time(17)


def _words(label: str, help_text: str = "", *, required: bool = True, rows: int = 4) -> Any:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        widget=forms.Textarea(attrs={"rows": rows}),
        max_length=LONG,
    )


def _own_time() -> DeadlineField:
    return DeadlineField(
        label="Time of its own in the next stage, until",
        help_text="Only where that stage has closed, or will have. Nobody else can hand in then; "
        "judges read the pitch afterwards.",
        required=False,
    )


class CorrectionForm(DecisionForm):
    """What the decision should say, why, and why it departs from the ranking if it does."""

    why = _words(
        "Why is it corrected?",
        "The team reads it. Where an award changes, so does the public: name nobody here.",
    )
    explanation = _words(
        "Why it departs from the ranking or the rules",
        "Only where it does. It is kept in the record.",
        required=False,
        rows=3,
    )
    own_until = _own_time()
    field_order = ["why", "outcome", "amount", "own_until", "reason", "feedback", "explanation"]

    def __init__(self, *args: Any, has_next: bool, **kwargs: Any) -> None:
        super().__init__(*args, has_next=has_next, **kwargs)
        if not has_next:
            del self.fields["own_until"]
        self.fields["outcome"].label = "What the decision should be"
        self.fields["feedback"].help_text = "What would make the pitch better."


class OfferForm(CleanTextForm):
    amount = PoundsField(label="Award in pounds", max_digits=12, decimal_places=2, min_value=1)
    until = forms.DateField(label="They can answer until 5pm on", widget=ON)
    own_until = _own_time()
    reason = _words("Why is it offered?", "For the second officer and the record.", rows=3)
    skipped_why = _words(
        "Why are those before it passed over?",
        "The list is kept in its order. Only where there is a good reason not to.",
    )
    explanation = _words(
        "Why the awards may go past the budget",
        "Only where they do. It is kept in the record.",
        required=False,
        rows=2,
    )

    def __init__(self, *args: Any, is_award: bool, is_next: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_award:
            del self.fields["amount"], self.fields["explanation"]
        else:
            del self.fields["own_until"]
        if is_next:
            del self.fields["skipped_why"]

    def answers(self) -> dict[str, Any]:
        """As `propose_offer` takes them."""
        data = dict(self.cleaned_data)
        until = datetime.combine(data.pop("until"), EVENING)
        return {**data, "until": timezone.make_aware(until)}


class ReserveForm(CleanTextForm):
    """Which of the pitches that aren't taken forward are held in reserve, in which order."""

    held_until = forms.DateField(
        label="The list is held until",
        required=False,
        widget=ON,
        help_text="The last day on which a place may be offered. The letters say so.",
    )
    why = _words(
        "Why is it in another order than the ranking?",
        "Only if you gave numbers. It is kept in the record.",
        required=False,
        rows=3,
    )

    def __init__(self, *args: Any, entries: Sequence[Entry], lines: Sequence[Line], **kw: Any):
        super().__init__(*args, **kw)
        ranks = {line.place.entry_id: line.place for line in lines}
        self.entries = list(entries)
        if lines:
            self.fields["held_until"].initial = lines[0].place.held_until
            self.fields["why"].initial = lines[0].place.why
        for entry in self.entries:
            place = ranks.get(entry.pk)
            self.fields[f"on_{entry.pk}"] = forms.BooleanField(
                required=False, initial=place is not None
            )
            self.fields[f"rank_{entry.pk}"] = WholeNumberField(
                required=False,
                min_value=1,
                max_value=9999,
                initial=place.rank if place is not None and place.why else None,
                widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "desk-narrow"}),
            )

    def rows(self) -> list[tuple[Entry, Any, Any]]:
        """(pitch, its box, its number), in the order of the ranking."""
        return [(e, self[f"on_{e.pk}"], self[f"rank_{e.pk}"]) for e in self.entries]

    def chosen(self) -> list[Entry]:
        """The ticked ones in the order of the numbers given; those without one after them."""
        data = self.cleaned_data
        ticked = [entry for entry in self.entries if data.get(f"on_{entry.pk}")]
        last = len(self.entries) + 10_000
        return sorted(ticked, key=lambda entry: data.get(f"rank_{entry.pk}") or last)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        numbered = any(data.get(f"rank_{e.pk}") and data.get(f"on_{e.pk}") for e in self.entries)
        ordered = [e.pk for e in self.chosen()] if not self.errors else []
        by_ranking = [e.pk for e in self.entries if e.pk in ordered]
        if numbered and ordered != by_ranking and not data.get("why", "").strip():
            self.add_error("why", "Say why the list is in another order than the ranking.")
        if not numbered or ordered == by_ranking:
            data["why"] = ""
        return data


class EndProjectForm(CleanTextForm):
    reason = _words(
        "Why does it end early?", "The public and the organisation read it: name nobody here."
    )


class CameOfItForm(CleanTextForm):
    words = _words(
        "What came of it",
        "For one that needs no other outcome, such as more feedback. The team reads it.",
    )
