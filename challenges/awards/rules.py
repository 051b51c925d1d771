"""Who may do what to a funded project. Reading one is open to everybody."""

from typing import Any

import rules

from challenges.awards.models import Award
from challenges.pitches.rules import is_on_team
from marketplace.accounts.models import Role
from marketplace.accounts.rules import has_role
from startups.rules import is_member_of


@rules.predicate
def is_officer_of_award(person: Any, award: Award) -> bool:
    return has_role(person, Role.OFFICER, award.call.region_id)


@rules.predicate
def is_on_team_of_award(person: Any, award: Award) -> bool:
    return is_member_of(person, award.organisation_id)


rules.add_perm("awards.follow_decision", is_officer_of_award | is_on_team_of_award)
rules.add_perm("awards.give_up", is_on_team)
rules.add_perm("awards.manage_award", is_officer_of_award)
