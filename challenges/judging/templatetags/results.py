"""Shows an applicant the released result on pages of the floors below."""

from typing import Any

from django import template

from challenges.judging.afterwards import afterwards_of
from challenges.judging.results import released_result
from challenges.pitches.models import Entry

register = template.Library()


@register.inclusion_tag("judging/_result.html", takes_context=True)
def panel_result(context: dict[str, Any], entry: Entry) -> dict[str, Any]:
    """`{% panel_result entry %}`: outcome, reason, feedback and comments; nothing before release.

    The page has asked whether this person may see the entry; `can_lead` says that they speak
    for the pitch.
    """
    return {
        "result": released_result(entry),
        "after": afterwards_of(entry),
        "stage": entry.stage,
        "reference": entry.pitch.reference,
        "is_lead": context.get("can_lead", False),
    }
