"""What an account holds of its person."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator

from marketplace.accounts.models import RegionRole, User
from marketplace.retention import Leaves, by, kept, own, register

NOBODY = "Deleted account"


def nobodys_address(user: User) -> str:
    """An address that no mail can reach (RFC 2606), as an account must have one of its own."""
    return f"deleted-{user.pk}@deleted.invalid"


register(
    User,
    own("name", to=NOBODY),
    own("email", to=nobodys_address),
    kept("password", why="made useless when the account is deleted"),
    person="pk",
)
register(RegionRole, by("user", leaves=Leaves.ROW, shows=["region__name", "role", "granted_at"]))
register(EmailAddress, by("user", leaves=Leaves.ROW, shows=["email", "verified", "primary"]))
register(Authenticator, by("user", leaves=Leaves.ROW, shows=["type", "created_at", "last_used_at"]))
