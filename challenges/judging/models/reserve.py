"""Who is next when a place becomes free, and what was offered to them."""

from datetime import date, datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from challenges.calls.models import SignOff, Stage
from challenges.judging.models.decision import Outcome
from challenges.pitches.models import Entry
from marketplace.arrival import asked_at


class ReservePlace(models.Model):
    """One pitch on the reserve list of its stage; the order is fixed when decisions are released.

    Its decision is “not awarded”: the reserve is a promise beside it, until a day.
    """

    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="reserve")
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="reserve_place")
    rank = models.PositiveSmallIntegerField(help_text="1 is offered first")
    held_until = models.DateField(help_text="the last day on which a place may be offered")
    why = models.TextField(
        blank=True, help_text="why the list is in another order than the ranking"
    )
    put_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    put_at = models.DateTimeField(default=timezone.now)
    fixed_at = models.DateTimeField(null=True, blank=True, help_text="when it was released")

    class Meta:
        ordering = ["stage", "rank"]
        constraints = [
            models.UniqueConstraint(fields=["stage", "rank"], name="reserve_rank_of_stage"),
            models.CheckConstraint(condition=Q(rank__gte=1), name="reserve_rank_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.entry}, reserve {self.rank}"

    def is_held(self, today: date | None = None) -> bool:
        return self.held_until >= (today or timezone.localdate())


class OfferState(models.TextChoices):
    OPEN = "open", "Offered"
    ACCEPTED = "accepted", "Accepted"
    DECLINED = "declined", "Declined"
    LAPSED = "lapsed", "Not answered in time"
    TAKEN_BACK = "taken-back", "Taken back"


class OfferQuerySet(models.QuerySet):
    def open(self) -> "OfferQuerySet":
        """Not answered; past its time it has lapsed, whether or not a task has said so."""
        return self.filter(state=OfferState.OPEN)

    def binding(self, now: datetime | None = None) -> "OfferQuerySet":
        """Accepted, or to be answered still: their place is not free for another."""
        accepted = Q(state=OfferState.ACCEPTED)
        return self.filter(accepted | Q(state=OfferState.OPEN, until__gt=now or asked_at()))


class Offer(models.Model):
    """A free place, offered to the next on the reserve list; two officers sign it."""

    place = models.ForeignKey(ReservePlace, on_delete=models.PROTECT, related_name="offers")
    vacated = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="offers_of_its_place")
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    amount = models.DecimalField(
        "award in pounds", max_digits=12, decimal_places=2, null=True, blank=True
    )
    until = models.DateTimeField(help_text="it can be accepted before this moment")
    state = models.CharField(
        max_length=10, choices=OfferState.choices, default=OfferState.OPEN, editable=False
    )
    skipped_why = models.TextField(blank=True, help_text="why those before it were passed over")
    offered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    offered_at = models.DateTimeField(default=timezone.now)
    sign_off = models.ForeignKey(SignOff, on_delete=models.PROTECT, related_name="offers")
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField(null=True)

    objects = OfferQuerySet.as_manager()

    class Meta:
        ordering = ["offered_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["vacated"],
                condition=Q(state__in=("open", "accepted")),
                name="one_offer_of_a_free_place",
            ),
            models.UniqueConstraint(
                fields=["place"],
                condition=Q(state__in=("open", "accepted")),
                name="one_offer_to_a_reserve",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="awarded") | Q(amount__gt=0), name="offered_award_has_amount"
            ),
        ]

    def __str__(self) -> str:
        return f"Offer to {self.place}"

    @property
    def entry(self) -> Entry:
        return self.place.entry

    def is_open(self, now: datetime | None = None) -> bool:
        return self.state == OfferState.OPEN and (now or asked_at()) < self.until

    def label_at(self, now: datetime | None = None) -> str:
        """Its state in words; the clock decides that it lapsed."""
        if self.state == OfferState.OPEN and not self.is_open(now):
            return OfferState.LAPSED.label
        return self.get_state_display()
