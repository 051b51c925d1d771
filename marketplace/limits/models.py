"""How often something was done lately, by whoever a digest stands for."""

from django.db import models


class Tally(models.Model):
    """One count. Its key is a keyed digest: no address, network or name can be read from it."""

    key = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField()
    began = models.DateTimeField(help_text="when the first of those counted happened")
    last = models.DateTimeField(db_index=True)
    free_at = models.DateTimeField(help_text="from when on one more is let through")

    def __str__(self) -> str:
        return f"{self.key[:8]}: {self.count}"
