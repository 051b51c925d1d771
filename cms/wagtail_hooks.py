"""Where the officer's desk joins Wagtail's admin."""

from typing import Any

import rules
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import URLResolver, include, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.api.v2.router import WagtailAPIRouter
from wagtail.models import Page
from wagtail.query import PageQuerySet

from challenges.calls.models import Call
from challenges.calls.workflow import CALL
from cms.admin_api import SeenDocuments, SeenImages
from cms.desk.finders import officer_regions
from cms.desk.home import DeskPanel, desk_menu
from cms.keeping import kept_call, why_kept
from cms.models import CallPage
from cms.rights import pages_seen_by


@hooks.register("register_admin_urls")
def register_desk() -> list[URLResolver]:
    return [path("desk/", include("cms.desk.urls", namespace="desk"))]


@hooks.register("register_admin_menu_item")
def register_desk_menu() -> MenuItem:
    pages = ("desk:calls", "desk:pitches", "desk:people", "desk:synonyms")
    return desk_menu(*map(reverse, pages))


@hooks.register("before_delete_page")
@hooks.register("before_unpublish_page")
@hooks.register("before_move_page")
def keep_page(request: HttpRequest, page: Page, *destination: Page) -> HttpResponse | None:
    """Refuse what would take a page from people who rely on it, and say what to do instead."""
    call = kept_call(page)
    if call is None:
        return None
    say_kept(request, call)
    parent = page.get_parent()
    return redirect("wagtailadmin_explore", parent.pk if parent else page.pk)


@hooks.register("before_bulk_action")
def keep_pages(
    request: HttpRequest, action_type: str, objects: list[Any], bulk_action: Any
) -> HttpResponse | None:
    """As `keep_page`, for many at once: all of them or none."""
    if action_type not in ("delete", "unpublish", "move"):
        return None
    kept = [found for page in objects if isinstance(page, Page) and (found := kept_call(page))]
    for call in {call.pk: call for call in kept}.values():
        say_kept(request, call)
    return redirect(bulk_action.next_url) if kept else None


@hooks.register("before_copy_page")
def copy_the_call_too(request: HttpRequest, page: Page) -> HttpResponse | None:
    """A call's page is copied with its call; an alias of one can't be, as each call has one."""
    calls = Call.objects.filter(page__path__startswith=page.path)
    if issubclass(page.specific_class, CallPage) and (call := calls.first()):
        messages.warning(request, "A call and its page are copied together, here.")
        return redirect("desk:duplicate", call.pk)
    if "alias" in request.POST and "copy_subpages" in request.POST and calls.exists():
        messages.error(request, "Pages of calls stand below it, and a call has one page only.")
        return redirect("wagtailadmin_explore", page.pk)
    return None


def say_kept(request: HttpRequest, call: Call) -> None:
    buttons = []
    if rules.has_perm("calls.view_call_at_desk", request.user, call):
        may_cancel = CALL.allows("cancel", call, request.user)
        name, label = (
            ("desk:cancel", "Cancel the call at the desk")
            if may_cancel
            else ("desk:call", "See the call at the desk")
        )
        buttons = [messages.button(reverse(name, args=[call.pk]), label)]
    messages.error(request, why_kept(call), buttons=buttons)


@hooks.register("construct_admin_api")
def show_what_they_see(router: WagtailAPIRouter) -> None:
    """Wagtail's own would list every picture and document to whoever opens the admin."""
    router.register_endpoint("images", SeenImages)
    router.register_endpoint("documents", SeenDocuments)


@hooks.register("construct_page_chooser_queryset")
def offer_what_they_see(pages: PageQuerySet, request: HttpRequest) -> PageQuerySet:
    return pages.filter(pages_seen_by(request.user))


@hooks.register("insert_global_admin_js")
def keep_what_is_typed() -> SafeString:
    """The desk’s forms keep their text in the browser as those of the site do."""
    return format_html('<script type="module" src="{}"></script>', static("typed.js"))


@hooks.register("construct_homepage_panels")
def add_desk_panel(request: HttpRequest, panels: list[Any]) -> None:
    if officer_regions(request.user):
        panels.append(DeskPanel(request))
