"""When a call changed hands."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from challenges.calls.models.call import Call


class HandOver(models.Model):
    """A call given by one owner to another. Whoever owned it once never approves it."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="hand_overs")
    giver = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="whose it was; nobody’s if the call had no owner",
    )
    taker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    reason = models.TextField(max_length=2000)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(giver=F("taker")), name="handed_to_another")
        ]

    def __str__(self) -> str:
        return f"{self.call}: to {self.taker}"
