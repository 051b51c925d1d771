"""How every page of the desk is drawn: inside Wagtail's admin, with its own way back."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Page
from django.db.models import QuerySet
from django.forms import BaseForm, BooleanField, Field, Media
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from wagtail.admin.paginator import WagtailPaginator

from challenges.calls.models import Call, Stage
from cms.desk.labels import heading_of
from marketplace.errors import Incomplete, Refused
from marketplace.typed.keeping import keep

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


def conflict_page(
    request: HttpRequest, *, sentence: str, back: str, form: BaseForm | None = None
) -> HttpResponse:
    """Somebody saved first: shows what was typed, and offers to put it into the newer form.

    Args:
        form: what was typed into, for its labels.
    """
    kept = keep(request, clash=True) if form is not None else None
    request.kept_post = kept  # type: ignore[attr-defined]
    fields = _fields_of(form)
    typed = [
        (_label(name, fields), in_words(fields[name][1], value) if name in fields else value)
        for name, values in request.POST.lists()
        if name not in ("csrfmiddlewaretoken", "version")
        and not name.endswith(("_FORMS", "-id", "-ORDER", "-DELETE"))
        for value in values
        if value.strip()
    ]
    return desk_page(
        request,
        "desk/conflict.html",
        title="Not saved",
        icon="warning",
        status=409,
        sentence=sentence,
        typed=typed,
        kept=kept,
        back=back,
    )


def _fields_of(form: BaseForm | None) -> dict[str, tuple[str, Field]]:
    """Name of a field as it is sent → (its label, the field), rows of a set of forms included."""
    if form is None:
        return {}
    found = {
        form.add_prefix(name): (str(capfirst(str(field.label or name))), field)
        for name, field in form.fields.items()
    }
    for formset in getattr(form, "formsets", {}).values():
        for number, row in enumerate(formset.forms, start=1):
            for name, (label, field) in _fields_of(row).items():
                found[name] = (f"{label} ({number})", field)
    return found


def _label(name: str, fields: dict[str, tuple[str, Field]]) -> str:
    """A field's name as a person would say it, also where no form knows it."""
    return fields[name][0] if name in fields else heading_of(name)


def in_words(field: Field, value: str) -> str:
    """What was sent, as the form showed it: the words of a choice, and not its code."""
    if isinstance(field, BooleanField):
        return "Yes"
    for code, words in getattr(field, "choices", ()):
        options = words if isinstance(words, list | tuple) else [(code, words)]
        for option, said in options:
            if str(option) == value:
                return str(said)
    return value
