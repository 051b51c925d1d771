"""What a person of Wagtail's admin may find there by its id."""

from typing import Any

from django.http import HttpRequest
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Page, Revision
from wagtail.permissions import policy_registry

from cms.rights import pages_seen_by

FILE_RIGHTS = ("add", "change", "choose")

PAGE_WORDS = ("page_id", "parent_page_id", "page_to_move_id", "destination_id", "page_pk")
IMAGE_WORDS = ("image_id",)
DOCUMENT_WORDS = ("document_id", "doc_id")

BY_PLACE = {
    "wagtailadmin_pages": Page,
    "wagtailimages_chooser": "image",
    "wagtaildocs_chooser": "document",
}
"""Whose the ids are that an address of this name space calls no more than “pk” or “id”."""

FOR_NOBODY = frozenset({"wagtailadmin_error_test"})
"""Fails on purpose, to see what a failure looks like."""

OF_ALL = frozenset(
    {
        "wagtailadmin_reports:page_types_usage",
        "wagtailadmin_reports:page_types_usage_results",
    }
)
"""Reports over the pages of everybody, which ask no policy what to show, and name drafts of every
region: for superusers alone."""


def may_find(request: HttpRequest, kwargs: dict[str, Any]) -> bool:
    """Whether each thing that an address of the admin names is one that this person sees."""
    user, match = request.user, request.resolver_match
    if match is None or match.view_name in FOR_NOBODY:
        return match is None
    if user.is_superuser:
        return True
    if match.view_name in OF_ALL:
        return False
    for model, ids in _named(match, request, kwargs):
        wanted = {int(pk) for pk in ids if str(pk).isdecimal() and len(str(pk)) < 19}
        if wanted and seen_by(user, model).filter(pk__in=wanted).count() < len(wanted):
            return False
    return _is_its_revision(kwargs)


def seen_by(user: Any, model: Any) -> Any:
    """A queryset of the pages, pictures or documents that this person sees."""
    if model is Page:
        return Page.objects.filter(pages_seen_by(user))
    policy = policy_registry.get_by_type(model)
    return policy.instances_user_has_any_permission_for(user, FILE_RIGHTS)


def _named(match: Any, request: HttpRequest, kwargs: dict[str, Any]) -> Any:
    """(model, ids) that an address names, in its path or, where it chooses many, behind it."""
    models = {"image": get_image_model(), "document": get_document_model()}
    for word, pk in kwargs.items():
        if word in PAGE_WORDS:
            yield Page, [pk]
        elif word in IMAGE_WORDS:
            yield models["image"], [pk]
        elif word in DOCUMENT_WORDS:
            yield models["document"], [pk]
    if match.url_name == "wagtail_bulk_action":
        model = _model(kwargs, models)
        if model is not None:
            yield model, _spelt_out(request, model)
        return
    here = BY_PLACE.get(match.namespace)
    if here is None and match.url_name == "wagtailadmin_choose_page_chosen_multiple":
        here = Page
    if here is not None:
        of = models.get(here, here) if isinstance(here, str) else here
        yield of, [kwargs["pk"]] if "pk" in kwargs else []
        yield of, request.GET.getlist("id")


def _model(kwargs: dict[str, Any], models: dict[str, Any]) -> Any:
    """What a bulk action is about, if it is pages or files."""
    label = f"{kwargs['app_label']}.{kwargs['model_name']}".lower()
    known = {model._meta.label_lower: model for model in (Page, *models.values())}
    return known.get(label)


def _spelt_out(request: HttpRequest, model: Any) -> list[str]:
    """Ids that a bulk action names; “all” is put as the ids of what this person sees, because
    Wagtail would take every row, and list those that may not be touched by name."""
    ids = request.GET.getlist("id")
    if "all" not in ids:
        return ids
    rows = seen_by(request.user, model)
    parent = request.GET.get("childOf", "")
    if model is Page and parent.isdecimal():
        above = Page.objects.filter(pk=parent).first()
        rows = rows.child_of(above) if above else rows.none()
    elif model is Page:
        rows = rows.filter(depth__gt=1)
    given = request.GET.copy()
    given.setlist("id", [str(pk) for pk in rows.values_list("pk", flat=True)])
    request.GET = given  # type: ignore[assignment]
    return []


def _is_its_revision(kwargs: dict[str, Any]) -> bool:
    """Whether a revision that is named is one of the page that is named with it."""
    if "page_id" not in kwargs or "revision_id" not in kwargs:
        return True
    rows = Revision.page_revisions.filter(object_id=str(kwargs["page_id"]))
    return rows.filter(pk=kwargs["revision_id"]).exists()
