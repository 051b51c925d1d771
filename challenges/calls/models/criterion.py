"""What judges of a stage score."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from modelcluster.fields import ParentalKey

from challenges.calls.models.rulebook import Promised
from challenges.calls.models.stage import Stage

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
