"""What an account holds of its person."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator

from marketplace.accounts.models import RegionRole, SignedIn, User
from marketplace.retention import Leaves, by, kept, own, register, with_person
from marketplace.retention.erasing import names_of, rows_of
from marketplace.retention.naming import addresses, take_out, whole

NOBODY = "Deleted account"
GONE = "(deleted account)"


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
register(
    SignedIn,
    by("user", leaves=Leaves.ROW, shows=["began", "last_used", "browser", "network"]),
    kept("session", why="a digest that opens nothing; goes with its row"),
    kept("browser", "network", why="goes with its row, when the session is over"),
)


@with_person
def take_name_out(person: User) -> None:
    """Others wrote their name and address in reasons, letters and messages that stay.

    A name of one word is a word of the language, and one that somebody else has too may mean
    them: those stay.
    """
    take_out(addresses([person.email], to=GONE), among=rows_of)
    others = User.objects.filter(is_active=True).exclude(pk=person.pk)
    names = {name for name in names_of(person) if len(name.split()) > 1}
    shared = {name for name in names if others.filter(name__iexact=name).exists()}
    take_out(whole(names - shared, to=GONE), among=rows_of)
