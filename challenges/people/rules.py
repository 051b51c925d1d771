"""Who may keep the directory, and who may change an entry of it."""

from typing import Any

import rules

from challenges.people.models import Expert
from marketplace.accounts.models import Role
from marketplace.accounts.rules import has_role


@rules.predicate
def is_officer_of_entry(person: Any, expert: Expert) -> bool:
    return has_role(person, Role.OFFICER, expert.region_id)


@rules.predicate
def is_that_expert(person: Any, expert: Expert) -> bool:
    """Under their own address; sign-in has confirmed that it is theirs."""
    return (
        expert.left_at is None
        and bool(getattr(person, "email", ""))
        and person.email.lower() == expert.email.lower()
    )


rules.add_perm("people.keep_entry", is_officer_of_entry)
rules.add_perm("people.change_own", is_that_expert)
