"""Forms that change what was promised: more time, and other rules of a sealed stage."""

from datetime import datetime
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.text import capfirst

from challenges.calls.addenda import Changes
from challenges.calls.models import ASK_KINDS, Criterion, Question, QuestionKind, Stage
from cms.desk.forms import AT, LONG, MIDNIGHT_MOVES, DeadlineField
from marketplace.forms import CleanTextForm
from marketplace.number_fields import WholeNumberField
from marketplace.times import LONDON, is_midnight, moment

ON = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
ADDED = 2
"""Empty questions that the form offers; more go into another addendum."""
WITHOUT_OPTIONS = [
    choice
    for choice in QuestionKind.choices
    if choice[0] not in (QuestionKind.CHOICE, QuestionKind.CHOICES)
]


class ReasonedForm(CleanTextForm):
    reason = forms.CharField(
        label="Why? Applicants will read it",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=LONG,
    )


class ExtendForm(ReasonedForm):
    """More time for everyone; later dates move along unless they are changed too.

    A closing time of 0:00 is read as the end of that day by most people, and a deadline never
    comes earlier again: so it is asked first which moment is meant.
    """

    closes_at = forms.DateTimeField(label="Closes", widget=AT)
    meant = forms.ChoiceField(
        label="0:00 begins a day. What is meant?",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Many people would read 0:00 as the end of the day that it begins. Choose "
            "when it closes.",
            "invalid_choice": "Choose when it closes.",
        },
    )
    scores_due_at = DeadlineField(label="Panel closes")
    decision_on = forms.DateField(label="Decision expected", widget=ON)
    field_order = ["closes_at", "meant", "scores_due_at", "decision_on", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if midnight := self._midnight():
            moments = [midnight, *(move(midnight) for move in MIDNIGHT_MOVES.values())]
            choices: Any = [(at.isoformat(), _when(at)) for at in sorted(moments)]
            self.fields["meant"].choices = choices  # type: ignore[attr-defined]
        else:
            del self.fields["meant"]

    def _midnight(self) -> datetime | None:
        """The closing time that was typed, if it is 0:00."""
        try:
            at = self.fields["closes_at"].clean(self.data.get(self.add_prefix("closes_at")))
        except forms.ValidationError:
            return None
        return at.astimezone(LONDON) if is_midnight(at) else None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if meant := data.pop("meant", ""):
            data["closes_at"] = datetime.fromisoformat(meant)
        return data


def _when(at: datetime) -> str:
    return capfirst(moment(at)) if is_midnight(at) else f"11:59pm on {at:%A} {at.day} {at:%B %Y}"


class AddendumForm(ReasonedForm):
    """Every part of a sealed stage that may change; only what differs is proposed."""

    def __init__(self, *args: Any, stage: Stage, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stage = stage
        self.questions = list(stage.questions.asked())
        self.criteria = list(stage.criteria.all())
        self.fields["clarification"] = _text("Clarification that joins the rules", rows=3)
        self.fields["scores_due_at"] = DeadlineField(
            label="Panel closes", initial=stage.scores_due_at
        )
        self.fields["decision_on"] = forms.DateField(
            label="Decision expected", widget=ON, initial=stage.decision_on
        )
        if stage.places is not None:
            self.fields["places"] = WholeNumberField(
                label="Number to take forward", min_value=1, initial=stage.places
            )
        for question in self.questions:
            self._add_question(question)
        for criterion in self.criteria:
            self._add_criterion(criterion)
        for number in range(1, ADDED + 1):
            self._add_new(number)

    def _add_question(self, question: Question) -> None:
        name = f"question-{question.pk}"
        self.fields[f"{name}-label"] = forms.CharField(
            label="Question", max_length=255, initial=question.label
        )
        self.fields[f"{name}-guidance"] = _text("Guidance", initial=question.guidance)
        self.fields[f"{name}-required"] = forms.BooleanField(
            label="Must be answered", required=False, initial=question.required
        )
        self.fields[f"{name}-max_words"] = WholeNumberField(
            label="Word limit",
            required=False,
            min_value=1,
            max_value=5000,
            initial=question.max_words,
        )
        if question.kind in ASK_KINDS:
            self.fields[f"{name}-is_ask"] = forms.BooleanField(
                label="This is what the applicant asks for",
                required=False,
                initial=question.is_ask,
            )
        if question.condition_on_id is not None:
            self.fields[f"{name}-free"] = forms.BooleanField(
                label="Ask it of everybody, whatever they answered before", required=False
            )
        self.fields[f"{name}-retire"] = forms.BooleanField(
            label="Take this question out", required=False
        )

    def _add_criterion(self, criterion: Criterion) -> None:
        name = f"criterion-{criterion.pk}"
        self.fields[f"{name}-guidance"] = _text("Guidance", initial=criterion.guidance)
        self.fields[f"{name}-anchors"] = _text("What scores mean", initial=criterion.anchors)
        self.fields[f"{name}-weight"] = WholeNumberField(
            label="Weight", min_value=1, max_value=100, initial=criterion.weight
        )

    def _add_new(self, number: int) -> None:
        name = f"new-{number}"
        self.fields[f"{name}-label"] = forms.CharField(
            label="Question", max_length=255, required=False
        )
        self.fields[f"{name}-kind"] = forms.ChoiceField(label="Kind", choices=WITHOUT_OPTIONS)
        self.fields[f"{name}-kind"].initial = QuestionKind.LONG_TEXT
        self.fields[f"{name}-guidance"] = _text("Guidance")
        self.fields[f"{name}-required"] = forms.BooleanField(
            label="Must be answered", required=False
        )
        self.fields[f"{name}-max_words"] = WholeNumberField(
            label="Word limit", required=False, min_value=1, max_value=5000
        )

    def groups(self) -> list[tuple[str, list[BoundField]]]:
        """(heading, fields) in the order of the page."""
        general = [self[name] for name in self.fields if "-" not in name]
        found = [("Why, dates and places", general)]
        found += [(each.label, self._of(f"question-{each.pk}-")) for each in self.questions]
        found += [(each.name, self._of(f"criterion-{each.pk}-")) for each in self.criteria]
        found += [(f"New question {n}", self._of(f"new-{n}-")) for n in range(1, ADDED + 1)]
        return found

    def _of(self, prefix: str) -> list[BoundField]:
        return [self[name] for name in self.fields if name.startswith(prefix)]

    def changes(self) -> Changes:
        """Only what differs from the stage as it is, as `challenges.calls.addenda` takes it."""
        found: Changes = {}
        data = self.cleaned_data
        for name in ("scores_due_at", "decision_on"):
            if data[name] != self._stands(name):
                found[name] = data[name].isoformat()
        if data.get("places", self.stage.places) != self.stage.places:
            found["places"] = data["places"]
        questions = self._edits("question", self.questions, QUESTION_FIELDS)
        criteria = self._edits("criterion", self.criteria, ("guidance", "anchors", "weight"))
        for each in self.questions:
            if data.get(f"question-{each.pk}-free"):
                questions.setdefault(str(each.pk), {}).update(FREED)
        retired = [each.pk for each in self.questions if data[f"question-{each.pk}-retire"]]
        added = [new for n in range(1, ADDED + 1) if (new := self._new(n))]
        lists = {"questions": questions, "criteria": criteria, "retire": retired, "add": added}
        return found | {name: value for name, value in lists.items() if value}

    def _stands(self, name: str) -> Any:
        """As the form's field shows it: to the minute."""
        stands = getattr(self.stage, name)
        return stands.replace(second=0, microsecond=0) if name.endswith("_at") else stands

    def _edits(self, kind: str, parts: list, fields: tuple[str, ...]) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for part in parts:
            for field in fields:
                if f"{kind}-{part.pk}-{field}" not in self.fields:
                    continue
                value = self.cleaned_data[f"{kind}-{part.pk}-{field}"]
                if _plain(value) != _plain(getattr(part, field)):
                    found.setdefault(str(part.pk), {})[field] = value
        return found

    def _new(self, number: int) -> dict[str, Any] | None:
        values = {
            field: self.cleaned_data[f"new-{number}-{field}"]
            for field in (*QUESTION_FIELDS, "kind")
            if f"new-{number}-{field}" in self.fields
        }
        return values if values["label"].strip() else None


QUESTION_FIELDS = ("label", "guidance", "required", "max_words", "is_ask")
FREED = {"condition_on": None, "condition_answers": ""}
"""A question that is asked of everybody from now on."""


def _plain(value: Any) -> Any:
    """A browser ends lines its own way; that is no change."""
    return value.replace("\r\n", "\n").strip() if isinstance(value, str) else value


def _text(label: str, *, rows: int = 2, initial: str = "") -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(
        label=label, required=False, max_length=LONG, widget=widget, initial=initial
    )
