"""What the desk asks beyond the rules of the floors below."""

from typing import Any

import rules

from challenges.pitches.models import Entry
from challenges.pitches.rules import is_officer_of_entry
from marketplace.accounts.models import Role
from marketplace.accounts.rules import has_role, is_officer_somewhere, is_platform_administrator


@rules.predicate
def may_decide_its_stage(person: Any, entry: Entry) -> bool:
    return rules.has_perm("judging.decide", person, entry.stage)


@rules.predicate
def is_officer_of_tag(person: Any, tag: Any) -> bool:
    return has_role(person, Role.OFFICER, tag.region_id)


@rules.predicate
def is_officer_of_seal_address(person: Any, address: Any) -> bool:
    return has_role(person, Role.OFFICER, address.region_id)


@rules.predicate
def may_take_the_record(person: Any) -> bool:
    """All regions’ records at once, with the reasons that officers gave: superusers alone."""
    return getattr(person, "is_superuser", False) and person.is_active


rules.add_perm("desk.keep_seal_address", is_officer_of_seal_address)
rules.add_perm("desk.take_record", may_take_the_record)
rules.add_perm(
    "desk.view_record",
    is_officer_somewhere | is_platform_administrator | may_take_the_record,
)
rules.add_perm("desk.keep_tag", is_officer_of_tag)
rules.add_perm("desk.decide_entry", is_officer_of_entry & may_decide_its_stage)
