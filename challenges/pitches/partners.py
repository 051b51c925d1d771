"""The verbs of a consortium: ask a partner, answer for it, leave it, take it out."""

from collections.abc import Iterable

import rules
from django.db import transaction
from django.dispatch import Signal
from django.utils import timezone

from challenges.calls.owning import who_looks_after
from challenges.pitches.models import IN_THE_PITCH, Entry, EntryState, Partner, PartnerState, Pitch
from challenges.pitches.parts import gone_since, organisations_in, people_in, people_of
from challenges.pitches.services import locked, touched
from challenges.pitches.workflow import PARTNER
from marketplace.accounts.models import User
from marketplace.activity.mail_limits import Mail, count_mail
from marketplace.activity.services import notify, record
from marketplace.errors import NotAllowed, Refused, TooLate
from marketplace.times import moment
from startups.models import Organisation

MOST = 12
"""Partners that are asked or have confirmed; who declined or left takes no place."""

partner_gone = Signal()
"""Sent with `partner` and `entry`, the latest that is not a draft, inside the transaction in which
a confirmed partner leaves a submitted pitch or is taken out of it."""

__all__ = ["MOST", "answer_as_partner", "ask_partner", "organisations_in", "remove_partner"]


@transaction.atomic
def ask_partner(
    *, entry: Entry, organisation: Organisation, part: str, share: int | None, actor: User
) -> Partner:
    """Ask an organisation of the register to take a part; it confirms for itself.

    Raises:
        NotAllowed: the person is not of the lead. Refused: it leads the pitch, is in it, or
        twelve are asked or have confirmed; no part was said, or a share that is none or more
        than what is left.
        TooLate: the stage has closed.
    """
    pitch = Pitch.objects.select_for_update(of=("self",), no_key=True).get(pk=entry.pitch_id)
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
    if found and found.state in IN_THE_PITCH:
        raise Refused(f"{organisation} is in this pitch already.")
    if pitch.partners.filter(state__in=IN_THE_PITCH).count() >= MOST:
        raise Refused(f"A pitch has {MOST} partners at most.")
    # The pitch is held: of two who ask at once, the second counts what the first gave.
    check_share(share, shares_given(pitch.partners.in_the_pitch()))
    if found:
        PARTNER.apply("ask-again", partner, actor)
    partner.part, partner.share, partner.asked_by = part.strip(), share, actor
    partner.asked_at = timezone.now()
    partner.save()
    count_mail(Mail.PARTNER, sender=actor, to=f"organisation:{organisation.pk}")
    record("pitches.partner_asked", partner, chain=entry.chain, actor=actor)
    notify(
        people_of(organisation),
        subject=f"{pitch.organisation} asks you to be its partner",
        body=(
            f"{pitch.organisation} asks {organisation} to take a part in its pitch for "
            f"“{pitch.call.title}”.\n\nYour part: {partner.part}"
        ),
        path=f"/pitches/partners/{partner.pk}/",
    )
    return partner


def shares_given(partners: Iterable[Partner]) -> int:
    """What these have of the money together, in percent."""
    return sum(each.share or 0 for each in partners)


def check_share(share: int | None, given: int) -> None:
    """Whether one more partner can have this share.

    Args:
        given: what the partners in the pitch have already, in percent.

    Raises:
        Refused: it is no share, or more than what is left.
    """
    if share is not None and not 0 <= share <= 100:
        raise Refused("A share is from 0 to 100 percent.")
    if share and given + share > 100:
        raise Refused(
            f"Partners would have {given + share}% of the money. {max(100 - given, 0)}% is left, "
            "your own organisation’s part among it."
        )


@transaction.atomic
def answer_as_partner(*, partner: Partner, event: str, actor: User) -> Partner:
    """Confirm, decline or leave, for the organisation that was asked.

    Whoever has part hears of one that confirms or leaves, and where that is so, that what was
    submitted says otherwise. Leaving after that is told to the officers of the call too.

    Args:
        event: "confirm", "decline" or "leave".

    Raises:
        NotAllowed: not of the organisation that was asked. WrongState: it has answered already.
        TooLate: it would join a pitch that can't be changed any more.
    """
    partner = _held(partner)
    if event == "confirm" and not can_join(partner):
        raise TooLate("This pitch can’t be changed any more, so no partner can join it.")
    PARTNER.apply(event, partner, actor)
    partner.answered_by, partner.answered_at = actor, timezone.now()
    partner.save(update_fields=["state", "answered_by", "answered_at"])
    pitch = partner.pitch
    if event != "decline":
        _count_as_changed(pitch)  # before the chain, which is locked last
    record(f"pitches.partner_{partner.state}", partner, chain=f"call:{pitch.call_id}", actor=actor)
    said = partner.get_state_display().lower()
    then = {"leave": _still_named, "confirm": _not_named_yet}.get(event)
    notify(
        _who_hears(partner, event),
        subject=f"{partner.organisation} has {said}: {pitch}",
        body=f"{partner.organisation} has {said} its part in “{pitch}”."
        + (then(partner) if then else ""),
        path=f"/pitches/{pitch.reference}/",
    )
    if event == "leave":
        _tell_readers(partner, f"{partner.organisation} has left its part in “{pitch}”.")
    return partner


@transaction.atomic
def remove_partner(*, partner: Partner, actor: User) -> Partner:
    """Take a partner out; what it wrote stays in the pitch.

    After the pitch was submitted, the officers of the call are told, and the lead what the
    submitted version goes on saying.
    """
    partner = _held(partner)
    had_part = partner.state == PartnerState.CONFIRMED
    PARTNER.apply("remove", partner, actor)
    partner.save(update_fields=["state"])
    pitch = partner.pitch
    if had_part:
        _count_as_changed(pitch)
    record("pitches.partner_removed", partner, chain=f"call:{pitch.call_id}", actor=actor)
    notify(
        people_of(partner.organisation),
        subject=f"Out of a pitch: {pitch}",
        body=f"{pitch.organisation} goes on with “{pitch}” without {partner.organisation}.",
        path=f"/pitches/partners/{partner.pk}/",
    )
    if not had_part:
        return partner
    if still := _still_named(partner):
        notify(
            people_in([pitch.pk])[pitch.pk],
            subject=f"{partner.organisation} is out: {pitch}",
            body=f"{partner.organisation} has no part in “{pitch}” any more.{still}",
            path=f"/pitches/{pitch.reference}/",
        )
    _tell_readers(partner, f"{pitch.organisation} took {partner.organisation} out of “{pitch}”.")
    return partner


def can_join(partner: Partner) -> bool:
    """Whether the pitch can still be changed, so that what is submitted can name it."""
    return partner.pitch.entries.select_related("stage__call").latest("stage__order").can_change()


def _who_hears(partner: Partner, event: str) -> list[User]:
    """Of an answer: the lead, and of one that changes who has part all others in the pitch and
    the colleagues of whoever answered."""
    pitch = partner.pitch
    if event == "decline":
        return people_of(pitch.organisation_id)
    return list(dict.fromkeys([*people_in([pitch.pk])[pitch.pk], *people_of(partner.organisation)]))


def _count_as_changed(pitch: Pitch) -> None:
    """What would be submitted now is not what somebody checked, or submitted, before: the page to
    check it on says so, and a reminder if it stays so."""
    entry = locked(pitch.entries.latest("stage__order"))
    if entry.can_change():
        touched(entry)


def _not_named_yet(partner: Partner) -> str:
    """What to say to a team whose submitted version does not name a partner that has joined."""
    entry = partner.pitch.entries.select_related("stage").latest("stage__order")
    if entry.state != EntryState.SUBMITTED:
        return ""
    return (
        "\n\nThe version that was submitted does not name it. Check the pitch; its lead submits it "
        f"again by {moment(entry.closes_at)}."
    )


def _still_named(partner: Partner) -> str:
    """What to say to a team whose submitted version names a partner that has gone."""
    entry = partner.pitch.entries.select_related("stage").latest("stage__order")
    submission = entry.submissions.last()
    if submission is None or partner.organisation.name not in gone_since(submission):
        return ""
    if entry.can_change():
        return (
            "\n\nThe version that you submitted still names it. Check your pitch and submit it "
            f"again by {moment(entry.closes_at)}."
        )
    return "\n\nThe version that you submitted names it; whoever reads that is told."


def _tell_readers(partner: Partner, sentence: str) -> None:
    """Officers hear of a consortium that changes once they can see the pitch, and its judges once
    they may be reading it."""
    pitch = partner.pitch
    shown = pitch.entries.exclude(state=EntryState.DRAFT).order_by("-stage__order").first()
    if shown is None:
        return
    notify(
        who_looks_after(pitch.call),
        subject=f"A consortium has changed: {pitch}",
        body=f"{sentence} What was submitted still names it; judges and officers see a note.",
        path=f"/admin/desk/pitches/{shown.pk}/",
    )
    partner_gone.send(sender=Partner, partner=partner, entry=shown)


def _held(partner: Partner) -> Partner:
    return (
        Partner.objects.select_for_update(of=("self",), no_key=True)
        .select_related("pitch__organisation", "pitch__call__owner", "organisation")
        .get(pk=partner.pk)
    )
