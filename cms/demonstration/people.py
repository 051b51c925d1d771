"""The invented people: those whom a visitor can sign in as, owners of start-ups, judges."""

from collections.abc import Iterable
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.mfa.utils import decrypt
from django.contrib.auth.hashers import make_password

from marketplace.accounts.models import SECOND_FACTOR_ROLES, SITE_ROLES, Role, User
from marketplace.accounts.services import grant_role
from marketplace.regions.models import Region

PASSWORD = "golden-thread-demonstration"  # noqa: S105


@dataclass(frozen=True)
class SignIn:
    """One person to sign in as; `role` None is somebody of a start-up, `also` roles beside it."""

    email: str
    name: str
    what: str
    role: Role | None = None
    also: tuple[Role, ...] = ()


OFFICER = SignIn("officer@example.org", "Amina Farrow", "Officer", Role.OFFICER)
APPROVER = SignIn("approver@example.org", "Gareth Linden", "Second officer", Role.OFFICER)
OWNER = SignIn("startup@example.org", "Nadia Ashgrove", "Start-up owner")
JUDGE = SignIn("judge@example.org", "Theo Brandwood", "Judge", Role.JUDGE)
BOARD = SignIn("board@example.org", "Margaret Osei", "Board member", Role.BOARD)
EDITOR = SignIn(
    "editor@example.org",
    "Priya Holloway",
    "Site editor, and platform administrator",
    Role.SITE_EDITOR,
    (Role.PLATFORM,),
)
SIGN_INS = (OFFICER, APPROVER, OWNER, JUDGE, BOARD, EDITOR)
PANEL = (
    ("ruth.calloway@example.org", "Ruth Calloway"),
    ("harjit.fenwick@example.org", "Harjit Fenwick"),
    ("owen.tremlett@example.org", "Owen Tremlett"),
)


def make_sign_ins(region: Region) -> dict[SignIn, User]:
    """The people of `SIGN_INS`: verified, with the one password, and a second factor if due."""
    password = make_password(PASSWORD)
    return {sign_in: _make(sign_in, region, password) for sign_in in SIGN_INS}


def _make(sign_in: SignIn, region: Region, password: str) -> User:
    user = User.objects.create(
        email=sign_in.email, name=sign_in.name, password=password, is_demonstration=True
    )
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    for role in filter(None, (sign_in.role, *sign_in.also)):
        grant_role(user=user, region=None if role in SITE_ROLES else region, role=role)
    if sign_in.role in SECOND_FACTOR_ROLES:
        TOTP.activate(user, generate_totp_secret())
    return user


def make_judges(region: Region) -> list[User]:
    judges = make_people(PANEL)
    for judge in judges:
        grant_role(user=judge, region=region, role=Role.JUDGE)
    return judges


def make_people(named: Iterable[tuple[str, str]]) -> list[User]:
    """People of (e-mail, name) whom nobody can sign in as."""
    return User.objects.bulk_create(
        [
            User(
                email=email,
                name=name,
                password=make_password(None),
                is_demonstration=True,
            )
            for email, name in named
        ]
    )


def sign_in_code(user: User) -> str | None:
    """A demonstration person's present second-factor code; None for anybody else."""
    if not user.is_demonstration:
        return None
    found = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    if found is None:
        return None
    counters = list(yield_hotp_counters_from_time())
    present = counters[len(counters) // 2]
    return format_hotp_value(hotp_value(decrypt(found.data["secret"]), present))
