"""The button of a call, which leads to one’s own pitch where there is one."""

from typing import Any

from django import template

from challenges.calls.models import Call
from challenges.pitches.own import Way, own_entries, way_into, way_to

register = template.Library()


@register.simple_tag(takes_context=True)
def apply_way(context: dict[str, Any], call: Call) -> Way:
    """`{% apply_way call as way %}`: `way.href`, `way.words`, `way.has_pitch`."""
    return way_into(context["request"], call)


@register.simple_tag(takes_context=True)
def own_pitch(context: dict[str, Any], call_id: int) -> Way | None:
    """The same where the visitor has pitched for the call, else None: for lists."""
    request = context.get("request")
    entry = own_entries(request).get(call_id) if request else None
    return way_to(entry) if entry else None
