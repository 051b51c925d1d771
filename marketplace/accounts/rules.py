"""Who somebody is: predicates on roles that the other floors' rules are built from."""

from typing import Any

import rules

from marketplace.accounts.models import SECOND_FACTOR_ROLES, Role


def roles_of(person: Any) -> frozenset[tuple[int | None, str]]:
    """(region id, role) pairs of a person, the id none for `SITE_ROLES`; read once a request."""
    if not getattr(person, "is_authenticated", False):
        return frozenset()
    if not hasattr(person, "_roles"):
        person._roles = frozenset(person.region_roles.values_list("region_id", "role"))
    return person._roles


def forget_roles(person: Any) -> None:
    """Drop the roles kept on this object after they change."""
    person.__dict__.pop("_roles", None)


def has_role(person: Any, role: Role, region_id: int | None) -> bool:
    return (region_id, role) in roles_of(person)


def regions_where(person: Any, role: Role) -> set[int]:
    """Ids of the regions in which this person holds this role."""
    return {region for region, held in roles_of(person) if held == role and region is not None}


@rules.predicate
def is_officer_somewhere(person: Any) -> bool:
    return bool(regions_where(person, Role.OFFICER))


@rules.predicate
def is_judge_somewhere(person: Any) -> bool:
    return bool(regions_where(person, Role.JUDGE))


@rules.predicate
def is_site_editor(person: Any) -> bool:
    return has_role(person, Role.SITE_EDITOR, None)


@rules.predicate
def is_platform_administrator(person: Any) -> bool:
    return has_role(person, Role.PLATFORM, None)


@rules.predicate
def needs_second_factor(person: Any) -> bool:
    return getattr(person, "is_superuser", False) or any(
        role in SECOND_FACTOR_ROLES for _, role in roles_of(person)
    )


rules.add_perm("accounts.work_at_desk", is_officer_somewhere)
