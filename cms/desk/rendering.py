"""How every page of the desk is drawn: inside Wagtail's admin, with its own way back."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Page
from django.db.models import QuerySet
from django.forms import Media
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from wagtail.admin.paginator import WagtailPaginator

from challenges.calls.models import Call, Stage
from cms.desk.labels import heading_of
from marketplace.errors import Incomplete, Refused

Crumb = tuple[str, str]
"""(label, address) of a page on the way here."""


def desk_page(
    request: HttpRequest,
    template: str,
    *,
    title: str,
    crumbs: Sequence[Crumb] = (),
    icon: str = "clipboard-list",
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    """Draw a page of the desk; `title` is its heading and the last of its breadcrumbs."""
    context = {
        "page_title": title,
        "header_title": title,
        "header_icon": icon,
        "breadcrumbs_items": [
            {"url": reverse("wagtailadmin_home"), "label": "Home"},
            *({"url": url, "label": label} for label, url in crumbs),
            {"url": "", "label": title},
        ],
        "crumbs": crumbs,
        "media": Media(),
        **context,
    }
    return render(request, template, context, status=status)


def call_crumbs(call: Call) -> list[Crumb]:
    return [
        ("Calls", reverse("desk:calls")),
        (call.title, reverse("desk:call", kwargs={"pk": call.pk})),
    ]


def stage_crumbs(stage: Stage) -> list[Crumb]:
    return [*call_crumbs(stage.call)]


def paged(
    request: HttpRequest, rows: QuerySet | Sequence[Any], size: int, *, count: int | None = None
) -> dict[str, Any]:
    """The page of `rows` that the address asks for (`p`), as Wagtail's templates take it.

    Args:
        count: how many rows there are, where that is known already.
    """
    paginator = WagtailPaginator(rows, size)
    if count is not None:
        paginator.count = count
    page: Page = paginator.get_page(request.GET.get("p"))
    return {
        "page_obj": page,
        "items": page,
        "paginator": paginator,
        "is_paginated": paginator.num_pages > 1,
        "elided_page_range": paginator.get_elided_page_range(page.number),
    }


def say_refused(request: HttpRequest, refused: Refused) -> None:
    """Show why something was not done, with each thing that is missing."""
    messages.error(request, str(refused))
    if isinstance(refused, Incomplete):
        for _, sentence in refused.problems:
            messages.error(request, sentence)


def to_call(call: Call) -> HttpResponseRedirect:
    return redirect("desk:call", pk=call.pk)


def conflict_page(request: HttpRequest, *, sentence: str, back: str) -> HttpResponse:
    """Somebody saved first: shows what was typed, so that nothing of it is lost."""
    typed = [
        (heading_of(name), value)
        for name, values in request.POST.lists()
        if name not in ("csrfmiddlewaretoken", "version")
        and not name.endswith(("_FORMS", "-id", "-ORDER", "-DELETE"))
        for value in values
        if len(value) > 1
    ]
    return desk_page(
        request,
        "desk/conflict.html",
        title="Not saved",
        icon="warning",
        status=409,
        sentence=sentence,
        typed=typed,
        back=back,
    )
