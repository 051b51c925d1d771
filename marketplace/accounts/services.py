"""Give and take roles; change a name; close an account."""

from functools import partial
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction

from marketplace.accounts.models import SITE_ROLES, RegionRole, Role, User
from marketplace.accounts.rules import forget_roles
from marketplace.accounts.signed_in import end_others
from marketplace.activity.services import notify_farewell, record
from marketplace.addresses import WHY, address_in
from marketplace.errors import Refused
from marketplace.outages.owed import hand_over
from marketplace.regions.models import Region
from marketplace.retention.copies import copy_of
from marketplace.retention.erasing import erase_person, hold_for_person, reasons_to_stay
from marketplace.retention.registry import Reason

ROLE_GROUPS = {
    Role.OFFICER: "Officers",
    Role.SITE_EDITOR: "Site editors",
    Role.PLATFORM: "Platform administrators",
}
"""The groups that carry what a role may do anywhere in Wagtail's admin; `cms` fills them. What it
may do in one region alone follows from the role itself: see `cms.rights`."""

SITE_ROLES_CHAIN = "site:roles"


@transaction.atomic
def grant_role(
    *, user: User, region: Region | None, role: Role, actor: User | None = None
) -> RegionRole:
    """Give a role; giving it twice is giving it once.

    Args:
        region: none for a role that is held in no region (`SITE_ROLES`).

    Raises:
        Refused: the role is one of a region and none is named, or the other way round.
    """
    chain = _chain_of(region, role)
    held, new = RegionRole.objects.get_or_create(user=user, region=region, role=role)
    if role in ROLE_GROUPS:
        user.groups.add(Group.objects.get_or_create(name=ROLE_GROUPS[role])[0])
    if new:
        record("accounts.role_granted", user, chain=chain, actor=actor, role=role)
    forget_roles(user)
    return held


@transaction.atomic
def revoke_role(
    *, user: User, region: Region | None, role: Role, actor: User | None = None
) -> None:
    """Take a role away; who does not hold it is left as they are.

    Raises: as `grant_role`.
    """
    chain = _chain_of(region, role)
    removed, _ = RegionRole.objects.filter(user=user, region=region, role=role).delete()
    if role in ROLE_GROUPS and not user.region_roles.filter(role=role).exists():
        user.groups.remove(*Group.objects.filter(name=ROLE_GROUPS[role]))
    if removed:
        record("accounts.role_revoked", user, chain=chain, actor=actor, role=role)
        transaction.on_commit(partial(end_others, user), robust=True)
    forget_roles(user)


def _chain_of(region: Region | None, role: Role) -> str:
    """Where it is recorded that somebody holds this role there."""
    if (region is None) != (role in SITE_ROLES):
        raise Refused(
            f"{role.label} is a role of the whole site, and of no region."
            if region
            else f"{role.label} is a role in a region: say which."
        )
    return f"region:{region.pk}" if region else SITE_ROLES_CHAIN


@transaction.atomic
def rename_person(*, user: User, name: str) -> User:
    """Change one's own name; the record says that it changed, not to what.

    Raises:
        Refused: there is an address in it.
    """
    if found := address_in(name):
        raise Refused(f"{WHY.format(found)}.")
    user.name = name
    user.save(update_fields=["name"])
    record("accounts.renamed", user, chain=f"person:{user.pk}", actor=user)
    return user


FAREWELL = "Your account is deleted"


def why_account_stays(user: User) -> list[Reason]:
    """What has to be put right before this account can be deleted; empty if nothing."""
    reasons = reasons_to_stay(user)
    others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk=user.pk)
    if user.is_superuser and not others.exists():
        reasons.append(Reason("You are the only administrator. Make somebody else one first."))
    if user.is_demonstration:
        reasons.append(
            Reason("This person is invented, and other visitors sign in as them. They stay.")
        )
    return reasons


@transaction.atomic
def delete_account(*, user: User) -> User:
    """Take a person’s name, address and belongings out of the service, for good.

    What they did stays beside an account that says nothing of them. Sessions end, as their
    password and their account work no more.

    Raises:
        Refused: others depend on them, or the account is deleted already.
    """
    user = User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
    if not user.is_active:
        raise Refused("This account is closed already.")
    if reasons := why_account_stays(user):
        raise Refused(" ".join(reason.text for reason in reasons))
    hold_for_person(user)
    address = user.email
    for held in user.region_roles.select_related("region"):
        revoke_role(user=user, region=held.region, role=Role(held.role), actor=user)
    erase_person(user)
    user.refresh_from_db()
    user.is_active = user.is_superuser = False
    user.set_unusable_password()
    user.save(update_fields=["is_active", "is_superuser", "password"])
    user.groups.clear()
    user.user_permissions.clear()
    record("accounts.deleted", user, chain=f"person:{user.pk}", actor=user)
    from marketplace.accounts.tasks import end_sessions

    hand_over(end_sessions, user.pk)
    notify_farewell(
        address,
        subject=FAREWELL,
        body=(
            "You asked us to delete your account, and we have. You can’t sign in with it any "
            "more. If it was not you who asked, reply to the body whose calls you used."
        ),
    )
    return user


@transaction.atomic
def copy_for(*, user: User) -> dict[str, Any]:
    """All that is held of a person, for themselves; that they took it is recorded."""
    record("accounts.copied", user, chain=f"person:{user.pk}", actor=user)
    return copy_of(user)
