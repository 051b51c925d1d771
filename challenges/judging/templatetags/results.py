"""Shows an applicant the released result on pages of the floors below."""

from typing import Any

from django import template

from challenges.judging.results import released_result
from challenges.pitches.models import Entry

register = template.Library()


@register.inclusion_tag("judging/_result.html")
def panel_result(entry: Entry) -> dict[str, Any]:
    """`{% panel_result entry %}`: outcome, reason, feedback and comments; nothing before release.

    The page has asked whether this person may see the entry.
    """
    return {"result": released_result(entry), "stage": entry.stage}
