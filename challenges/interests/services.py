"""Keep a register of interests: add to it, change it, confirm it, be reminded of it."""

import rules
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone

from challenges.interests import rules as _rules  # noqa: F401  registers what is asked for
from challenges.interests.models import CONFIRMED_FOR, Interest, Register
from marketplace.accounts.models import Role, User
from marketplace.activity.services import notify_once, record
from marketplace.activity.sweeping import take_turns
from marketplace.errors import EditConflict, NotAllowed, Refused
from startups.models import Organisation


@transaction.atomic
def save_interest(*, interest: Interest, actor: User) -> Interest:
    """Add an interest to one’s own register, or change it.

    The name is tied to the registered organisation that has it, if one does.

    Raises:
        NotAllowed: it is somebody else’s.
        EditConflict: it was changed elsewhere since it was read.
        Refused: it ends before it begins.
    """
    _require("interests.change_interest", actor, interest)
    if interest.began_on and interest.ended_on and interest.ended_on < interest.began_on:
        raise Refused("The last day is before the first.")
    name = " ".join(interest.organisation_name.split())
    interest.organisation_name = name
    interest.organisation = Organisation.objects.one_called(name)
    verb = "interests.changed" if interest.pk else "interests.added"
    if interest.pk:
        found = Interest.objects.select_for_update(no_key=True).get(pk=interest.pk)
        if found.version != interest.version:
            raise EditConflict("This was changed in another window. Open it again.")
        interest.version += 1
    interest.save()
    record(verb, interest, chain=chain_of(actor), actor=actor)
    return interest


@transaction.atomic
def remove_interest(*, interest: Interest, actor: User) -> None:
    """Take out what was entered by mistake; what is over gets its last day instead.

    Raises:
        NotAllowed: it is somebody else’s.
    """
    _require("interests.change_interest", actor, interest)
    record("interests.removed", interest, chain=chain_of(actor), actor=actor)
    interest.delete()


@transaction.atomic
def confirm_register(*, actor: User) -> Register:
    """Say that one’s register is whole, with interests in it or none; lasts a year.

    Raises:
        NotAllowed: neither a judge nor an officer.
    """
    _require("interests.keep_register", actor, None)
    register, _ = Register.objects.update_or_create(
        person=actor, defaults={"confirmed_at": timezone.now()}
    )
    record(
        "interests.confirmed",
        register,
        chain=chain_of(actor),
        actor=actor,
        interests=actor.interests.count(),
    )
    return register


def people_due() -> QuerySet[User]:
    """Judges and officers who have not confirmed their register within a year."""
    now = timezone.now()
    fresh = Register.objects.filter(person=OuterRef("pk"), confirmed_at__gt=now - CONFIRMED_FOR)
    keeps = User.objects.filter(region_roles__role__in=[Role.JUDGE, Role.OFFICER], is_active=True)
    return keeps.filter(~Exists(fresh)).select_related("register").distinct().order_by("pk")


def remind_to_confirm() -> int:
    """Remind each person whose register is due, once for each year; how many were told."""
    return take_turns("registers", people_due(), _remind)


@transaction.atomic
def _remind(person: User) -> int:
    register = getattr(person, "register", None)
    year = register.due_on.isoformat() if register else "first"
    return len(
        notify_once(
            [person],
            key=f"register:{year}",
            subject="Confirm your register of interests",
            body=(
                "Everybody who judges or decides keeps a register of interests and confirms "
                "it every year. Yours is due: look through it, change what has changed, and "
                "confirm it."
            ),
            path=reverse("interests:register"),
        )
    )


def chain_of(person: User) -> str:
    return f"register:{person.pk}"


def _require(rule: str, person: User, thing: Interest | None) -> None:
    if not rules.has_perm(rule, person, thing):
        raise NotAllowed("You can’t do that here.")
