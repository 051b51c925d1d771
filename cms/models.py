"""Pages: they tell the story, in words and pictures; a `Call` runs the competition."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import models
from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.admin.panels import FieldPanel, HelpPanel
from wagtail.fields import StreamField
from wagtail.models import Page, PagePermissionTester

from challenges.awards.models import Award
from challenges.calls.checks.scoring import shares
from challenges.calls.models import Call, CallStatus, Stage
from challenges.judging.statistics import has_statistics
from cms import keeping
from cms.blocks import BodyBlock, FaqBlock
from cms.calls import PUBLIC_STATES, public_calls, with_addresses, with_promises
from cms.filters import CallFilterForm
from marketplace.accounts.models import Role
from marketplace.accounts.rules import regions_where
from startups.models import Organisation

ON_HOME = 6
PER_PAGE = 20


class Stays(Page):
    """A page that may be one on which applicants rely, or stand above one."""

    class Meta:
        abstract = True

    def clean(self) -> None:
        super().clean()
        self._stay()

    def minimal_clean(self) -> None:
        """What Wagtail asks of a page that is not live: as one that is being taken away is."""
        super().minimal_clean()
        self._stay()

    def _stay(self) -> None:
        if lost := self.lost_by_saving():
            raise ValidationError(lost)

    def lost_by_saving(self) -> list[str]:
        return keeping.lost_by_saving(self)

    def unpublish(self, *args: Any, **kwargs: Any) -> None:
        """Raises: PageIsKept: somebody relies on it, whoever or whatever would take it away."""
        keeping.refuse_if_kept(self)
        super().unpublish(*args, **kwargs)


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


class StandardPage(Page):
    """Plain words: about, accessibility, privacy."""

    body = StreamField(BodyBlock(), blank=True)

    content_panels = [*Page.content_panels, FieldPanel("body")]
    subpage_types = ["cms.StandardPage"]
    template = "cms/standard.html"


class CaseStudyIndexPage(Page):
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


class CaseStudyPage(Page):
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


class CallPagePermissionTester(PagePermissionTester):
    """A call's page goes public with the call's approval, and not before."""

    def can_publish(self) -> bool:
        return super().can_publish() and self.page.specific.may_be_public

    def can_set_view_restrictions(self) -> bool:
        """Nobody hides what applicants rely on behind a password."""
        return super().can_set_view_restrictions() and keeping.kept_call(self.page) is None


class CallPageForm(WagtailAdminPageForm):
    """Offers the calls of the editor’s own regions that no other page speaks for."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        calls = Call.objects.all()
        if not self.for_user.is_superuser:
            calls = calls.in_regions(regions_where(self.for_user, Role.OFFICER))
        own = models.Q(pk=self.instance.call_id)
        if kept := self.instance.kept_for():
            # An older revision may name another: what stands is what the page is for.
            self.initial["call"] = kept
            self.fields["call"].disabled = True
            own |= models.Q(pk=kept)
        self.fields["call"].queryset = Call.objects.filter(
            own | models.Q(pk__in=calls.filter(page=None))
        )


class CallPage(Stays):
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
        kept = Call.objects.filter(keeping.KEPT, page=self.pk)
        return kept.values_list("pk", flat=True).first()

    @property
    def may_be_public(self) -> bool:
        return self.call is not None and self.call.state in PUBLIC_STATES

    def permissions_for_user(self, user: Any) -> PagePermissionTester:
        return CallPagePermissionTester(user, self)

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
