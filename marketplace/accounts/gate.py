"""How often somebody may try to get in: by address and browser or network, in the database.

Who guesses is slowed down, each time for longer, and who owns the account still gets in:

* A browser that has been signed in with the address has tries of its own (see `devices`).
* A stranger's tries count for the address from their network, for the address from everywhere,
  and for their network with all addresses. The last is high, as a council stands behind one.
* A passkey, and a code by mail, are ways past: no password is guessed there.

Every try is counted before the password is looked at, and given back if it was right: of many at
once, no more get through than may. All of it is the same for an address without an account.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest

from marketplace.accounts.devices import known_for
from marketplace.activity.mail_limits import mailbox
from marketplace.limits.counting import (
    Answer,
    Limit,
    Quota,
    Slowing,
    forget,
    give_back,
    network_of,
    take,
)

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

OF_BROWSER = Slowing("sign-in: known browser", 10, MINUTE / 2, 15 * MINUTE)
OF_PAIR = Slowing("sign-in: address from network", 5, MINUTE, HOUR)
OF_ADDRESS = Slowing("sign-in: address from everywhere", 20, MINUTE, 15 * MINUTE)
OF_PERSON = Slowing("sign-in: proving it again", 10, MINUTE / 2, 15 * MINUTE)
OF_CODES = Slowing("sign-in: second factor", 6, MINUTE / 2, 30 * MINUTE)
OF_ALL_CODES = Slowing("sign-in: second factor from everywhere", 30, MINUTE, 30 * MINUTE)
USED_CODE = Quota("sign-in: code of an app", 1, 3 * MINUTE)
"""A code counts once (RFC 6238, section 5.2), as long as the clock's tolerance lets it count."""

TOLD = Quota("sign-in: owner told", 1, DAY)

MAIL_OF_ONE = Quota("sign-in mail: to a mailbox, asked from one place", 10, HOUR)
MAIL_OF_ALL = Quota("sign-in mail: to a mailbox, asked from everywhere", 30, DAY)
CODES, LINKS = "codes", "links"
"""Counted apart. A code serves the browser that asked for it, so strangers can use those up; a link
to a new password opens in any, so the latest of too many still lets its owner in."""

ASK_FOR_LINKS = ("account_reset_password",)


def of_network() -> Quota:
    """Wrong passwords from one network in an hour, whatever the addresses: it bounds trying one
    password with many of them, and lets a council's whole office mistype on a Monday."""
    return Quota("sign-in: network", settings.SIGN_IN_FAILURES_PER_NETWORK, HOUR)


@dataclass(frozen=True)
class Try:
    """One try: what it was counted by, and whether it may go on."""

    counted: tuple[tuple[Limit, tuple[Any, ...]], ...]
    refused: Answer | None
    is_first_to_wait: bool = False
    """Whether a stranger’s next one has to wait and this one had not: the owner is told then."""

    def was_right(self) -> None:
        """It was no guess: it is not counted. What was counted before stays counted, or whoever
        has one account could wipe away their guesses at others by signing in now and then."""
        for limit, who in self.counted:
            give_back(limit, *who)


def network(request: HttpRequest) -> str:
    return network_of(get_adapter().get_client_ip(request))


def try_password(request: HttpRequest, address: str) -> Try:
    """Count a try with a password for an address; of somebody signed in, for themselves."""
    address = address.strip().lower()
    if request.user.is_authenticated:
        return _try([(OF_PERSON, (request.user.pk,))])
    if browser := known_for(request, address):
        return _try([(OF_BROWSER, (browser, address))])
    place = network(request)
    counts: list[tuple[Limit, tuple[Any, ...]]] = [
        (of_network(), (place,)),
        (OF_PAIR, (address, place)),
        (OF_ADDRESS, (address,)),
    ]
    return _try(counts, by_strangers=True)


def try_code(request: HttpRequest, user: Any) -> Try:
    """Count a try with a code of the second factor, an app's or a recovery code. Whoever comes so
    far from elsewhere knows the password, and must not keep its owner's own browser out."""
    if browser := known_for(request, user.email):
        return _try([(OF_CODES, (browser, user.pk))])
    place = network(request)
    return _try([(OF_CODES, (place, user.pk)), (OF_ALL_CODES, (user.pk,))], by_strangers=True)


def use_code(user: Any, code: str) -> bool:
    """Whether this code of an app was not used yet; it is from now on."""
    return take(USED_CODE, user.pk, code).allowed


def may_mail(request: HttpRequest, address: str) -> bool:
    """Whether a code or link may be mailed to an address now; counts it.

    The same for every address, and for all that lead to one mailbox. Who asks in the owner's own
    browser is not held up by strangers.
    """
    kind, box = kind_of_mail(request), mailbox(address)
    if browser := known_for(request, address):
        place, everywhere = browser, f"{browser} {box}"
    else:
        place, everywhere = network(request), box
    wanted: list[tuple[Limit, tuple[Any, ...]]] = [
        (MAIL_OF_ONE, (kind, box, place)),
        (MAIL_OF_ALL, (kind, everywhere)),
    ]
    return _try(wanted).refused is None


def kind_of_mail(request: HttpRequest) -> str:
    """What the page that somebody asks on mails: by the page, as an address without an account
    gets another mail."""
    match = request.resolver_match
    return LINKS if match and match.url_name in ASK_FOR_LINKS else CODES


def forget_tries(address: str) -> None:
    """What strangers tried at an address, and had mailed to it, counts no more."""
    forget(OF_ADDRESS, address.strip().lower())
    for kind in (CODES, LINKS):
        forget(MAIL_OF_ALL, kind, mailbox(address))


def _try(counts: list[tuple[Limit, tuple[Any, ...]]], *, by_strangers: bool = False) -> Try:
    counted: list[tuple[Limit, tuple[Any, ...]]] = []
    next_waits = False
    for limit, who in counts:
        answer = take(limit, *who)
        if not answer.allowed:
            for one, whose in counted:
                give_back(one, *whose)
            return Try((), answer)
        counted.append((limit, who))
        next_waits |= isinstance(limit, Slowing) and answer.count == limit.free
    return Try(tuple(counted), None, by_strangers and next_waits)


# --- Pages --------------------------------------------------------------------------


@dataclass(frozen=True)
class Gate:
    """How many posts to a page: from one network, or of one person."""

    quota: Quota
    who: Callable[[HttpRequest], Any]


def person_or_network(request: HttpRequest) -> Any:
    return request.user.pk if request.user.is_authenticated else network(request)


def _by(who: Callable[[HttpRequest], Any], name: str, most: int, within: timedelta) -> Gate:
    return Gate(Quota(f"page: {name}", most, within), who)


GATES = {
    "account_login": _by(network, "sign in", 600, 10 * MINUTE),
    "account_signup": _by(network, "register", 200, HOUR),
    "account_signup_by_passkey": _by(network, "register", 200, HOUR),
    "account_reset_password": _by(network, "reset", 100, HOUR),
    "account_reset_password_from_key": _by(network, "new password", 200, HOUR),
    "account_request_login_code": _by(network, "code", 100, HOUR),
    "account_confirm_login_code": _by(network, "code typed", 300, HOUR),
    "account_email_verification_sent": _by(person_or_network, "address code typed", 300, HOUR),
    "account_email": _by(person_or_network, "addresses", 60, HOUR),
    "account_change_password": _by(person_or_network, "password changed", 60, HOUR),
    "account_set_password": _by(person_or_network, "password changed", 60, HOUR),
    "account_reauthenticate": _by(person_or_network, "proved", 60, HOUR),
    "mfa_authenticate": _by(network, "second factor", 600, 10 * MINUTE),
    "mfa_reauthenticate": _by(person_or_network, "proved", 60, HOUR),
    "mfa_reauthenticate_webauthn": _by(person_or_network, "proved by passkey", 60, HOUR),
    "mfa_login_webauthn": _by(network, "passkey", 600, 10 * MINUTE),
    "mfa_activate_totp": _by(person_or_network, "app set up", 60, HOUR),
}
"""Name of an address → how often it may be posted to. A flood's bounds, not a guesser's: those are
above, and count what was wrong."""


def is_let_through(request: HttpRequest, name: str) -> bool:
    """Whether this post may go on; counts it. Asked after the check of where it comes from."""
    gate = GATES.get(name)
    if gate is None or request.method != "POST":
        return True
    return take(gate.quota, gate.who(request)).allowed
