"""The button that begins or ends following the thing of a page."""

from typing import Any

from django import template
from django.db.models import Model

from cms.following import is_followed

register = template.Library()


@register.inclusion_tag("cms/follow_button.html", takes_context=True)
def follow_button(context: dict[str, Any], kind: str, thing: Model) -> dict[str, Any]:
    """For whoever is signed in; others are asked to sign in by the view."""
    request = context["request"]
    return {
        "kind": kind,
        "thing": thing,
        "followed": is_followed(request, thing),
        "next": request.path,
        "csrf_token": context.get("csrf_token"),
    }
