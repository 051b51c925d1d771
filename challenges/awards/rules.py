"""Who may do what to a funded project. Reading one is open to everybody."""

from typing import Any

import rules

from challenges.awards.models import Award
from marketplace.accounts.models import Role
from marketplace.accounts.rules import has_role


@rules.predicate
def is_officer_of_award(person: Any, award: Award) -> bool:
    return has_role(person, Role.OFFICER, award.call.region_id)


rules.add_perm("awards.manage_award", is_officer_of_award)
