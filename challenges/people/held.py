"""The directory of people who may judge. An entry is known by its address, account or none."""

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet

from challenges.people.models import Expert
from challenges.people.services import leave
from marketplace.retention import Leaves, Term, by, held_for_person, own, register, with_person

OWN = ["name", "email", "post", "about"]

register(
    Expert,
    own(*OWN),
    by("added_by", leaves=Leaves.CLEARED, shows=["added_at"]),
    address="email",
    goes_with_address=True,
    # An officer can bring somebody back for a year.
    term=Term("left_at", lambda: timedelta(days=365)),
)


@held_for_person
def hold_entries(person: Any) -> None:
    list(_entries_of(person).select_for_update(of=("self",), no_key=True).order_by("pk"))


def _entries_of(person: Any) -> QuerySet[Expert]:
    return Expert.objects.filter(email__iexact=person.email, left_at=None)


@with_person
def leave_directories(person: Any) -> None:
    """The entries go with the account; that they left is recorded, so that search forgets them."""
    for expert in _entries_of(person):
        leave(expert=expert, actor=person)
