"""Who may do what for an organisation."""

from typing import Any

import rules

from startups.models import Claim, MemberRole, Membership, Organisation, TeamInvitation


def memberships_of(person: Any) -> dict[int, str]:
    """Organisation id → role of a person; read once a request."""
    if not getattr(person, "is_authenticated", False):
        return {}
    if not hasattr(person, "_memberships"):
        person._memberships = dict(person.memberships.values_list("organisation_id", "role"))
    return person._memberships


def forget_memberships(person: Any) -> None:
    """Drop the memberships kept on this object after they change."""
    person.__dict__.pop("_memberships", None)


def is_member_of(person: Any, organisation_id: int | None) -> bool:
    return organisation_id in memberships_of(person)


@rules.predicate
def is_member(person: Any, organisation: Organisation) -> bool:
    return is_member_of(person, organisation.pk)


@rules.predicate
def is_owner(person: Any, organisation: Organisation) -> bool:
    return memberships_of(person).get(organisation.pk) == MemberRole.OWNER


@rules.predicate
def is_of_own_organisation(person: Any, claim: Claim) -> bool:
    return is_member_of(person, claim.organisation_id)


@rules.predicate
def owns_its_organisation(person: Any, thing: Membership | TeamInvitation) -> bool:
    return memberships_of(person).get(thing.organisation_id) == MemberRole.OWNER


@rules.predicate
def is_own_membership(person: Any, membership: Membership) -> bool:
    return membership.user_id == getattr(person, "pk", None)


rules.add_perm("startups.edit_organisation", is_member)
rules.add_perm("startups.manage_team", is_owner)
rules.add_perm("startups.edit_claim", is_of_own_organisation)
rules.add_perm("startups.manage_membership", owns_its_organisation)
rules.add_perm("startups.end_membership", owns_its_organisation | is_own_membership)
rules.add_perm("startups.manage_invitation", owns_its_organisation)
