"""What proves that the record is whole: keys, signed seals, and what checking it found.

`check_record.py` says what each field means to somebody who checks; its digests and signatures
cover every column here that a seal or key has.
"""

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from marketplace.activity.append_only import AppendOnly
from marketplace.regions.models import Region


class SealKey(AppendOnly):
    """A public key that seals are signed with; the private one is in no database."""

    class Because(models.TextChoices):
        FIRST = "first", "The first key"
        ROTATED = "rotated", "The key before signed for it"
        LOST = "lost", "The key before was lost"
        STOLEN = "stolen", "The key before was stolen"

    number = models.PositiveIntegerField(unique=True, help_text="from 1, in the order of use")
    key = models.CharField(max_length=64, unique=True, help_text="fingerprint: SHA-256, hex")
    public = models.CharField(max_length=64, help_text="Ed25519 (RFC 8032), hex")
    previous = models.CharField(max_length=64, blank=True, help_text="fingerprint, or none")
    after = models.PositiveBigIntegerField(help_text="number of the last seal of the key before")
    after_digest = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()
    because = models.CharField(max_length=10, choices=Because.choices)
    note = models.CharField(max_length=200, blank=True)
    signature = models.CharField(max_length=128, help_text="its own")
    endorsement = models.CharField(max_length=128, blank=True, help_text="of the key before")

    class Meta:
        ordering = ["number"]

    def __str__(self) -> str:
        return f"key {self.number}: {self.key[:12]}"


class SignedSeal(AppendOnly):
    """The heads of all chains at one moment, under one signature; each carries the one before."""

    number = models.PositiveBigIntegerField(unique=True, help_text="from 1, without a gap")
    at = models.DateTimeField()
    previous = models.CharField(max_length=64, help_text="digest of the seal before")
    key = models.CharField(max_length=64, help_text="fingerprint of the key that signed")
    chains = models.PositiveIntegerField(help_text="leaves of the tree")
    root = models.CharField(max_length=64, help_text="of the tree (RFC 9162)")
    digest = models.CharField(max_length=64)
    signature = models.CharField(max_length=128)

    class Meta:
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"seal {self.number}: {self.digest[:12]}"


class SealedHead(AppendOnly):
    """Where one chain stood at a seal, kept only where it had grown since the one before."""

    seal = models.PositiveBigIntegerField(help_text="number of the seal")
    place = models.PositiveIntegerField(help_text="of its leaf in the tree, from 0, for ever")
    chain = models.CharField(max_length=80, help_text="key of the chain, as it was sealed")
    start = models.PositiveBigIntegerField(help_text="how long it was when it was last sealed")
    length = models.PositiveBigIntegerField()
    head = models.CharField(max_length=64)
    records = models.CharField(max_length=64, help_text="root of the tree of records after start")

    class Meta:
        ordering = ["seal", "place"]
        constraints = [
            models.UniqueConstraint(fields=["seal", "place"], name="head_once_in_seal"),
            models.UniqueConstraint(fields=["chain", "seal"], name="chain_once_in_seal"),
        ]
        indexes = [models.Index(fields=["place", "-seal"], name="head_latest")]

    def __str__(self) -> str:
        return f"{self.chain} at seal {self.seal}: {self.length}"


class RecordCheck(models.Model):
    """One run of the check of the whole record."""

    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, help_text="none: it failed, or still runs")
    chains = models.PositiveBigIntegerField(default=0)
    records = models.PositiveBigIntegerField(default=0)
    seals = models.PositiveBigIntegerField(default=0)
    unsealed = models.PositiveBigIntegerField(default=0)
    broken = models.PositiveIntegerField(default=0, help_text="findings that are no proof any more")
    failure = models.CharField(max_length=80, blank=True, help_text="the kind of error")

    class Meta:
        ordering = ["-started_at", "-pk"]

    def __str__(self) -> str:
        return f"check of {self.started_at:%Y-%m-%d %H:%M}"


class RecordFinding(models.Model):
    """Something that a check found; it stays open until a later check finds it no more."""

    kind = models.CharField(max_length=10)
    where = models.CharField(max_length=120)
    what = models.CharField(max_length=400)
    first_at = models.DateTimeField(default=timezone.now)
    told_at = models.DateTimeField(null=True, help_text="when people were last told")
    gone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-first_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "where", "what"],
                condition=models.Q(gone_at=None),
                name="finding_open_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


class SealAddress(models.Model):
    """Where a region wants the day's seal to be mailed, so that a copy is outside our hands."""

    region = models.ForeignKey(Region, on_delete=models.CASCADE, related_name="seal_addresses")
    email = models.EmailField()
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="who is told if it can’t be reached",
    )
    added_at = models.DateTimeField(default=timezone.now)
    asked_at = models.DateTimeField(default=timezone.now, help_text="last asked to confirm")
    confirmed_at = models.DateTimeField(null=True)
    sent = models.PositiveBigIntegerField(default=0, help_text="number of the last seal mailed")
    sent_on = models.DateField(null=True)

    class Meta:
        ordering = ["email"]
        constraints = [
            models.UniqueConstraint("region", Lower("email"), name="seal_address_in_region")
        ]

    def __str__(self) -> str:
        return self.email
