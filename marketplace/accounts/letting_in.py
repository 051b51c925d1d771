"""Let somebody back in: a decision of whoever runs the installation, on the record."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.urls import reverse

from marketplace.accounts import gate
from marketplace.accounts.models import User
from marketplace.accounts.signed_in import end_others
from marketplace.activity.services import notify, record
from marketplace.limits.counting import forget


@transaction.atomic
def let_in(*, user: User, second_factor: bool = False, actor: User | None = None) -> None:
    """Forget what strangers tried at this account; with `second_factor` take theirs away.

    Counts of single networks and browsers go by themselves. Who loses a second factor is signed
    out everywhere, and told: if it was not them who asked, they know at once.
    """
    addresses = {
        user.email,
        *EmailAddress.objects.filter(user=user).values_list("email", flat=True),
    }
    for address in addresses:
        gate.forget_tries(address)
    forget(gate.OF_PERSON, user.pk)
    forget(gate.OF_ALL_CODES, user.pk)
    if second_factor:
        Authenticator.objects.filter(user=user).delete()
        end_others(user)
    what = "second-factor" if second_factor else "tries"
    record("accounts.let_in", user, chain=f"person:{user.pk}", actor=actor, kind=what)
    taken = (
        "Your second factor (authenticator app, passkeys, recovery codes) was taken away, and you "
        "are signed out everywhere. Sign in with your password or with a code by mail, and set up "
        "a new one. "
        if second_factor
        else "Wrong tries at your account are forgotten, so you can sign in at once. "
    )
    notify(
        [user],
        subject="You can sign in again",
        body=f"{taken}Somebody who runs this service did it. If you did not ask for it, tell them.",
        path=reverse("account_login"),
    )
