"""What the desk asks beyond the rules of the floors below."""

from typing import Any

import rules

from challenges.pitches.models import Entry
from challenges.pitches.rules import is_officer_of_entry


@rules.predicate
def may_decide_its_stage(person: Any, entry: Entry) -> bool:
    return rules.has_perm("judging.decide", person, entry.stage)


rules.add_perm("desk.decide_entry", is_officer_of_entry & may_decide_its_stage)
