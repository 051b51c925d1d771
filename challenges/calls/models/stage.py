"""The rounds of a call, and what applicants to each were promised."""

import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel

from challenges.calls.draw import commitment
from challenges.calls.models.call import Call, CallState


class TieBreak(models.TextChoices):
    """How places are given to pitches that are level. Never by name or time."""

    HEAVIEST_CRITERION = "heaviest", "Higher score on the criterion with most weight"
    PANEL = "panel", "The panel talks and agrees"
    DRAW = "draw", "A draw, from a seed that was sealed with the rules"


class DecidesBy(models.TextChoices):
    """Which ranking the places follow."""

    RAW = "raw", "Mean of the judges’ totals"
    ADJUSTED = "adjusted", "Totals adjusted for harsh and lenient judges"


CONFLICT_RULES = (
    "Nobody judges or decides about a pitch in which they, their family, their employer or "
    "their business partners have an interest, real or apparent. Judges declare their interests "
    "before they see a pitch. The chair or the officer decides on each: none, managed or "
    "recused. Who is recused sees nothing more of that pitch."
)


def new_secret() -> str:
    return secrets.token_hex(32)


ENQUIRIES_END_BEFORE = timedelta(days=3)
"""Before a stage closes: an answer that comes later helps nobody."""


class Stage(ClusterableModel):
    """One round of a call: applicants enter, a panel scores, the officer decides."""

    call = ParentalKey(Call, on_delete=models.CASCADE, related_name="stages")
    order = models.PositiveSmallIntegerField(default=1)
    name = models.CharField(max_length=80, default="Application")
    opens_at = models.DateTimeField("opens")
    closes_at = models.DateTimeField("closes")
    questions_until = models.DateTimeField(
        "enquiries until",
        null=True,
        blank=True,
        help_text="Empty: until three days before the stage closes.",
    )
    scores_due_at = models.DateTimeField("panel closes", help_text="No score is taken after this.")
    decision_on = models.DateField("decision expected")
    places = models.PositiveSmallIntegerField(
        "number to take forward", null=True, blank=True, validators=[MinValueValidator(1)]
    )
    is_blind = models.BooleanField("blind: judges don’t see who applied", default=False)
    unblinded_at = models.DateTimeField(
        null=True, editable=False, help_text="when judges were told who applied, if they were"
    )
    tie_break = models.CharField(
        max_length=10, choices=TieBreak.choices, default=TieBreak.HEAVIEST_CRITERION
    )
    decides_by = models.CharField(
        "ranking that decides",
        max_length=8,
        choices=DecidesBy.choices,
        default=DecidesBy.RAW,
        db_default=DecidesBy.RAW,
    )
    minimum_total = models.PositiveSmallIntegerField(
        "lowest total that can win",
        null=True,
        blank=True,
        validators=[MaxValueValidator(100)],
        help_text="Of 100. Empty: any total can.",
    )
    conflict_rules = models.TextField(
        "rules on conflicts of interest", default=CONFLICT_RULES, db_default=""
    )
    draw_secret = models.CharField(
        max_length=64,
        default=new_secret,
        db_default="",
        editable=False,
        help_text="Its hash is sealed with the rules; it is shown when decisions are released.",
    )
    released_at = models.DateTimeField(null=True, blank=True, editable=False)
    first_read_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="when somebody who is on no team first read what was submitted",
    )

    class Meta:
        ordering = ["call", "order"]
        constraints = [
            models.UniqueConstraint(fields=["call", "order"], name="stage_order_in_call"),
            models.CheckConstraint(
                condition=Q(opens_at__lt=F("closes_at")), name="stage_opens_before_it_closes"
            ),
            models.CheckConstraint(
                condition=Q(closes_at__lte=F("scores_due_at")), name="stage_scores_after_close"
            ),
            models.CheckConstraint(
                condition=Q(minimum_total=None) | Q(minimum_total__lte=100),
                name="stage_minimum_at_most_100",
            ),
        ]
        indexes = [models.Index(fields=["opens_at", "closes_at"], name="stage_dates")]

    def __str__(self) -> str:
        return f"{self.call}: {self.name}"

    def clean(self) -> None:
        if self.opens_at and self.closes_at and self.opens_at >= self.closes_at:
            raise ValidationError({"closes_at": "The stage must close after it opens."})
        if self.questions_until and self.closes_at and self.questions_until > self.closes_at:
            raise ValidationError({"questions_until": "Enquiries must end before the stage does."})
        if self.closes_at and self.scores_due_at and self.scores_due_at < self.closes_at:
            raise ValidationError({"scores_due_at": "The panel must close after the stage does."})
        if self.closes_at and self.decision_on and self.decision_on < self.closes_at.date():
            raise ValidationError({"decision_on": "The decision must come after the stage closes."})

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises: SealedError: a promise would change; only an addendum changes those."""
        written = kwargs.get("update_fields")
        if self.pk and (written is None or set(written) & set(PROMISED_OF_STAGE)):
            self._keep_promise()
        super().save(*args, **kwargs)

    def promises(self) -> dict[str, Any]:
        """What the rulebook says of the stage itself, as plain JSON."""
        return {
            "stage": self.name,
            "opens_at": self.opens_at.astimezone(UTC).isoformat(),
            "questions_until": self.enquiries_close_at.astimezone(UTC).isoformat(),
            "closes_at": self.closes_at.astimezone(UTC).isoformat(),
            "scores_due_at": self.scores_due_at.astimezone(UTC).isoformat(),
            "decision_on": self.decision_on.isoformat(),
            "places": self.places,
            "blind": self.is_blind,
            "tie_break": self.tie_break,
            "decides_by": self.decides_by,
            "minimum_total": self.minimum_total,
            "conflict_rules": self.conflict_rules,
            "draw_commitment": commitment(self.draw_secret),
        }

    def _keep_promise(self) -> None:
        sealed = self.rulebook
        if sealed is None:
            return
        promises = self.promises()
        if any(sealed.content.get(key, value) != value for key, value in promises.items()):
            raise SealedError(SEALED_STAGE)

    def is_open(self, now: datetime | None = None) -> bool:
        """Whether entries may be submitted: from `opens_at`, up to but not at `closes_at`."""
        now = now or timezone.now()
        return self.call.state == CallState.APPROVED and self.opens_at <= now < self.closes_at

    @property
    def enquiries_close_at(self) -> datetime:
        """Until when people may ask about the stage."""
        return self.questions_until or max(self.opens_at, self.closes_at - ENQUIRIES_END_BEFORE)

    def takes_enquiries(self, now: datetime | None = None) -> bool:
        """From the call's approval on, before it opens too."""
        now = now or timezone.now()
        return self.call.state == CallState.APPROVED and now < self.enquiries_close_at

    @property
    def hides_names(self) -> bool:
        """Whether judges still may not know who applied."""
        return self.is_blind and self.unblinded_at is None

    def awaits_scoring(self, now: datetime | None = None) -> bool:
        """Whether the call is still to close, so that judges can't score yet."""
        return (now or timezone.now()) < self.closes_at

    def takes_scores(self, now: datetime | None = None) -> bool:
        """Whether judges may score: entries are in, the panel has not closed, nothing is out."""
        now = now or timezone.now()
        return self.closes_at <= now < self.scores_due_at and self.released_at is None

    @property
    def rulebook(self) -> "Rulebook | None":
        return self.rulebooks.order_by("-number").first()


PROMISED_OF_STAGE = (
    "name",
    "opens_at",
    "questions_until",
    "closes_at",
    "scores_due_at",
    "decision_on",
    "places",
    "is_blind",
    "tie_break",
    "decides_by",
    "minimum_total",
    "conflict_rules",
    "draw_secret",
)
SEALED_STAGE = (
    "The rules of this stage are published, so its dates and rules change by an addendum only. "
    "Applicants rely on them."
)


class SealedError(ValidationError):
    """Somebody tried to change what applicants were promised."""


class Promised(models.Model):
    """A part of a stage that a rulebook seals: after that it stays as it was published.

    Saving it unchanged is fine, because a form saves every part of a call together.
    """

    sealed_part: str
    """Where a rulebook's content lists such parts."""
    stage_id: int | None

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        self._keep_promise()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        if self._promises() is not None:
            raise SealedError(SEALED)
        return super().delete(*args, **kwargs)

    def spec(self) -> dict[str, Any]:
        """What the rulebook says about it, as plain JSON."""
        raise NotImplementedError

    def clean(self) -> None:
        super().clean()
        self._keep_promise()

    def _keep_promise(self) -> None:
        promises = self._promises()
        if promises is not None and not any(_agrees(self.spec(), each) for each in promises):
            raise SealedError(SEALED)

    def _promises(self) -> list[dict[str, Any]] | None:
        if self.stage_id is None:
            return None
        rulebook = Rulebook.objects.filter(stage_id=self.stage_id).order_by("-number").first()
        return rulebook.content[self.sealed_part] if rulebook else None


def _agrees(spec: dict[str, Any], sealed: dict[str, Any]) -> bool:
    """Whether a part is as it was sealed; what older rulebooks do not speak of is not sealed."""
    return all(sealed.get(key, value) == value for key, value in spec.items())


SEALED = (
    "The rules of this stage are published, so its questions and criteria can’t be changed. "
    "Applicants rely on them."
)


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
    condition_on = models.PositiveSmallIntegerField(
        "ask only after question number",
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="An earlier question with choices, by its place in this list.",
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
        if self.condition_on is None:
            return None
        ids = list(self.stage.questions.order_by("sort_order", "pk").values_list("pk", flat=True))
        if not self.condition_on <= len(ids):
            return None
        return {"question": ids[self.condition_on - 1], "answers": _lines(self.condition_answers)}

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
        if self.condition_on is not None and not _lines(self.condition_answers):
            raise ValidationError({"condition_answers": "Say after which answers it is asked."})

    @property
    def answer_list(self) -> list[str]:
        """Every answer that can be given, where they can be listed."""
        return ["Yes", "No"] if self.kind == QuestionKind.YES_NO else self.choice_list


ANCHOR = re.compile(r"^\s*(\d{1,2})\s*[:–-]\s*(\S.*)$", re.MULTILINE)


class Criterion(Promised):
    """What judges score, each on whole numbers from 0 to `scale`."""

    sealed_part = "criteria"
    sort_order_field = "sort_order"

    stage = ParentalKey(Stage, on_delete=models.CASCADE, related_name="criteria")
    sort_order = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(max_length=120)
    guidance = models.TextField(blank=True)
    weight = models.PositiveSmallIntegerField(
        default=20,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text="Weights are shares of their sum; 100 in all is easiest to read.",
    )
    scale = models.PositiveSmallIntegerField(
        "highest score", default=5, validators=[MinValueValidator(1), MaxValueValidator(10)]
    )
    anchors = models.TextField(
        "what scores mean",
        blank=True,
        default="",
        db_default="",
        help_text="One a line, for as many as help: “5: solves the heart of the problem”.",
    )
    minimum = models.PositiveSmallIntegerField(
        "lowest mean score that can win",
        null=True,
        blank=True,
        validators=[MaxValueValidator(10)],
        help_text="On this criterion’s scale. Empty: any score can.",
    )

    class Meta:
        ordering = ["stage", "sort_order", "pk"]
        verbose_name_plural = "criteria"
        constraints = [
            models.CheckConstraint(condition=Q(weight__gte=1), name="criterion_weight_positive"),
            models.CheckConstraint(
                condition=Q(scale__gte=1, scale__lte=10), name="criterion_scale_1_to_10"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def spec(self) -> dict[str, Any]:
        return {
            "id": self.pk,
            "name": self.name,
            "guidance": self.guidance,
            "weight": self.weight,
            "scale": self.scale,
            "anchors": self.anchor_list,
            "minimum": self.minimum,
        }

    @property
    def anchor_list(self) -> list[list[Any]]:
        """[score, meaning] pairs, highest first; lines that name no score are left out."""
        found = ANCHOR.findall(self.anchors)
        return sorted(([int(score), text.strip()] for score, text in found), reverse=True)

    def clean(self) -> None:
        super().clean()
        if any(score > self.scale for score, _ in self.anchor_list):
            raise ValidationError(
                {"anchors": f"The highest score is {self.scale}: no meaning can go above it."}
            )
        if len(self.anchor_list) < len([1 for line in self.anchors.splitlines() if line.strip()]):
            raise ValidationError(
                {"anchors": "Begin each line with its score: “5: solves the heart of it”."}
            )
        if self.minimum is not None and self.minimum > self.scale:
            raise ValidationError({"minimum": f"The highest score is {self.scale}."})


class Rulebook(models.Model):
    """What applicants to a stage were promised, sealed: numbered, hashed, never changed."""

    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="rulebooks")
    number = models.PositiveSmallIntegerField()
    sealed_at = models.DateTimeField(default=timezone.now)
    content = models.JSONField(help_text="see `challenges.calls.rulebook`")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the canonical JSON of content")

    class Meta:
        ordering = ["stage", "number"]
        constraints = [
            models.UniqueConstraint(fields=["stage", "number"], name="rulebook_number_in_stage")
        ]

    def __str__(self) -> str:
        return f"{self.stage}, rulebook {self.number}"
