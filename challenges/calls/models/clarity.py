"""How clear applicants found a brief."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from challenges.calls.models.call import Call


class Clarity(models.IntegerChoices):
    VERY_UNCLEAR = 1, "Very unclear"
    UNCLEAR = 2, "Unclear"
    FAIR = 3, "Neither"
    CLEAR = 4, "Clear"
    VERY_CLEAR = 5, "Very clear"


class ClarityRating(models.Model):
    """One person's view of one brief. Officers see the sum of them, and words without names."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="clarity_ratings")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    score = models.PositiveSmallIntegerField(
        choices=Clarity.choices, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    comment = models.TextField(blank=True, max_length=2000)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(fields=["call", "by"], name="clarity_rated_once"),
            models.CheckConstraint(
                condition=models.Q(score__gte=1, score__lte=5), name="clarity_1_to_5"
            ),
        ]
        indexes = [models.Index(fields=["at"], name="clarity_by_time")]

    def __str__(self) -> str:
        return f"{self.call}: {self.score}"
