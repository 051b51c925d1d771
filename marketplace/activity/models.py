"""The audit trail and the messages that follow from it.

A `Record` says who did what to which thing. Records form chains, one per call (or other
subject), in which each carries the hash of the one before: see `chain.py`. A `Notification`
is written in the same transaction as the record that caused it, so a message is never lost
with a broker: a sweep sends whatever has not been sent.
"""

from collections.abc import Iterable

from django.conf import settings
from django.db import models
from django.utils import timezone

from marketplace.activity.append_only import AppendOnly
from marketplace.activity.append_only import AppendOnlyError as AppendOnlyError
from marketplace.activity.proof_models import RecordCheck as RecordCheck
from marketplace.activity.proof_models import RecordFinding as RecordFinding
from marketplace.activity.proof_models import SealAddress as SealAddress
from marketplace.activity.proof_models import SealedHead as SealedHead
from marketplace.activity.proof_models import SealKey as SealKey
from marketplace.activity.proof_models import SignedSeal as SignedSeal


class Chain(models.Model):
    """The head of one chain; its row is locked while a record is appended."""

    key = models.CharField(max_length=80, unique=True)
    length = models.PositiveBigIntegerField(default=0)
    head = models.CharField(max_length=64, default="0" * 64)

    def __str__(self) -> str:
        return self.key


class Record(AppendOnly):
    """One thing that happened; never changed and never removed."""

    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="records")
    number = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    verb = models.CharField(max_length=60, help_text="app.past-tense verb: pitches.submitted")
    thing_type = models.CharField(max_length=60)
    thing_id = models.CharField(max_length=40)
    detail = models.JSONField(default=dict)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["chain", "number"]
        constraints = [
            models.UniqueConstraint(fields=["chain", "number"], name="record_number_in_chain")
        ]
        indexes = [
            models.Index(fields=["thing_type", "thing_id", "number"], name="record_of_thing"),
            models.Index(fields=["-at"], name="record_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.chain_id}/{self.number} {self.verb}"


class Seal(AppendOnly):
    """The heads of all chains on one day, unsigned: the old kind, to which none is added.

    The first `SignedSeal` carries the digests of all of them.
    """

    on = models.DateField(unique=True)
    heads = models.JSONField(help_text="chain key → [length, head]")
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["-on"]

    def __str__(self) -> str:
        return f"{self.on}: {self.digest[:12]}"


UNSENT = models.Q(mailed_at__isnull=True, refused_at__isnull=True) & ~models.Q(address="")
"""To be mailed, now or later; what was refused for good is given up."""


class NotificationQuerySet(models.QuerySet):
    def unsent(self) -> "NotificationQuerySet":
        return self.filter(UNSENT)

    def refused(self) -> "NotificationQuerySet":
        return self.filter(refused_at__isnull=False)

    def unread(self) -> "NotificationQuerySet":
        return self.filter(read_at__isnull=True)


class Notification(models.Model):
    """A message to one person: shown on the site if they have an account, and mailed."""

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="notifications",
    )
    address = models.EmailField(
        help_text="where the mail goes; empty for the site only", blank=True
    )
    subject = models.CharField(max_length=200)
    body = models.TextField(help_text="plain text")
    sealed = models.BooleanField(
        default=False,
        db_default=False,
        help_text="the body lets its reader in: see sealing.py; emptied once it is sent",
    )
    good_until = models.DateTimeField(
        null=True, blank=True, help_text="when what it says runs out, and it is sent no more"
    )
    path = models.CharField(max_length=300, blank=True, help_text="page on this site to open")
    created_at = models.DateTimeField(default=timezone.now)
    unsubscribe = models.CharField(
        max_length=300, blank=True, default="", db_default="", help_text="page that ends such mail"
    )
    sender = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="who caused it, and is told if it can’t arrive",
    )
    claimed_at = models.DateTimeField(null=True, blank=True, help_text="a worker has it in hand")
    attempts = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="how often a server would not take it yet"
    )
    tried_at = models.DateTimeField(null=True, blank=True)
    try_after = models.DateTimeField(null=True, blank=True)
    refused_at = models.DateTimeField(
        null=True, blank=True, help_text="when it was given up: it can’t arrive"
    )
    refusal = models.CharField(
        max_length=300, blank=True, default="", db_default="", help_text="why, as the server says"
    )
    mailed_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["recipient", "-created_at"], name="notification_inbox"),
            models.Index(
                fields=["created_at"],
                condition=models.Q(mailed_at=None),
                name="notification_unsent",
            ),
            models.Index(
                fields=["address", "-created_at"],
                condition=models.Q(refused_at__isnull=False),
                name="notification_refused",
            ),
        ]

    def __str__(self) -> str:
        return self.subject


class Unwanted(models.Model):
    """Somebody without an account, or with one, wants no mail from a source."""

    address = models.CharField(max_length=64, help_text="a keyed digest; no address is kept")
    source = models.CharField(
        max_length=80, help_text="“organisation:7”, “person:3”, “sign-in”, or “*” for all"
    )
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["address", "source"], name="unwanted_once")]

    def __str__(self) -> str:
        return self.source


class Told(models.Model):
    """That a person was told of something which is told once, however often a task runs."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=160, help_text="what it was about, for ever")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="told_once")]

    def __str__(self) -> str:
        return self.key


class Setback(models.Model):
    """A row with which a sweep failed, and until when it is left alone: see `sweeping.py`."""

    sweep = models.CharField(max_length=60)
    key = models.BigIntegerField(help_text="id of the row, in the sweep’s own table")
    times = models.PositiveIntegerField(default=0, help_text="in a row")
    at = models.DateTimeField(default=timezone.now)
    try_after = models.DateTimeField()
    error = models.CharField(max_length=80, help_text="the kind of error, and none of its words")

    class Meta:
        ordering = ["sweep", "key"]
        constraints = [models.UniqueConstraint(fields=["sweep", "key"], name="setback_once")]

    def __str__(self) -> str:
        return f"{self.sweep} {self.key}: {self.error}"


class Pace(models.TextChoices):
    NOW = "now", "At once"
    DAILY = "daily", "Once a day"
    WEEKLY = "weekly", "Once a week"
    NEVER = "never", "Never by mail"


PACES = (Pace.NOW, Pace.DAILY, Pace.WEEKLY, Pace.NEVER)
"""The soonest first."""


class FollowQuerySet(models.QuerySet):
    def of_things(self, things: Iterable[models.Model]) -> "FollowQuerySet":
        wanted = models.Q(pk__in=[])
        for thing in things:
            wanted |= models.Q(thing_type=thing._meta.label_lower, thing_id=str(thing.pk))
        return self.filter(wanted)

    def soonest_first(self) -> "FollowQuerySet":
        """By person, the one with the soonest pace before any other."""
        places = [models.When(pace=pace, then=place) for place, pace in enumerate(PACES)]
        return self.order_by("person", models.Case(*places, default=len(places)), "pk")


class Follow(models.Model):
    """A person wants to hear what becomes of a thing, at the pace that they chose."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="follows"
    )
    thing_type = models.CharField(max_length=60)
    thing_id = models.CharField(max_length=40)
    name = models.CharField(max_length=255, help_text="as it was called when they began")
    pace = models.CharField(max_length=6, choices=Pace.choices, default=Pace.DAILY)
    since = models.DateTimeField(default=timezone.now)

    objects = FollowQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "thing_type", "thing_id"], name="followed_once"
            )
        ]
        indexes = [models.Index(fields=["thing_type", "thing_id"], name="follow_of_thing")]

    def __str__(self) -> str:
        return f"{self.person}: {self.name}"


class NewsLine(models.Model):
    """One piece of news for one person; it goes out once, alone or in a digest.

    While it waits, it goes by the pace that its follow has now.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="news"
    )
    follow = models.ForeignKey(
        Follow,
        null=True,
        on_delete=models.SET_NULL,
        related_name="news",
        help_text="what made it news for them; none if they do not follow it, or no longer",
    )
    key = models.CharField(max_length=160, help_text="what happened: told once to each person")
    text = models.CharField(max_length=400)
    reason = models.CharField(max_length=300, help_text="why they are told")
    path = models.CharField(max_length=300)
    pace = models.CharField(max_length=6, choices=Pace.choices)
    created_at = models.DateTimeField(default=timezone.now)
    told_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="news_told_once")]
        indexes = [
            models.Index(
                fields=["pace", "person"],
                condition=models.Q(told_at=None),
                name="news_to_tell",
            )
        ]

    def __str__(self) -> str:
        return self.text
