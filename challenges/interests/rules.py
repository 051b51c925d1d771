"""Who keeps a register, and whose an interest is. Who else reads it, `judging` says."""

from typing import Any

import rules

from challenges.interests.models import Interest
from marketplace.accounts.rules import is_judge_somewhere, is_officer_somewhere


@rules.predicate
def is_own_interest(person: Any, interest: Interest) -> bool:
    return interest.person_id == person.pk


rules.add_perm("interests.keep_register", is_judge_somewhere | is_officer_somewhere)
rules.add_perm("interests.change_interest", is_own_interest)
