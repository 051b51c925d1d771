"""What a start-up submits: a pitch for a call, with an entry for each stage it reaches."""

import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from challenges.calls.models import Call, CallState, Question, Rulebook, Stage, new_reference
from challenges.pitches.copy_model import JudgesCopy as JudgesCopy
from challenges.pitches.copy_model import private_storage
from marketplace.arrival import asked_at
from startups.models import Organisation


class Pitch(models.Model):
    """One organisation's answer to one call, through all of its stages.

    Until something is submitted, title and summary follow the draft; `Entry.title` and
    `Entry.summary` are what is being written.
    """

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="pitches")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="pitches")
    reference = models.CharField(max_length=12, unique=True, default=new_reference)
    title = models.CharField(max_length=120, blank=True, help_text="as last submitted")
    summary = models.TextField(blank=True, max_length=600, help_text="as last submitted")
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    erasure_warned_at = models.DateTimeField(null=True, editable=False)
    erased_at = models.DateTimeField(
        null=True, editable=False, help_text="when what was written in it was erased"
    )

    class Meta:
        ordering = ["-created_at"]
        verbose_name_plural = "pitches"
        constraints = [
            models.UniqueConstraint(
                fields=["call", "organisation"], name="one_pitch_per_call_and_organisation"
            )
        ]

    def __str__(self) -> str:
        return self.title or f"Pitch {self.reference}"


class EntryState(models.TextChoices):
    DRAFT = "draft", "Draft"
    SUBMITTED = "submitted", "Submitted"
    WITHDRAWN = "withdrawn", "Withdrawn"
    SHORTLISTED = "shortlisted", "Short-listed"
    AWARDED = "awarded", "Awarded"
    NOT_AWARDED = "not-awarded", "Not awarded"
    CANCELLED = "cancelled", "Call cancelled"
    DECLINED = "declined", "Declined by the organisation"
    CLOSED = "closed", "Closed: it lost its place"


IN_COMPETITION = (
    EntryState.SUBMITTED,
    EntryState.SHORTLISTED,
    EntryState.AWARDED,
    EntryState.NOT_AWARDED,
    EntryState.DECLINED,
)
"""States of an entry that a panel scores or has scored."""

WON = (EntryState.SHORTLISTED, EntryState.AWARDED)
"""States of an entry that holds a place."""


class EntryQuerySet(models.QuerySet):
    def current(self) -> "EntryQuerySet":
        """One entry for each pitch: the one in the latest stage that it reached."""
        later = Entry.objects.filter(
            pitch=OuterRef("pitch"), stage__order__gt=OuterRef("stage__order")
        )
        return self.filter(~Exists(later))

    def whose_time_is_over(self, now: datetime) -> "EntryQuerySet":
        """Without those that have time of their own left in a stage that has closed."""
        return self.exclude(own_until__gt=now)

    def in_competition(self) -> "EntryQuerySet":
        return self.filter(state__in=IN_COMPETITION)

    def seen_at_desk(self) -> "EntryQuerySet":
        """Without what is the start-up's alone: drafts, and those closed before they came in."""
        return self.exclude(state=EntryState.DRAFT).exclude(
            state=EntryState.CLOSED, submitted_at=None
        )

    def with_parties(self) -> "EntryQuerySet":
        """Brings the pitch, its organisation and its call along: what every list shows."""
        return self.select_related(
            "pitch__organisation__place", "pitch__call__region", "stage__call__region"
        )


class Entry(models.Model):
    """A pitch in one stage: what is being written, and where it stands.

    `answers` is the working copy; what counts is the latest `Submission`.
    """

    pitch = models.ForeignKey(Pitch, on_delete=models.CASCADE, related_name="entries")
    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="entries")
    rulebook = models.ForeignKey(Rulebook, on_delete=models.PROTECT, related_name="entries")
    state = models.CharField(
        max_length=12, choices=EntryState.choices, default=EntryState.DRAFT, editable=False
    )
    version = models.PositiveIntegerField(default=1, help_text="goes up at every save")
    saved_at = models.DateTimeField(default=timezone.now)
    draft_title = models.TextField(
        null=True, help_text="as typed, right or wrong; none: not changed since the pitch’s own"
    )
    draft_summary = models.TextField(null=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_version = models.PositiveIntegerField(null=True, blank=True)
    withdrawn_reason = models.TextField(
        blank=True, default="", db_default="", help_text="as its team gave it; officers read it"
    )

    own_until = models.DateTimeField(
        null=True,
        blank=True,
        help_text="its own deadline, where it came to a stage that had closed; two officers sign",
    )

    objects = EntryQuerySet.as_manager()

    class Meta:
        ordering = ["-saved_at", "-pk"]
        verbose_name_plural = "entries"
        constraints = [
            models.UniqueConstraint(fields=["pitch", "stage"], name="one_entry_per_stage")
        ]
        indexes = [
            models.Index(fields=["stage", "state", "-submitted_at"], name="entry_of_stage"),
        ]

    def __str__(self) -> str:
        return str(self.pitch)

    def get_absolute_url(self) -> str:
        return reverse("pitches:entry", kwargs={"reference": self.pitch.reference})

    @property
    def chain(self) -> str:
        return f"call:{self.pitch.call_id}"

    @property
    def title(self) -> str:
        """The title that is being written."""
        return self.pitch.title if self.draft_title is None else self.draft_title

    @property
    def summary(self) -> str:
        return self.pitch.summary if self.draft_summary is None else self.draft_summary

    @property
    def specs(self) -> list[dict[str, Any]]:
        """The questions that this entry answers, as its rulebook sealed them."""
        return self.rulebook.content["questions"]

    @property
    def has_unsubmitted_changes(self) -> bool:
        return self.state == EntryState.SUBMITTED and self.submitted_version != self.version

    @property
    def closes_at(self) -> datetime:
        """Until when it may be submitted: as its stage, or until a deadline of its own."""
        return max(self.stage.closes_at, self.own_until or self.stage.closes_at)

    def has_own_time(self, now: datetime | None = None) -> bool:
        """Whether it alone may be submitted now, as its stage has closed for all others."""
        now, stage = now or asked_at(), self.stage
        return (
            self.own_until is not None
            and stage.closes_at <= now < self.own_until
            and stage.released_at is None
            and stage.call.state == CallState.APPROVED
        )

    def is_open(self, now: datetime | None = None) -> bool:
        """Whether it may be submitted."""
        return self.stage.is_open(now) or self.has_own_time(now)

    def is_writable(self, now: datetime | None = None) -> bool:
        """Whether text may still be saved: a draft until it is erased, so that no clock takes
        words away."""
        is_kept = self.state == EntryState.DRAFT and self.pitch.erased_at is None
        return is_kept or self.can_change(now)

    def can_change(self, now: datetime | None = None) -> bool:
        """Whether its text may still become what counts: it is open, nothing is decided."""
        return self.state in (EntryState.DRAFT, EntryState.SUBMITTED) and self.is_open(now)


class PartnerState(models.TextChoices):
    INVITED = "invited", "Asked"
    CONFIRMED = "confirmed", "Confirmed"
    DECLINED = "declined", "Declined"
    LEFT = "left", "Left"
    REMOVED = "removed", "Removed"


IN_THE_PITCH = (PartnerState.INVITED, PartnerState.CONFIRMED)
"""States of a partner that is asked, or has confirmed."""


class PartnerQuerySet(models.QuerySet):
    def confirmed(self) -> "PartnerQuerySet":
        return self.filter(state=PartnerState.CONFIRMED)

    def in_the_pitch(self) -> "PartnerQuerySet":
        """Those asked or confirmed: they count for the shares of the money."""
        return self.filter(state__in=IN_THE_PITCH)


class Partner(models.Model):
    """An organisation that takes a part in another's pitch; it says so itself."""

    pitch = models.ForeignKey(Pitch, on_delete=models.CASCADE, related_name="partners")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="partnerships"
    )
    part = models.TextField("what it would do", max_length=1000)
    share = models.PositiveSmallIntegerField("share of the money in percent", null=True, blank=True)
    state = models.CharField(
        max_length=9,
        choices=PartnerState.choices,
        default=PartnerState.INVITED,
        editable=False,
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    asked_at = models.DateTimeField(default=timezone.now)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    answered_at = models.DateTimeField(null=True)

    objects = PartnerQuerySet.as_manager()

    class Meta:
        ordering = ["asked_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["pitch", "organisation"], name="partner_once"),
            models.CheckConstraint(
                condition=models.Q(share=None) | models.Q(share__lte=100),
                name="partner_share_at_most_100",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} in {self.pitch}"


class Answer(models.Model):
    """What was typed for one question, kept as typed, right or wrong, until it is submitted."""

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="answers")
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="answers")
    value = models.JSONField(help_text="text, or list of texts, as the form field takes it")
    saved_at = models.DateTimeField(default=timezone.now)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "question"], name="one_answer_per_question")
        ]

    def __str__(self) -> str:
        return f"Answer to {self.question_id} in {self.entry_id}"


class AnswerVersion(models.Model):
    """What one field of a pitch said from one save on; what one person types in a short while
    is one version. `name` is "title", "summary" or "q12"."""

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="answer_versions")
    name = models.CharField(max_length=24)
    value = models.JSONField(help_text="as typed")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    began_at = models.DateTimeField(default=timezone.now)
    at = models.DateTimeField(default=timezone.now)
    first_save = models.PositiveIntegerField(help_text="the entry's version when it began")
    last_save = models.PositiveIntegerField(help_text="and when it was last typed into")

    class Meta:
        ordering = ["-last_save", "-pk"]
        indexes = [models.Index(fields=["entry", "name", "-last_save"], name="answer_version_of")]

    def __str__(self) -> str:
        return f"{self.name} of {self.entry_id}, {self.last_save}"


def attachment_path(attachment: "Attachment", filename: str) -> str:
    """A name that says nothing: what people called the file stays in the database."""
    return f"attachments/{uuid.uuid4().hex}"


class ScanState(models.TextChoices):
    """What is known of a file's safety, beyond what `marketplace.files` looks at."""

    WAITING = "waiting", "Being checked for viruses"
    CLEAN = "clean", "Checked"
    INFECTED = "infected", "Removed: it was infected"
    UNSCANNED = "unscanned", "Not checked for viruses"


OPENABLE = (ScanState.CLEAN, ScanState.UNSCANNED)


class AttachmentQuerySet(models.QuerySet):
    def waiting(self) -> "AttachmentQuerySet":
        return self.filter(scan_state=ScanState.WAITING)


class Attachment(models.Model):
    """A file given as an answer. A newer one replaces it; submitted versions keep theirs.

    Nobody opens it, its team included, until a scanner has found it clean; where no scanner is
    set up, the checks of `marketplace.files` are all that there is, and its state says so.
    """

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="attachments")
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="attachments")
    file = models.FileField(storage=private_storage, upload_to=attachment_path)
    name = models.CharField(max_length=120)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField(help_text="bytes")
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    uploaded_at = models.DateTimeField(default=timezone.now)
    replaced_at = models.DateTimeField(null=True, blank=True)
    scan_state = models.CharField(
        max_length=9, choices=ScanState.choices, default=ScanState.UNSCANNED, db_default="unscanned"
    )
    scanned_at = models.DateTimeField(null=True, blank=True)
    scan_finding = models.CharField(
        max_length=120, blank=True, default="", db_default="", help_text="what the scanner calls it"
    )

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        ordering = ["-uploaded_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["entry", "question"],
                condition=models.Q(replaced_at=None),
                name="one_current_attachment_per_question",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_openable(self) -> bool:
        return self.scan_state in OPENABLE

    @property
    def url(self) -> str:
        """Where its team opens it; nothing serves the file without asking a rule."""
        return reverse("pitches:attachment", kwargs={"pk": self.pk})


class Submission(models.Model):
    """One submitted version of an entry: what the panel reads, and what a receipt proves."""

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="submissions")
    number = models.PositiveSmallIntegerField()
    at = models.DateTimeField(
        help_text="when it was asked for: that decides whether it was in time"
    )
    kept_at = models.DateTimeField(
        default=timezone.now,
        db_default=Now(),
        help_text="when others could see it: later than `at` where it waited in a queue",
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    rulebook = models.ForeignKey(Rulebook, on_delete=models.PROTECT, related_name="+")
    content = models.JSONField(help_text="see `challenges.pitches.content`")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the canonical JSON of content")

    class Meta:
        ordering = ["entry", "number"]
        constraints = [
            models.UniqueConstraint(fields=["entry", "number"], name="submission_number_in_entry")
        ]

    def __str__(self) -> str:
        return f"{self.entry}, version {self.number}"
