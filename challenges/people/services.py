"""Keep the directory: add somebody, change an entry, let somebody leave or come back."""

from collections.abc import Iterable
from typing import Any

import rules
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from challenges.people import rules as _rules  # noqa: F401  registers what is asked for
from challenges.people.models import Expert
from marketplace.accounts.models import User
from marketplace.activity.mail_limits import Mail
from marketplace.activity.services import notify_address, record
from marketplace.errors import EditConflict, NotAllowed, Refused, WrongState
from startups.models import Capability

OFFICERS_FIELDS = (
    "name",
    "email",
    "group",
    "post",
    "about",
    "most_pitches",
    "away_from",
    "away_until",
)
THERE = "Somebody with this e-mail address is in the directory already."
OWN_FIELDS = ("name", "post", "about", "most_pitches", "away_from", "away_until", "is_public")


@transaction.atomic
def add_expert(*, expert: Expert, expertise: Iterable[Capability], actor: User) -> Expert:
    """Put somebody into the directory; they are told, and can change or leave it.

    Raises:
        NotAllowed: not an officer of the region.
        Refused: this address is in the directory already.
    """
    _require("people.keep_entry", actor, expert)
    expert.email, expert.is_public = expert.email.lower(), False
    _refuse_second(expert)
    expert.added_by = actor
    _save(expert)
    expert.expertise.set(expertise)
    record("people.added", expert, chain=expert.chain, actor=actor)
    notify_address(
        expert.email,
        kind=Mail.DIRECTORY,
        subject=f"You are in the directory of {expert.region.short_name}",
        body=(
            f"{actor} has put you into the directory of people whom {expert.region.name} may ask "
            "to judge. Only officers see it, unless you say that everybody may.\n\n"
            "Sign in with this address, or register with it, to see it, change it or leave it:"
        ),
        path=reverse("people:own"),
        sender=actor,
        source=f"region:{expert.region_id}",
        name=expert.region.name,
    )
    return expert


@transaction.atomic
def change_expert(
    *, expert: Expert, values: dict[str, Any], expertise: Iterable[Capability], actor: User
) -> Expert:
    """Change an entry, as an officer or as the person themselves; each may change their fields.

    Args:
        values: by name of field; `version` is that of the entry when the form was loaded.

    Raises:
        NotAllowed: neither an officer of the region nor that person.
        EditConflict: it was changed meanwhile. Refused: the address is somebody else's.
    """
    found = (
        Expert.objects.select_for_update(of=("self",), no_key=True)
        .select_related("region")
        .get(pk=expert.pk)
    )
    fields = _fields_for(found, actor)
    if found.version != values.get("version"):
        raise EditConflict("This entry was changed in another window. Open it again.")
    for name in fields & values.keys():
        setattr(found, name, values[name])
    found.email = found.email.lower()
    _refuse_second(found)
    if found.away_from and found.away_until and found.away_until < found.away_from:
        raise Refused("The last day away is before the first.")
    found.version += 1
    _save(found)
    found.expertise.set(expertise)
    record("people.changed", found, chain=found.chain, actor=actor)
    return found


def _fields_for(expert: Expert, actor: User) -> set[str]:
    fields: set[str] = set()
    if rules.has_perm("people.keep_entry", actor, expert):
        fields |= set(OFFICERS_FIELDS)
    if rules.has_perm("people.change_own", actor, expert):
        fields |= set(OWN_FIELDS)
    if not fields:
        raise NotAllowed("You can’t do that here.")
    return fields


@transaction.atomic
def leave(*, expert: Expert, actor: User) -> Expert:
    """Out of the directory: no longer public, no longer offered for panels.

    Raises:
        NotAllowed: neither an officer nor that person. WrongState: left before.
    """
    found = Expert.objects.select_for_update(of=("self",), no_key=True).get(pk=expert.pk)
    _fields_for(found, actor)
    if found.left_at is not None:
        raise WrongState(f"{found.name} has left the directory already.")
    found.left_at = timezone.now()
    found.save(update_fields=["left_at"])
    record("people.left", found, chain=found.chain, actor=actor)
    return found


@transaction.atomic
def come_back(*, expert: Expert, actor: User) -> Expert:
    """Into the directory again, for officers only until the person says otherwise.

    Raises:
        NotAllowed: not an officer. WrongState: they have not left.
    """
    found = Expert.objects.select_for_update(of=("self",), no_key=True).get(pk=expert.pk)
    _require("people.keep_entry", actor, found)
    if found.left_at is None:
        raise WrongState(f"{found.name} is in the directory.")
    found.left_at, found.is_public = None, False
    found.save(update_fields=["left_at", "is_public"])
    record("people.returned", found, chain=found.chain, actor=actor)
    return found


def _refuse_second(expert: Expert) -> None:
    others = Expert.objects.filter(region=expert.region_id, email__iexact=expert.email)
    if others.exclude(pk=expert.pk).exists():
        raise Refused(THERE)


def _save(expert: Expert) -> None:
    """Raises: Refused: another officer was quicker to put that address in."""
    try:
        with transaction.atomic():
            expert.save()
    except IntegrityError as error:
        raise Refused(THERE) from error


def _require(rule: str, person: User, thing: Expert) -> None:
    if not rules.has_perm(rule, person, thing):
        raise NotAllowed("You can’t do that here.")
