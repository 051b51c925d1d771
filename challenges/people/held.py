"""The directory of people who may judge. An entry is known by its address, account or none."""

from datetime import timedelta
from typing import Any

from challenges.people.models import Expert
from challenges.people.services import leave
from marketplace.retention import Leaves, Term, by, own, register, with_person

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


@with_person
def leave_directories(person: Any) -> None:
    """The entries go with the account; that they left is recorded, so that search forgets them."""
    for expert in Expert.objects.filter(email__iexact=person.email, left_at=None):
        leave(expert=expert, actor=person)
