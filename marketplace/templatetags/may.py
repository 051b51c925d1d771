"""What a page offers is what its rules allow."""

from typing import Any

import rules
from django import template

register = template.Library()


@register.simple_tag
def may(person: Any, rule: str, thing: Any = None) -> bool:
    """Whether a rule lets this person do it: `{% may user "calls.edit_call" call as x %}`.

    Not the tag of the `rules` package: that asks Django's permissions, which know no rule.
    """
    return rules.has_perm(rule, person, thing)
