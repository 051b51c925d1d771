"""Addresses outside the service that are mailed the day's seal: named, confirmed, stopped."""

import json
from datetime import date, datetime, timedelta
from typing import Any

from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from marketplace.activity.models import SealAddress, SignedSeal
from marketplace.activity.proof.lines import seal_line
from marketplace.activity.services import notify_address, record, refusals_of
from marketplace.activity.site import on_site
from marketplace.activity.sweeping import take_turns
from marketplace.errors import Refused
from marketplace.regions.models import Region

SALT = "marketplace.activity.seal_address"
MOST = 20
ASK_AGAIN_AFTER = timedelta(hours=24)


def add_address(*, region: Region, email: str, actor: Any) -> SealAddress:
    """Name an address; nothing but a question goes there until it said yes.

    Raises:
        Refused: it is no address, is there already, or there are too many.
    """
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise Refused("Enter an e-mail address, like auditor@example.org.") from error
    try:
        with transaction.atomic():
            if SealAddress.objects.filter(region=region).count() >= MOST:
                raise Refused(f"{region} has {MOST} addresses already. Remove one first.")
            row = SealAddress.objects.create(region=region, email=email, added_by=actor)
            record("regions.seal_address_added", region, chain=f"region:{region.pk}", actor=actor)
            _ask(row)
    except IntegrityError as error:
        raise Refused(f"{email} is there already.") from error
    return row


@transaction.atomic
def ask_again(address: SealAddress, *, actor: Any, now: datetime | None = None) -> None:
    """Ask once more to confirm, or try again what could not be reached.

    Raises:
        Refused: it was asked less than a day ago.
    """
    now = now or timezone.now()
    if now - address.asked_at < ASK_AGAIN_AFTER:
        raise Refused("That address was asked in the last 24 hours. Try again tomorrow.")
    address.asked_at, address.added_by, address.confirmed_at = now, actor, None
    address.save(update_fields=["asked_at", "added_by", "confirmed_at"])
    _ask(address)


@transaction.atomic
def remove_address(address: SealAddress, *, actor: Any = None) -> None:
    """By an officer, or by whoever reads that mail (no actor)."""
    region = address.region
    record("regions.seal_address_removed", region, chain=f"region:{region.pk}", actor=actor)
    address.delete()


@transaction.atomic
def confirm_address(address: SealAddress) -> None:
    if address.confirmed_at is None:
        address.confirmed_at = timezone.now()
        address.save(update_fields=["confirmed_at"])
        region = address.region
        record("regions.seal_address_confirmed", region, chain=f"region:{region.pk}")


def token_of(address: SealAddress) -> str:
    return signing.dumps([address.pk, address.email], salt=SALT)


def address_of(token: str) -> SealAddress | None:
    """Whose link it is; None if it was made up or the address is there no more."""
    try:
        pk, email = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return SealAddress.objects.select_related("region").filter(pk=pk, email=email).first()


def _path(name: str, address: SealAddress) -> str:
    return reverse(f"record:{name}", kwargs={"token": token_of(address)})


def _ask(address: SealAddress) -> None:
    notify_address(
        address.email,
        subject=f"Keep the seals of {address.region.name}’s record?",
        body=(
            f"{address.region.name} asks whether this address will keep the daily seal of its "
            "activity record, so that nobody can change the record unseen. It is one mail a day, "
            "to be kept and not answered.\n\n"
            f"To say yes, open {on_site(_path('confirm', address))}\n\n"
            f"To say no, do nothing, or open {on_site(_path('stop', address))}"
        ),
        sender=address.added_by,
    )


def mail_seals(today: date | None = None) -> int:
    """Mail the latest seal to each confirmed address, once a day; to how many."""
    seal = SignedSeal.objects.first()
    if seal is None:
        return 0
    today = today or timezone.localdate()
    rows = SealAddress.objects.exclude(confirmed_at=None).exclude(sent_on=today)
    unreached = refusals_of(rows.values_list("email", flat=True))
    rows = rows.select_related("region", "added_by").exclude(Q(email__in=list(unreached)))
    return take_turns("mail-seals", rows, lambda row: _mail(row.pk, seal, today))


@transaction.atomic
def _mail(pk: int, seal: SignedSeal, today: date) -> bool:
    row = (
        SealAddress.objects.select_for_update(of=("self",), no_key=True)
        .select_related("region")
        .get(pk=pk)
    )
    if row.sent_on == today or row.confirmed_at is None:
        return False
    row.sent, row.sent_on = seal.number, today
    row.save(update_fields=["sent", "sent_on"])
    _tell(row, seal)
    return True


def _tell(row: SealAddress, seal: SignedSeal) -> None:
    said = {name: value for name, value in seal_line(seal).items() if name != "kind"}
    notify_address(
        row.email,
        sender=row.added_by,
        subject=f"Seal {seal.number} of the activity record, {seal.at:%d %B %Y}",
        body=(
            "Please keep this mail. It holds the latest seal of the activity record; each seal "
            "carries the one before, so this one stands for all of them.\n\n"
            f"{json.dumps(said, indent=1)}\n\n"
            "If the record is ever changed, whoever checks it against this mail finds out: "
            f"{on_site(reverse('record:record'))} says how. If no such mail comes for two days, "
            f"ask {row.region.name} why."
        ),
        unsubscribe=_path("stop", row),
    )
