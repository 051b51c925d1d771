"""Pages: they tell the story, in words and pictures; a `Call` runs the competition."""

from typing import Any

from django.db import models
from wagtail.admin.panels import FieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page, PagePermissionTester

from challenges.calls.models import Call, CallState
from cms.blocks import BodyBlock, FaqBlock


class HomePage(Page):
    """The front door: what is open, what was funded, and where to start."""

    intro = models.TextField(blank=True)
    body = StreamField(BodyBlock(), blank=True)

    content_panels = [*Page.content_panels, FieldPanel("intro"), FieldPanel("body")]
    parent_page_types = ["wagtailcore.Page"]
    subpage_types = ["cms.ChallengeIndexPage", "cms.StandardPage"]
    max_count_per_parent = 1


class StandardPage(Page):
    """Plain words: about, accessibility, privacy."""

    body = StreamField(BodyBlock(), blank=True)

    content_panels = [*Page.content_panels, FieldPanel("body")]
    subpage_types = ["cms.StandardPage"]


class ChallengeIndexPage(Page):
    """Every challenge and accelerator call, with filters."""

    intro = models.TextField(blank=True)

    content_panels = [*Page.content_panels, FieldPanel("intro")]
    parent_page_types = ["cms.HomePage"]
    subpage_types = ["cms.ChallengePage", "cms.AcceleratorPage"]


class CallPagePermissionTester(PagePermissionTester):
    """A call's page goes public with the call's approval, and not before."""

    def can_publish(self) -> bool:
        return super().can_publish() and self.page.specific.may_be_public


class CallPage(Page):
    """What both kinds of call have on their page."""

    call = models.OneToOneField(
        Call, null=True, blank=True, on_delete=models.PROTECT, related_name="page"
    )
    lead_image = models.ForeignKey(
        "wagtailimages.Image",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    body = StreamField(BodyBlock(), blank=True)
    faqs = StreamField([("faq", FaqBlock())], blank=True)

    content_panels = [
        *Page.content_panels,
        FieldPanel("call"),
        FieldPanel("lead_image"),
        FieldPanel("body"),
        FieldPanel("faqs"),
    ]
    parent_page_types = ["cms.ChallengeIndexPage"]
    subpage_types: list[str] = []
    is_creatable = False

    @property
    def may_be_public(self) -> bool:
        return self.call is not None and self.call.state in (
            CallState.APPROVED,
            CallState.CANCELLED,
        )

    def permissions_for_user(self, user: Any) -> PagePermissionTester:
        return CallPagePermissionTester(user, self)


class ChallengePage(CallPage):
    """A public-service challenge."""


class AcceleratorPage(CallPage):
    """A call for start-ups to join an accelerator."""
