"""Where somebody is on the site."""

from django import template
from django.http import HttpRequest
from django.template import Context
from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode

from marketplace.ways import own_path

register = template.Library()

NOT_LED_BACK_TO = "/accounts/"


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


@register.inclusion_tag("components/nav_item.html", takes_context=True)
def entrance_item(
    context: Context, text: str, to: str, first_right: bool = False
) -> dict[str, object]:
    """A link to sign in or register that leads back to where it is pressed, or on to `next`."""
    item = nav_item(context, text, to, first_right)
    request = context.get("request")
    if request is None or not item["href"]:
        return item
    on_to = request.GET.get("next") or _sent(request, "next")
    if not on_to and request.method == "GET" and not request.path.startswith(NOT_LED_BACK_TO):
        on_to = request.get_full_path()
    if on_to and on_to != "/" and own_path(on_to):
        item["href"] = f"{item['href']}?{urlencode({'next': on_to})}"
    return item


def _sent(request: HttpRequest, name: str) -> str | None:
    """From a form that was read. The page may say that it can’t be, or is too large to be."""
    sent = getattr(request, "_post", None)
    return sent.get(name) if sent else None


@register.inclusion_tag("components/tab_item.html", takes_context=True)
def tab_item(context: Context, text: str, to: str) -> dict[str, object]:
    """One of a few tabs above a page."""
    return nav_item(context, text, to)
