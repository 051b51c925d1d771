"""What a stage asks of applicants."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from modelcluster.fields import ParentalKey

from challenges.calls.models.rulebook import Promised
from challenges.calls.models.stage import Stage


class QuestionKind(models.TextChoices):
    """What kind of answer a question takes; `challenges.calls.question_types` says how."""

    SHORT_TEXT = "short-text", "Short text"
    LONG_TEXT = "long-text", "Long text"
    NUMBER = "number", "Number"
    MONEY = "money", "Money"
    DATE = "date", "Date"
    YES_NO = "yes-no", "Yes or no"
    CHOICE = "choice", "One choice"
    CHOICES = "choices", "Several choices"
    LINK = "link", "Link"
    FILE = "file", "File"
    COSTS = "costs", "Table of costs"
    TEAM = "team", "Team members"
    CAPABILITIES = "capabilities", "Capabilities offered"
    DECLARATION = "declaration", "Declaration to sign"


class Section(models.TextChoices):
    ELIGIBILITY = "eligibility", "Can you apply? (asked first)"
    MAIN = "main", "Your pitch"


class Audience(models.TextChoices):
    JUDGES = "judges", "Judges and officers"
    OFFICERS = "officers", "Officers only"


DISCRETE = (QuestionKind.YES_NO, QuestionKind.CHOICE, QuestionKind.CHOICES)
"""Kinds with answers that can be listed: what eligibility and conditions go by."""

ASK_KINDS = (QuestionKind.MONEY, QuestionKind.COSTS)
"""Kinds whose answer is a sum: what an applicant asks for can be read from them."""

NO_CONDITION = "Choose the question that is to have one of these answers, or empty the answers."


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


class QuestionQuerySet(models.QuerySet):
    def asked(self) -> "QuestionQuerySet":
        """Without those that an addendum took out."""
        return self.filter(retired_at=None)


class Question(Promised):
    sealed_part = "questions"
    sort_order_field = "sort_order"

    stage = ParentalKey(Stage, on_delete=models.CASCADE, related_name="questions")
    sort_order = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(
        max_length=12, choices=QuestionKind.choices, default=QuestionKind.LONG_TEXT
    )
    label = models.CharField("question", max_length=255)
    guidance = models.TextField(blank=True)
    required = models.BooleanField(default=True)
    max_words = models.PositiveSmallIntegerField(
        "word limit",
        null=True,
        blank=True,
        validators=[MaxValueValidator(5000)],
        help_text="For text only.",
    )
    choices = models.TextField(blank=True, help_text="For choices: one a line.")
    identifies = models.BooleanField(
        "says who the applicant is", default=False, help_text="Hidden from judges in a blind stage."
    )
    section = models.CharField(
        max_length=11, choices=Section.choices, default=Section.MAIN, db_default=Section.MAIN
    )
    audience = models.CharField(
        "who reads the answer",
        max_length=8,
        choices=Audience.choices,
        default=Audience.JUDGES,
        db_default=Audience.JUDGES,
    )
    weight = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MaxValueValidator(100)],
        help_text="How much it counts, if that helps applicants. Shown, not computed with.",
    )
    unit = models.CharField(
        max_length=20, blank=True, default="", db_default="", help_text="For numbers: “homes”."
    )
    is_ask = models.BooleanField(
        "this is what the applicant asks for",
        default=False,
        db_default=False,
        help_text="For money and costs: nobody can submit more than the most for one award.",
    )
    acceptable = models.TextField(
        "answers that let somebody apply",
        blank=True,
        default="",
        db_default="",
        help_text="For eligibility: one a line, as in the choices, or Yes.",
    )
    refusal = models.TextField(
        "what the others are told",
        blank=True,
        default="",
        db_default="",
        help_text="Kindly: why they can’t apply, and who else may help.",
    )
    condition_on = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name="ask only after",
        help_text="An earlier question of the stage, with choices.",
    )
    condition_answers = models.TextField(
        "if the answer is one of",
        blank=True,
        default="",
        db_default="",
        help_text="One a line.",
    )
    retired_at = models.DateTimeField(
        null=True, editable=False, help_text="taken out by an addendum; answers to it stay"
    )

    objects = QuestionQuerySet.as_manager()

    class Meta:
        ordering = ["stage", "sort_order", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(condition_on=None) | ~models.Q(condition_on=models.F("pk")),
                name="question_waits_for_another",
            )
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def choice_list(self) -> list[str]:
        return _lines(self.choices)

    def spec(self) -> dict[str, Any]:
        spec = {
            "id": self.pk,
            "kind": self.kind,
            "label": self.label,
            "guidance": self.guidance,
            "required": self.required,
            "max_words": self.max_words,
            "choices": self.choice_list,
            "identifies": self.identifies,
            "section": self.section,
            "audience": self.audience,
            "weight": self.weight,
            "unit": self.unit,
            "acceptable": _lines(self.acceptable),
            "refusal": self.refusal,
            "condition": self._condition(),
        }
        if self.kind in ASK_KINDS:
            spec["is_ask"] = self.is_ask
            spec["most"] = self._most()
        if self.kind == QuestionKind.CAPABILITIES:
            spec["wanted"] = self._wanted()
        return spec

    def _most(self) -> str | None:
        """The most that may be asked for here, in pounds, or None where nothing limits it."""
        limit = self.stage.call.award_limit
        return f"{limit:.2f}" if self.is_ask and limit is not None else None

    def _condition(self) -> dict[str, Any] | None:
        """{"question": id, "answers": […]} of the earlier question that decides, or None."""
        if self.condition_on_id is None:
            return None
        return {"question": self.condition_on_id, "answers": _lines(self.condition_answers)}

    def _wanted(self) -> list[dict[str, Any]]:
        wanted = self.stage.call.wanted.select_related("capability")
        return [
            {
                "code": want.capability.code,
                "name": want.capability.name,
                "level": want.level,
                "essential": want.essential,
            }
            for want in wanted
        ]

    def clean(self) -> None:
        super().clean()
        if self.kind in (QuestionKind.CHOICE, QuestionKind.CHOICES) and len(self.choice_list) < 2:
            raise ValidationError({"choices": "Give at least two choices, one a line."})
        if self.section == Section.ELIGIBILITY and self.kind not in DISCRETE:
            raise ValidationError({"kind": "Eligibility is asked with yes or no, or with choices."})
        if self.section == Section.ELIGIBILITY and not _lines(self.acceptable):
            raise ValidationError({"acceptable": "Say with which answers somebody can apply."})
        if self.is_ask and self.kind not in ASK_KINDS:
            raise ValidationError({"is_ask": "Only money or a table of costs can be asked for."})
        known = {text.casefold() for text in self.answer_list}
        if self.acceptable and (
            unknown := [t for t in _lines(self.acceptable) if t.casefold() not in known]
        ):
            raise ValidationError({"acceptable": f"“{unknown[0]}” is none of the answers."})
        self._clean_condition()

    def _clean_condition(self) -> None:
        other = self.condition_on
        if other is None and self.condition_answers.strip():
            raise ValidationError({"condition_on": NO_CONDITION})
        if other is None:
            return
        if not _lines(self.condition_answers):
            raise ValidationError({"condition_answers": "Say after which answers it is asked."})
        stages = {self.stage_id, other.stage_id} - {None}
        if other == self or len(stages) > 1:
            raise ValidationError({"condition_on": "Choose another question of this stage."})

    @property
    def answer_list(self) -> list[str]:
        """Every answer that can be given, where they can be listed."""
        return ["Yes", "No"] if self.kind == QuestionKind.YES_NO else self.choice_list
