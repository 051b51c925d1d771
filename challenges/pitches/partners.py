"""The verbs of a consortium: ask a partner, answer for it, leave it, take it out."""

import rules
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from challenges.pitches.models import (
    Entry,
    EntryState,
    Partner,
    PartnerState,
    Pitch,
)
from challenges.pitches.workflow import PARTNER
from marketplace.accounts.models import User
from marketplace.activity.services import notify, record
from marketplace.errors import NotAllowed, Refused, TooLate
from startups.models import Organisation

MOST = 12


def organisations_in(entry: Entry) -> QuerySet[Organisation]:
    """The lead and the partners that have confirmed."""
    confirmed = Partner.objects.confirmed().filter(pitch=entry.pitch_id).values("organisation")
    return Organisation.objects.filter(Q(pk=entry.pitch.organisation_id) | Q(pk__in=confirmed))


@transaction.atomic
def ask_partner(
    *, entry: Entry, organisation: Organisation, part: str, share: int | None, actor: User
) -> Partner:
    """Ask an organisation of the register to take a part; it confirms for itself.

    Raises:
        NotAllowed: the person is not of the lead. Refused: it leads the pitch, is in it, or
        there are twelve already; no part was said, or a share that is none.
        TooLate: the stage has closed.
    """
    pitch = Pitch.objects.select_for_update(of=("self",)).get(pk=entry.pitch_id)
    found = pitch.partners.filter(organisation=organisation).first()
    partner = found or Partner(pitch=pitch, organisation=organisation)
    if not rules.has_perm("pitches.lead_partners", actor, partner):
        raise NotAllowed("Only the organisation that leads a pitch asks partners.")
    if not entry.can_change():
        raise TooLate("This pitch can’t be changed any more, so no partner can join it.")
    if not part.strip():
        raise Refused("Say what the partner would do.")
    if organisation.pk == pitch.organisation_id:
        raise Refused("Your own organisation leads this pitch: it needs no asking.")
    if found and found.state in (PartnerState.INVITED, PartnerState.CONFIRMED):
        raise Refused(f"{organisation} is in this pitch already.")
    if pitch.partners.count() >= MOST:
        raise Refused(f"A pitch has {MOST} partners at most.")
    if share is not None and not 0 <= share <= 100:
        raise Refused("A share is from 0 to 100 percent.")
    if found:
        PARTNER.apply("ask-again", partner, actor)
    partner.part, partner.share, partner.asked_by = part.strip(), share, actor
    partner.asked_at = timezone.now()
    partner.save()
    record("pitches.partner_asked", partner, chain=entry.chain, actor=actor)
    notify(
        _members(organisation),
        subject=f"{pitch.organisation} asks you to be its partner"[:200],
        body=(
            f"{pitch.organisation} asks {organisation} to take a part in its pitch for "
            f"“{pitch.call.title}”.\n\nYour part: {partner.part}"
        ),
        path=f"/pitches/partners/{partner.pk}/",
    )
    return partner


@transaction.atomic
def answer_as_partner(*, partner: Partner, event: str, actor: User) -> Partner:
    """Confirm, decline or leave, for the organisation that was asked.

    Leaving after the pitch was submitted is told to the officer of the call too.

    Args:
        event: "confirm", "decline" or "leave".
    """
    partner = _held(partner)
    PARTNER.apply(event, partner, actor)
    partner.answered_by, partner.answered_at = actor, timezone.now()
    partner.save(update_fields=["state", "answered_by", "answered_at"])
    pitch = partner.pitch
    record(f"pitches.partner_{partner.state}", partner, chain=f"call:{pitch.call_id}", actor=actor)
    people = list(_members(pitch.organisation))
    submitted = pitch.entries.exclude(state=EntryState.DRAFT).exists()
    if event == "leave" and submitted and pitch.call.owner:
        people.append(pitch.call.owner)
    said = partner.get_state_display().lower()
    notify(
        people,
        subject=f"{partner.organisation} has {said}: {pitch}"[:200],
        body=f"{partner.organisation} has {said} its part in “{pitch}”.",
        path=f"/pitches/{pitch.reference}/" if event != "leave" else "",
    )
    return partner


@transaction.atomic
def remove_partner(*, partner: Partner, actor: User) -> Partner:
    """Take a partner out; what it wrote stays in the pitch."""
    partner = _held(partner)
    PARTNER.apply("remove", partner, actor)
    partner.save(update_fields=["state"])
    pitch = partner.pitch
    record("pitches.partner_removed", partner, chain=f"call:{pitch.call_id}", actor=actor)
    notify(
        _members(partner.organisation),
        subject=f"Out of a pitch: {pitch}"[:200],
        body=f"{pitch.organisation} goes on with “{pitch}” without {partner.organisation}.",
    )
    return partner


def _held(partner: Partner) -> Partner:
    return (
        Partner.objects.select_for_update(of=("self",))
        .select_related("pitch__organisation", "pitch__call__owner", "organisation")
        .get(pk=partner.pk)
    )


def _members(organisation: Organisation) -> "list[User]":
    return list(User.objects.filter(memberships__organisation=organisation))
