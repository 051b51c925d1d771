"""Whose messages and follows are whose."""

from typing import Any

import rules

from marketplace.activity.models import Follow


@rules.predicate
def is_own_follow(person: Any, follow: Follow) -> bool:
    return follow.person_id == person.pk


rules.add_perm("activity.keep_follow", is_own_follow)
