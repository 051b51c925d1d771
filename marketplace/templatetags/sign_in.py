"""Why somebody is asked to sign in."""

from typing import Any
from urllib.parse import urlsplit

from django import template
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest
from django.template import Context
from django.urls import Resolver404, resolve

from marketplace.access import purpose_of
from marketplace.typed.keeping import COOKIE, waiting
from marketplace.ways import own_path

register = template.Library()


@register.inclusion_tag("typed/why_sign_in.html", takes_context=True)
def why_sign_in(context: Context, verb: str = "Sign in") -> dict[str, Any]:
    """Says what signing in leads to, and that what was typed is safe."""
    request: HttpRequest = context["request"]
    way = request.GET.get(REDIRECT_FIELD_NAME) or request.POST.get(REDIRECT_FIELD_NAME) or ""
    if not own_path(way):
        return {"verb": verb}
    post = waiting(request)
    if post and way not in (post.back, post.path):
        post = None
    return {
        "verb": verb,
        "kept": post,
        "was_signed_in": bool(request.COOKIES.get(COOKIE)),
        "purpose": _purpose(post.path if post else way),
    }


def _purpose(address: str) -> str:
    try:
        return purpose_of(resolve(urlsplit(address).path).func)
    except Resolver404:
        return ""
