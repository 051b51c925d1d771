"""What the public sees of funded projects."""

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.core.paginator import Paginator
from django.db.models import Count, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from challenges.awards.forms import ProjectFilters
from challenges.awards.models import Award
from challenges.calls.models import Call
from marketplace.access import public
from marketplace.spreadsheets import to_csv

PER_PAGE = 24
NEIGHBOURS = 10
CSV_HEAD = (
    "Project",
    "Organisation",
    "Amount in pounds",
    "Amount is a limit",
    "Awarded on",
    "State",
    "Challenge",
    "Challenge reference",
    "Programme",
    "Place of the organisation",
    "Summary",
    "Source",
    "Demonstration",
    "Address",
    "State changed on",
    "Why it ended or was withdrawn",
    "Corrected on",
    "What was corrected",
)


@public
@require_safe
def project_list(request: HttpRequest) -> HttpResponse:
    filters = ProjectFilters(request.GET)
    found = filters.narrow(Award.objects.for_listing())
    figures = (
        found.standing()
        .order_by()
        .aggregate(
            number=Count("pk"),
            pounds=Sum("amount"),
            limits=Count("pk", filter=Q(amount_is_limit=True)),
        )
    )
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "filters": filters,
        "page": page,
        "figures": figures,
        "query": _without_page(request),
        "narrowed": any(request.GET.get(name) for name in filters.fields),
    }
    return render(request, "awards/projects.html", context)


@public
@require_safe
def project_csv(request: HttpRequest) -> HttpResponse:
    """The list as a table for spreadsheets, with the same filters and not cut into pages."""
    found = ProjectFilters(request.GET).narrow(Award.objects.for_listing())
    response = HttpResponse(
        to_csv(CSV_HEAD, map(_row, found.iterator())), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = 'attachment; filename="funded-projects.csv"'
    return response


@public
@require_safe
def project(request: HttpRequest, slug: str) -> HttpResponse:
    award = get_object_or_404(Award.objects.for_page(), slug=slug)
    others = award.call.awards.standing().exclude(pk=award.pk).for_listing()[:NEIGHBOURS]
    context = {"award": award, "call_url": page_address(award.call), "others": others}
    return render(request, "awards/project.html", context)


def page_address(call: Call) -> str:
    """The address of a call's live page; empty if it has none."""
    try:
        page = call.page  # the page points at the call, from the floor above
    except ObjectDoesNotExist:
        return ""
    return (page.url or "") if page.live else ""


def _without_page(request: HttpRequest) -> str:
    query = request.GET.copy()
    query.pop("page", None)
    return query.urlencode()


def _row(award: Award) -> list[object]:
    return [
        award.title,
        award.organisation.name,
        award.amount,
        "yes" if award.amount_is_limit else "no",
        award.awarded_on or "",
        award.get_state_display(),
        award.call.title,
        award.call.reference,
        str(award.call.programme or ""),
        award.organisation.place_label,
        award.summary,
        award.source,
        "yes" if award.is_demonstration else "no",
        f"{settings.SITE_URL}{award.get_absolute_url()}",
        award.state_changed_on or "",
        award.state_reason,
        award.corrected_on or "",
        award.correction_note,
    ]
