"""Organisations in a pitch of which nobody can sign in any more: whoever relies on them hears it.

Their part stands, as does what was submitted; only people can leave a pitch or take a partner out.
"""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from challenges.calls.owning import who_looks_after
from challenges.pitches.models import Entry, EntryState, Partner
from challenges.pitches.parts import people_in, people_of
from marketplace.accounts.models import User
from marketplace.activity.services import notify_once
from startups.models import Membership, Organisation

SHOWN = (EntryState.SUBMITTED, EntryState.SHORTLISTED)
"""States of a pitch under way that officers see."""


def tell_of_an_account_that_was_closed(
    sender: type[User], instance: User, created: bool, **signal: Any
) -> None:
    """Whichever way it was closed: there is no verb for it, as Wagtail’s own pages do it too."""
    if not created and not instance.is_active:
        tell_of_deserted(instance)


@transaction.atomic
def tell_of_deserted(person: User) -> None:
    """Tell who relies on organisations of which this person was the last who could sign in."""
    alone = Membership.objects.filter(user=person).last_of_team()
    for organisation in [each.organisation for each in alone]:
        for partner in Partner.objects.in_the_pitch().filter(organisation=organisation):
            _tell_lead(_under_way().filter(pitch=partner.pitch_id).first(), partner, organisation)
        for entry in _under_way().filter(pitch__organisation=organisation):
            if entry.state in SHOWN or entry.can_change():
                _tell_partners(entry, organisation)


def _under_way() -> QuerySet[Entry]:
    rows = Entry.objects.current().filter(state__in=(EntryState.DRAFT, *SHOWN))
    return rows.select_related("pitch__call__owner", "pitch__organisation", "stage__call")


def _tell_lead(entry: Entry | None, partner: Partner, organisation: Organisation) -> None:
    if entry is None:
        return
    notify_once(
        people_of(entry.pitch.organisation_id),
        key=_key(entry, organisation),
        subject=f"Nobody of {organisation} can sign in: {entry.pitch}",
        body=f"{organisation} is a partner in “{entry.pitch}”, and nobody of it can sign in any "
        "more, so it hears nothing and can answer nothing. Its part stands until you take it out.",
        path=f"/pitches/{entry.pitch.reference}/partners/",
    )
    if partner in Partner.objects.confirmed() and entry.state in SHOWN:
        _tell_officers(entry, organisation, "a partner")


def _tell_partners(entry: Entry, organisation: Organisation) -> None:
    is_shown = entry.state in SHOWN
    notify_once(
        people_in([entry.pitch_id])[entry.pitch_id],
        key=_key(entry, organisation),
        subject=f"Nobody of {organisation} can sign in: {entry.pitch}",
        body=f"{organisation} leads “{entry.pitch}”, and nobody of it can sign in any more. "
        + (
            "You go on reading the pitch and hearing of it; the officers of the call are told."
            if is_shown
            else "You go on reading and writing the pitch, but only its lead could submit it."
        ),
        path=entry.get_absolute_url(),
    )
    if is_shown:
        _tell_officers(entry, organisation, "the lead")


def _tell_officers(entry: Entry, organisation: Organisation, role: str) -> None:
    notify_once(
        who_looks_after(entry.pitch.call),
        key=_key(entry, organisation),
        subject=f"Nobody of {organisation} can sign in: {entry.pitch}",
        body=f"{organisation} is {role} of “{entry.pitch}” ({entry.pitch.reference}), and nobody "
        "of it can sign in any more, so it hears nothing of the pitch. It stays in the "
        "competition. Reach its people another way.",
        path=f"/admin/desk/pitches/{entry.pk}/",
    )


def _key(entry: Entry, organisation: Organisation) -> str:
    return f"deserted:{entry.pk}:{organisation.pk}:{timezone.localdate()}"
