"""Give and take roles."""

from django.contrib.auth.models import Group
from django.db import transaction

from marketplace.accounts.models import RegionRole, Role, User
from marketplace.accounts.rules import forget_roles
from marketplace.activity.services import record
from marketplace.regions.models import Region

OFFICERS_GROUP = "Officers"
"""The group that carries an officer's permissions in Wagtail's admin; `cms` fills it."""


@transaction.atomic
def grant_role(*, user: User, region: Region, role: Role, actor: User | None = None) -> RegionRole:
    """Give a role; giving it twice is giving it once."""
    held, new = RegionRole.objects.get_or_create(user=user, region=region, role=role)
    if role == Role.OFFICER:
        user.groups.add(Group.objects.get_or_create(name=OFFICERS_GROUP)[0])
    if new:
        record("accounts.role_granted", user, chain=f"region:{region.pk}", actor=actor, role=role)
    forget_roles(user)
    return held


@transaction.atomic
def revoke_role(*, user: User, region: Region, role: Role, actor: User | None = None) -> None:
    removed, _ = RegionRole.objects.filter(user=user, region=region, role=role).delete()
    if not user.region_roles.filter(role=Role.OFFICER).exists():
        user.groups.remove(*Group.objects.filter(name=OFFICERS_GROUP))
    if removed:
        record("accounts.role_revoked", user, chain=f"region:{region.pk}", actor=actor, role=role)
    forget_roles(user)


@transaction.atomic
def rename_person(*, user: User, name: str) -> User:
    """Change one's own name; the record says that it changed, not to what."""
    user.name = name
    user.save(update_fields=["name"])
    record("accounts.renamed", user, chain=f"person:{user.pk}", actor=user)
    return user
