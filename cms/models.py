"""Pages: they tell the story, in words and pictures; a `Call` runs the competition."""

from collections.abc import Iterable
from typing import Any

from django.core.paginator import Paginator
from django.db import models
from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse
from wagtail.admin.panels import FieldPanel, HelpPanel
from wagtail.fields import StreamField
from wagtail.models import Collection, Page, PagePermissionTester

from challenges.awards.models import Award
from challenges.calls.checks.scoring import shares
from challenges.calls.models import Call, CallState, CallStatus, Stage
from challenges.judging.statistics import has_statistics
from cms import keeping
from cms.bases import CallPageTester, OfARegion, SitePage, Stays
from cms.blocks import BodyBlock, FaqBlock
from cms.calls import PUBLIC_STATES, public_calls, with_addresses, with_promises
from cms.filters import CallFilterForm
from cms.page_forms import CallPageForm, CaseStudyForm
from marketplace.regions.models import Region
from startups.models import Organisation

ON_HOME = 6
PER_PAGE = 20


class HomePage(Stays):
    """The front door: what is open, what was funded, and where to start."""

    intro = models.TextField(blank=True)
    body = StreamField(BodyBlock(), blank=True)

    content_panels = [*Page.content_panels, FieldPanel("intro"), FieldPanel("body")]
    parent_page_types = ["wagtailcore.Page"]
    subpage_types = ["cms.ChallengeIndexPage", "cms.CaseStudyIndexPage", "cms.StandardPage"]
    max_count_per_parent = 1
    template = "cms/home.html"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        open_calls = public_calls().filter(pk__in=Call.objects.open().values("pk"))
        awarded = Award.objects.standing().aggregate(
            count=models.Count("pk"),
            sum=Sum("amount"),
            limits=models.Count("pk", filter=models.Q(amount_is_limit=True)),
        )
        context["open_calls"] = with_addresses(open_calls[:ON_HOME], request)
        context["open_count"] = open_calls.count()
        context["awards"] = Award.objects.standing().for_listing()[:ON_HOME]
        context["award_count"] = awarded["count"]
        context["award_sum"] = awarded["sum"] or 0
        context["award_limits"] = awarded["limits"]
        context["organisation_count"] = Organisation.objects.public().count()
        return context


class StandardPage(SitePage):
    """Plain words: about, accessibility, privacy."""

    body = StreamField(BodyBlock(), blank=True)

    content_panels = [*Page.content_panels, FieldPanel("body")]
    subpage_types = ["cms.StandardPage"]
    template = "cms/standard.html"


class CaseStudyIndexPage(SitePage):
    """What came of funded projects, newest first."""

    intro = models.TextField(blank=True)

    content_panels = [*Page.content_panels, FieldPanel("intro")]
    parent_page_types = ["cms.HomePage"]
    subpage_types = ["cms.CaseStudyPage"]
    template = "cms/case_studies.html"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        studies = (
            CaseStudyPage.objects.child_of(self)
            .live()
            .select_related("award__organisation")
            .order_by("-first_published_at", "-pk")
        )
        page = Paginator(studies, PER_PAGE).get_page(request.GET.get("page"))
        context["studies"] = page
        return context


class CaseStudyPage(OfARegion, SitePage):
    """One project told so that another place can do it too."""

    award = models.ForeignKey(
        Award,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="case_studies",
        verbose_name="funded project",
    )
    summary = models.TextField(max_length=400, help_text="What was done and what came of it.")
    body = StreamField(BodyBlock(), blank=True)
    reuse = models.TextField(
        "what others can reuse",
        blank=True,
        max_length=4000,
        help_text="Code, data, contracts, lessons, and whom to ask.",
    )

    content_panels = [
        *Page.content_panels,
        FieldPanel("award"),
        FieldPanel("summary"),
        FieldPanel("body"),
        FieldPanel("reuse"),
    ]
    parent_page_types = ["cms.CaseStudyIndexPage"]
    subpage_types: list[str] = []
    template = "cms/case_study.html"
    region_through = "award"
    region_lookup = "award__call__region"
    base_form_class = CaseStudyForm


class ChallengeIndexPage(Stays):
    """Every challenge and accelerator call, with filters."""

    intro = models.TextField(blank=True)

    content_panels = [*Page.content_panels, FieldPanel("intro")]
    parent_page_types = ["cms.HomePage"]
    subpage_types = ["cms.ChallengePage", "cms.AcceleratorPage"]
    template = "cms/challenges.html"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        form = CallFilterForm(request.GET)
        found = form.narrow(public_calls()).prefetch_related("objectives")
        results = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
        context["filters"] = form
        context["results"] = results
        context["calls"] = with_addresses(results, request)
        return context


class CallPage(OfARegion, Stays):
    """What both kinds of call have on their page."""

    call = models.OneToOneField(
        Call, null=True, blank=True, on_delete=models.PROTECT, related_name="page"
    )
    lead_image = models.ForeignKey(
        "wagtailimages.Image", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    body = StreamField(BodyBlock(), blank=True)
    faqs = StreamField([("faq", FaqBlock())], blank=True)

    content_panels = [
        HelpPanel(template="cms/page_of_call.html"),
        *Page.content_panels,
        FieldPanel("call"),
        FieldPanel("lead_image"),
        FieldPanel("body"),
        FieldPanel("faqs", heading="FAQs"),
    ]
    parent_page_types = ["cms.ChallengeIndexPage"]
    subpage_types: list[str] = []
    is_creatable = False
    # A call has one page; `duplicate_call` copies both.
    exclude_fields_in_copy = ["call"]
    base_form_class = CallPageForm
    template = "cms/call.html"
    region_through = "call"
    region_lookup = "call__region"

    def lost_by_saving(self) -> list[str]:
        lost = super().lost_by_saving()
        kept = self.kept_for()
        if kept and kept != self.call_id:
            lost.append("This page belongs to a call that people rely on, and stays with it.")
        return lost

    def kept_for(self) -> int | None:
        """Id of the call that this page has to stay with, as the database has it."""
        if not self.pk:
            return None
        return keeping.kept_by(self)

    @property
    def may_be_public(self) -> bool:
        """Once its call is approved; and it stays so if the call is cancelled then."""
        if self.call is None or self.call.state not in PUBLIC_STATES:
            return False
        return self.call.state == CallState.APPROVED or keeping.was_public(self)

    def permissions_for_user(self, user: Any) -> PagePermissionTester:
        return CallPageTester(user, self)

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Whatever Wagtail says: nobody sees a call that was not approved. Previews go by
        another way."""
        # Read once, with all that the page will show.
        self.call = with_promises(Call.objects.filter(pk=self.call_id)).first()
        if not self.may_be_public:
            raise Http404
        return super().serve(request, *args, **kwargs)

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        call = context["call"] = self.call
        if call is None:  # a preview of a page that has no call yet
            return context
        stages = list(call.stages.all())
        context["status"] = call.status
        context["is_open"] = call.status == CallStatus.OPEN
        context["first_stage"] = call.entry_stage
        context["promises"] = [_promise(stage) for stage in stages]
        context["awards"] = call.awards.standing().for_listing()
        released = any(stage.released_at for stage in stages)
        context["is_released"] = released and has_statistics(call)
        return context


def _promise(stage: Stage) -> dict[str, Any]:
    """A stage with its questions, its criteria as (criterion, share of 100), its last seal."""
    criteria = list(stage.criteria.all())
    sealed = list(stage.rulebooks.all())
    return {
        "stage": stage,
        "questions": [each for each in stage.questions.all() if each.retired_at is None],
        "criteria": list(zip(criteria, shares(criteria), strict=True)),
        "rulebook": sealed[-1] if sealed else None,
    }


class ChallengePage(CallPage):
    """A public-service challenge."""

    template = "cms/call.html"


class AcceleratorPage(CallPage):
    """A call for start-ups to join an accelerator."""

    template = "cms/call.html"


class ShelfQuerySet(models.QuerySet):
    def for_officers_of(self, regions: Iterable[int]) -> "ShelfQuerySet":
        """The shelves of these regions, and the shared one; with their collections."""
        own = models.Q(region__in=regions) | models.Q(region__isnull=True)
        return self.filter(own).select_related("collection")


class Shelf(models.Model):
    """Where a region's pictures and documents stand; the shared ones, where it names no region."""

    region = models.OneToOneField(
        Region, null=True, blank=True, on_delete=models.PROTECT, related_name="shelf"
    )
    collection = models.OneToOneField(Collection, on_delete=models.PROTECT, related_name="shelf")

    objects = ShelfQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "shelves"
        constraints = [
            models.UniqueConstraint(
                models.Value(1),
                condition=models.Q(region__isnull=True),
                name="one_shared_shelf",
            )
        ]

    def __str__(self) -> str:
        return str(self.collection)
