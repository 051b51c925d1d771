"""Where the officer's desk joins Wagtail's admin."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import URLResolver, include, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from cms.desk.finders import officer_regions
from cms.desk.home import DeskPanel, desk_menu


@hooks.register("register_admin_urls")
def register_desk() -> list[URLResolver]:
    return [path("desk/", include("cms.desk.urls", namespace="desk"))]


@hooks.register("register_admin_menu_item")
def register_desk_menu() -> MenuItem:
    pages = ("desk:calls", "desk:pitches", "desk:people", "desk:synonyms")
    return desk_menu(*map(reverse, pages))


@hooks.register("insert_global_admin_js")
def keep_what_is_typed() -> SafeString:
    """The desk’s forms keep their text in the browser as those of the site do."""
    return format_html('<script type="module" src="{}"></script>', static("typed.js"))


@hooks.register("construct_homepage_panels")
def add_desk_panel(request: HttpRequest, panels: list[Any]) -> None:
    if officer_regions(request.user):
        panels.append(DeskPanel(request))
