"""Who is told when the activity record does not hold.

A role for the whole installation, once there is one, belongs into this list.
"""

from django.db.models import Q

from marketplace.accounts.models import Role, User
from marketplace.activity.proof.checking import warden


@warden
def in_charge() -> list[User]:
    """Superusers, and the officers of every region: the record is theirs in common."""
    officers = Q(region_roles__role=Role.OFFICER)
    people = User.objects.filter(Q(is_superuser=True) | officers, is_active=True)
    return list(people.distinct())
