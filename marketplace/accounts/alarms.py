"""Who is told when the activity record does not hold."""

from django.db.models import Q

from marketplace.accounts.models import Role, User
from marketplace.activity.proof.checking import warden


@warden
def in_charge() -> list[User]:
    """Who keeps the platform, and the officers of every region: the record is theirs in common."""
    keepers = Q(region_roles__role__in=(Role.PLATFORM, Role.OFFICER))
    people = User.objects.filter(Q(is_superuser=True) | keepers, is_active=True)
    return list(people.distinct())
