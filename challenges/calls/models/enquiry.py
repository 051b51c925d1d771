"""What people ask about a call, or of the region, and what everyone is answered."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from challenges.calls.models.call import Call
from marketplace.regions.models import Region


class EnquiryState(models.TextChoices):
    WAITING = "waiting", "Waiting for an answer"
    ANSWERED = "answered", "Answered"
    DECLINED = "declined", "Not answered"


class EnquiryTopic(models.TextChoices):
    CALL = "call", "A challenge or call"
    APPLYING = "applying", "How to apply"
    WORKING = "working", "Working with the region"
    DATA = "data", "Data or results"
    SITE = "site", "This service"
    OTHER = "other", "Something else"


class EnquiryQuerySet(models.QuerySet):
    def in_regions(self, regions: set[int]) -> "EnquiryQuerySet":
        return self.filter(region_id__in=regions)

    def waiting(self) -> "EnquiryQuerySet":
        return self.filter(state=EnquiryState.WAITING)

    def published(self) -> "EnquiryQuerySet":
        """Answers that everyone may read, the latest first. Who asked is nobody’s business."""
        return self.filter(state=EnquiryState.ANSWERED, is_public=True).order_by("-answered_at")


class Enquiry(models.Model):
    """One question. What is shown is `question` and `answer`; what was typed stays beside it."""

    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="enquiries")
    call = models.ForeignKey(
        Call, null=True, blank=True, on_delete=models.PROTECT, related_name="enquiries"
    )
    topic = models.CharField(max_length=8, choices=EnquiryTopic.choices, default=EnquiryTopic.CALL)
    state = models.CharField(
        max_length=8,
        choices=EnquiryState.choices,
        default=EnquiryState.WAITING,
        editable=False,
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="enquiries"
    )
    asked_at = models.DateTimeField(default=timezone.now)
    typed = models.TextField(help_text="as it was asked; officers and the asker read it")
    question = models.TextField(help_text="as it is published")
    answer = models.TextField(blank=True)
    is_public = models.BooleanField(default=True, help_text="answered to everyone")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    due_on = models.DateField()
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = EnquiryQuerySet.as_manager()

    class Meta:
        ordering = ["asked_at", "pk"]
        verbose_name_plural = "enquiries"
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="answered") | ~Q(answer=""), name="answered_has_answer"
            )
        ]
        indexes = [
            models.Index(fields=["region", "state", "due_on"], name="enquiry_to_answer"),
            models.Index(fields=["call", "state", "answered_at"], name="enquiry_of_call"),
        ]

    def __str__(self) -> str:
        return self.question[:80]

    @property
    def chain(self) -> str:
        return self.call.chain if self.call else f"region:{self.region_id}"

    def is_published(self) -> bool:
        return self.state == EnquiryState.ANSWERED and self.is_public

    def is_late(self, today: date | None = None) -> bool:
        return self.state == EnquiryState.WAITING and self.due_on < (today or timezone.localdate())
