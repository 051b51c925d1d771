"""What a page says is found by search while the page is live: pages say when that changes; and a
region gets its shelf."""

from typing import Any

from django.db.models.signals import post_delete, post_save
from wagtail.models import Page, PageViewRestriction
from wagtail.signals import page_published, page_slug_changed, page_unpublished, post_page_move

from cms.models import CallPage, CaseStudyPage, StandardPage
from cms.shelves import ensure_shelf
from marketplace.regions.models import Region
from search.services import reindex

OF_ONE = (page_published, page_unpublished)
OF_ALL_BELOW = (page_slug_changed, post_page_move)
"""These change the address of every page below as well."""

KINDS: dict[type[Page], str] = {CaseStudyPage: "case-study", StandardPage: "page"}


def plug() -> None:
    for signal in OF_ONE:
        signal.connect(look_again, dispatch_uid="cms.search")
    for signal in OF_ALL_BELOW:
        signal.connect(look_below, dispatch_uid="cms.search")
    for model in KINDS:
        post_delete.connect(look_again, sender=model, dispatch_uid="cms.search")
    for signal in (post_save, post_delete):
        signal.connect(look_behind, sender=PageViewRestriction, dispatch_uid="cms.search")
    post_save.connect(give_a_shelf, sender=Region, dispatch_uid="cms.shelves")


def look_again(sender: type[Page], instance: Page, **signal: Any) -> None:
    if isinstance(instance, CallPage) and instance.call_id:
        reindex("call", [instance.call_id])
    elif kind := KINDS.get(type(instance)):
        reindex(kind, [instance.pk])


def look_below(sender: type[Page], instance: Page, **signal: Any) -> None:
    for page in Page.objects.descendant_of(instance, inclusive=True).specific():
        look_again(type(page), page)


def look_behind(sender: type[PageViewRestriction], instance: Any, **signal: Any) -> None:
    """Who may see a page, and all below it, has changed."""
    look_below(Page, instance.page)


def give_a_shelf(sender: type[Region], instance: Region, raw: bool = False, **signal: Any) -> None:
    """A new region has a place of its own for pictures and documents at once."""
    if not raw:
        ensure_shelf(instance)
