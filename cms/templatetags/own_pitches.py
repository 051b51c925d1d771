"""The button of a call, which leads to one’s own pitch where there is one."""

from typing import Any

from django import template

from challenges.calls.models import Call
from cms.own_pitches import Way, own_entries, way_into

register = template.Library()


@register.simple_tag(takes_context=True)
def apply_way(context: dict[str, Any], call: Call) -> Way:
    """`{% apply_way call as way %}`: `way.href`, `way.words`, `way.has_pitch`."""
    return way_into(context["request"], call)


@register.simple_tag(takes_context=True)
def own_pitch(context: dict[str, Any], call: Any) -> Way | None:
    """The same where the visitor has pitched for the call, else None: for lists."""
    request = context.get("request")
    return way_into(request, call) if request and call.pk in own_entries(request) else None
