"""Where somebody is on the site."""

from django import template
from django.template import Context
from django.urls import NoReverseMatch, reverse

register = template.Library()


@register.inclusion_tag("components/nav_item.html", takes_context=True)
def nav_item(context: Context, text: str, to: str, first_right: bool = False) -> dict[str, object]:
    """A link in the navigation; `to` is a path or the name of a URL. None for a missing one.

    A page for what went wrong is drawn with this too, so it never fails itself.
    """
    try:
        href = to if to.startswith("/") else reverse(to)
    except NoReverseMatch:
        href = ""
    path = getattr(context.get("request"), "path", "")
    below = bool(href) and path.startswith(href)
    current = "page" if below and path == href else "true" if below else ""
    return {"text": text, "href": href, "current": current, "first_right": first_right}


@register.inclusion_tag("components/tab_item.html", takes_context=True)
def tab_item(context: Context, text: str, to: str) -> dict[str, object]:
    """One of a few tabs above a page."""
    return nav_item(context, text, to)
