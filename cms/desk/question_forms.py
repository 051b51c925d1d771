"""Rows of the stage editor; a question in one may wait for an earlier one."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.forms import Field, ModelForm, Select
from django.forms.formsets import ORDERING_FIELD_NAME
from django.utils.functional import cached_property
from modelcluster.forms import BaseChildFormSet
from wagtail.admin.forms import WagtailAdminModelForm

from challenges.calls.models import ASK_KINDS, DISCRETE, Question, QuestionKind, Section

ALWAYS = ("", "Always ask it")

KINDS_OF_FIELD: dict[str, tuple[QuestionKind, ...]] = {
    "max_words": (QuestionKind.SHORT_TEXT, QuestionKind.LONG_TEXT),
    "choices": (QuestionKind.CHOICE, QuestionKind.CHOICES),
    "unit": (QuestionKind.NUMBER,),
    "is_ask": ASK_KINDS,
    "acceptable": DISCRETE,
    "refusal": DISCRETE,
}
"""Field of a question → the kinds that it means something for; all others suit every kind."""

ELIGIBILITY_ONLY = ("acceptable", "refusal")


class EarlierQuestion(Field):
    """Another row of the same list, by its words; cleaned, it is that row's question, or None."""

    widget = Select
    offered: dict[str, Question]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)
        self.offered = {}

    def to_python(self, value: Any) -> Question | None:
        if value in self.empty_values:
            return None
        if str(value) not in self.offered:
            raise ValidationError("That question is no longer in this list. Choose another.")
        return self.offered[str(value)]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str(initial or "") != str(data or "")


class EditorRow(WagtailAdminModelForm):
    """A row of a list; the place that the page gives an empty one does not make it a row."""

    @cached_property
    def changed_data(self) -> list[str]:
        names = super().changed_data
        is_empty = self.instance.pk is None and names == [ORDERING_FIELD_NAME]
        return [] if is_empty else names


class QuestionRow(EditorRow):
    condition_on = EarlierQuestion(
        label="Ask only after", help_text="An earlier question with choices."
    )

    def clean(self) -> dict[str, Any]:
        """What a question's kind and section don't show doesn't count: nobody would see it."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        is_gate = data.get("section") == Section.ELIGIBILITY
        for name, kinds in KINDS_OF_FIELD.items():
            is_shown = data.get("kind") in kinds and (is_gate or name not in ELIGIBILITY_ONLY)
            if name in data and "kind" in data and not is_shown:
                data[name] = getattr(Question(), name)
        return data


class QuestionRows(BaseChildFormSet):
    """The questions of a stage; one may wait for another that is new in the same form.

    A stored question is known by its id and a new one by its row, "new-3", so that moving rows
    about changes nothing.
    """

    @cached_property
    def forms(self) -> list[ModelForm]:
        rows = super().forms
        _offer(rows, rows)
        return rows

    @property
    def empty_form(self) -> ModelForm:
        row = super().empty_form
        _offer([*self.forms, row], [row])
        return row

    def clean(self) -> None:
        super().clean()
        rows = _in_order(self.forms)
        kept = [row for row in rows if self._is_kept(row)]
        for place, row in enumerate(kept):
            other = row.cleaned_data.get("condition_on")
            if other is not None and (sentence := _why_not(row, other, rows, kept[:place])):
                row.add_error("condition_on", sentence)

    def _is_kept(self, row: ModelForm) -> bool:
        is_there = row.instance.pk is not None or row.has_changed()
        return is_there and not self._should_delete_form(row)


def _why_not(
    row: ModelForm,
    other: Question,
    rows: Sequence[ModelForm],
    earlier: Sequence[ModelForm],
) -> str:
    """Why a row's question can't wait for this other; empty if it can."""
    if any(each.instance is other for each in earlier):
        return ""
    chosen = next(each for each in rows if each.instance is other)
    this, that = _words(row) or "This question", _words(chosen)
    if not that:
        return "The question that you chose is still empty: write it, or choose another."
    if chosen.cleaned_data.get("DELETE"):
        return (
            f"“{this}” is asked after “{that}”, which you remove. Remove both, or choose “Always "
            "ask it” first, and empty the answers."
        )
    return f"“{this}” is asked after “{that}”, so “{that}” must stand before it: move one of them."


def _offer(rows: Sequence[ModelForm], to: Sequence[ModelForm]) -> None:
    """Offer each row of `to` the rows before it; what it holds already stays on offer."""
    ordered = _in_order(rows)
    keys = {id(row): _key(row) for row in ordered}
    texts = {keys[id(row)]: f"{n}. {_words(row) or 'New'}" for n, row in enumerate(ordered, 1)}
    for row in to:
        field = row.fields.get("condition_on")
        if not isinstance(field, EarlierQuestion):
            continue
        others = [each for each in ordered if each is not row]
        field.offered = {keys[id(each)]: each.instance for each in others}
        earlier = [keys[id(each)] for each in ordered[: ordered.index(row)]]
        held = str(row["condition_on"].value() or "")
        if held in field.offered and held not in earlier:
            earlier.append(held)
        field.widget.choices = [ALWAYS, *((key, texts[key]) for key in earlier)]


def _key(row: ModelForm) -> str:
    """What a row is known by in a choice: its question's id, or its number in the form."""
    if row.instance.pk is not None:
        return str(row.instance.pk)
    return f"new-{str(row.prefix).rpartition('-')[2]}"


def _words(row: ModelForm) -> str:
    return str(row["label"].value() or "")


def _in_order(rows: Sequence[ModelForm]) -> list[ModelForm]:
    """Rows as they were moved about; those without a number come last, as they are stored."""

    def number(row: ModelForm) -> float:
        typed = str(row[ORDERING_FIELD_NAME].value() or "")
        return int(typed) if typed.isdecimal() and len(typed) < 9 else float("inf")

    return sorted(rows, key=number)
