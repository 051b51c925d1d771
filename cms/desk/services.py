"""The verbs of the desk's own things: note, tag, look after, message, keep a view."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import rules
from django.db import IntegrityError, transaction
from django.utils import timezone

from challenges.calls.enquiries import hand_over_enquiries
from challenges.calls.models import Call, Enquiry
from challenges.calls.owning import hand_over_calls, works_here
from challenges.pitches.models import Entry, Pitch
from challenges.pitches.parts import people_in
from cms.desk.models import BulkMessage, Care, Note, SavedView, Tag
from marketplace.accounts.models import Role, User
from marketplace.accounts.rules import has_role
from marketplace.activity.services import notify, record
from marketplace.errors import NotAllowed, Refused
from marketplace.names import APOSTROPHES, fold, fold_text
from marketplace.once import one_at_a_time
from marketplace.regions.models import Region
from marketplace.times import moment

MENTION = re.compile(rf"@([\w.+\-\u2010-\u2015\u0300-\u036f{APOSTROPHES}]+(?:@[\w.-]+)?)")
FIELDS = {
    "{title}": lambda entry: entry.pitch.title or entry.pitch.reference,
    "{call}": lambda entry: entry.stage.call.title,
    "{deadline}": lambda entry: moment(entry.stage.closes_at),
    "{organisation}": lambda entry: entry.pitch.organisation.name,
}
"""What may stand in a message → what each team reads in its place."""

SENT_TWICE = timedelta(minutes=10)
"""The same note within it is one that was sent twice."""


@transaction.atomic
def add_note(*, call: Call, text: str, actor: User, pitch: Pitch | None = None) -> Note:
    """Leave a remark; officers of the region who are mentioned (@name) are told.

    Raises:
        NotAllowed: not an officer of the region; Refused: nothing was written.
    """
    _require(actor, call.region_id)
    if not text.strip():
        raise Refused("Write the note first.")
    one_at_a_time(actor)
    sent = {"call": call, "pitch": pitch, "text": text.strip(), "by": actor}
    if before := Note.objects.filter(**sent, at__gt=timezone.now() - SENT_TWICE).first():
        return before
    note = Note.objects.create(**sent)
    mentioned = mentioned_in(text, call.region_id)
    note.mentions.set(mentioned)
    record("desk.noted", pitch or call, chain=call.chain, actor=actor, note=note.pk)
    entry = pitch.entries.order_by("-stage__order").first() if pitch else None
    path = f"/admin/desk/pitches/{entry.pk}/" if entry else f"/admin/desk/calls/{call.pk}/"
    notify(
        [person for person in mentioned if person != actor],
        subject=f"{actor} mentions you in a note on {pitch or call}",
        body=note.text,
        path=path,
    )
    return note


def mentioned_in(text: str, region: int) -> list[User]:
    """The officers of a region that a text mentions, by first name, address, or its first part."""
    wanted = {way for said in MENTION.findall(text) for way in _ways_to_read(said)}
    if not wanted:
        return []
    officers = User.objects.filter(
        region_roles__region=region, region_roles__role=Role.OFFICER, is_active=True
    ).distinct()
    return [officer for officer in officers if wanted & _names_of(officer)]


def _ways_to_read(said: str) -> set[str]:
    """An address as it is; a name as people write it: “@zoe.oneill” and “@Zoë’s” too."""
    return {said.casefold().rstrip("."), *fold_text(said).split(" \n ")}


def _names_of(person: User) -> set[str]:
    email = person.email.casefold()
    names = {fold(person.get_short_name()), fold(person.name)}
    return {email, email.partition("@")[0], *names} - {""}


@transaction.atomic
def tag_pitches(*, entries: Sequence[Entry], name: str, actor: User, remove: bool = False) -> int:
    """Put a tag on pitches, or take it off; how many changed.

    Raises:
        NotAllowed: a pitch of another region; Refused: no name, or one that is too long.
    """
    name = _named(Tag, "tag", name)
    changed = 0
    by_region: dict[int, list[Entry]] = {}
    for entry in entries:
        by_region.setdefault(entry.stage.call.region_id, []).append(entry)
    for region, rows in by_region.items():
        _require(actor, region)
        _hold_tags(region)
        tag = Tag.objects.filter(region=region, name__iexact=name).first()
        if tag is None and remove:
            continue
        tag = tag or Tag.objects.create(region_id=region, name=name)
        ids = {row.pitch_id for row in rows}
        held = set(tag.pitches.filter(pk__in=ids).values_list("pk", flat=True))
        if remove:
            tag.pitches.remove(*held)
            changed += len(held)
        else:
            tag.pitches.add(*(ids - held))
            changed += len(ids - held)
    return changed


@transaction.atomic
def rename_tag(*, tag: Tag, name: str, actor: User) -> Tag:
    """Give a tag another name; where a tag has that name, it takes the pitches over.

    Raises:
        NotAllowed: of another region; Refused: no name, one that is too long, or the tag is gone.
    """
    name = _named(Tag, "tag", name)
    tag = _tag_in_hand(tag, actor)
    into = Tag.objects.filter(region=tag.region, name__iexact=name).exclude(pk=tag.pk).first()
    if into:
        into.pitches.add(*tag.pitches.all())
        tag.delete()
        return into
    tag.name = name
    tag.save(update_fields=["name"])
    return tag


@transaction.atomic
def remove_tag(*, tag: Tag, actor: User) -> None:
    """Take a tag off every pitch.

    Raises:
        NotAllowed: of another region; Refused: it is gone.
    """
    _tag_in_hand(tag, actor).delete()


def _tag_in_hand(tag: Tag, actor: User) -> Tag:
    _require(actor, tag.region_id)
    _hold_tags(tag.region_id)
    if found := Tag.objects.filter(pk=tag.pk).first():
        return found
    raise Refused("That tag is gone: somebody has removed it, or put it into another.")


def _hold_tags(region: int) -> None:
    """Until this transaction ends, nobody else changes the tags of the region."""
    Region.objects.select_for_update(no_key=True).get(pk=region)


@transaction.atomic
def care_for(*, entries: Sequence[Entry], officer: User, actor: User) -> int:
    """Give pitches to an officer to look after; how many changed hands."""
    changed = 0
    for entry in entries:
        region = entry.stage.call.region_id
        _require(actor, region)
        if not works_here(officer, region):
            raise NotAllowed(f"{officer} is no officer of this region.")
        care = Care.objects.filter(pitch=entry.pitch_id).first()
        if care and care.officer_id == officer.pk:
            continue
        Care.objects.update_or_create(pitch_id=entry.pitch_id, defaults={"officer": officer})
        record("desk.assigned", entry, chain=entry.chain, actor=actor, to=officer.pk)
        changed += 1
    if changed and officer != actor:
        notify(
            [officer],
            subject=f"{actor} gave you {changed} pitches to look after",
            body="They are on your desk under “Looked after by”.",
            path=f"/admin/desk/pitches/?officer={officer.pk}",
        )
    return changed


@transaction.atomic
def hand_over_all(
    *,
    calls: Sequence[Call],
    enquiries: Sequence[Enquiry],
    to: User,
    actor: User,
    reason: str,
) -> None:
    """Give calls and questions to one officer, all or none.

    Raises: as `challenges.calls.owning.hand_over_call` and `challenges.calls.enquiries.hand_over`.
    """
    hand_over_calls(calls=list(calls), to=to, actor=actor, reason=reason)
    # Those of the calls went along; what is left is asked anew.
    left = Enquiry.objects.filter(pk__in=[each.pk for each in enquiries]).exclude(owner=to)
    hand_over_enquiries(enquiries=list(left), owner=to, actor=actor)


@transaction.atomic
def message_teams(
    *, entries: Sequence[Entry], subject: str, body: str, token: str, actor: User
) -> int:
    """Write to the team of each pitch, with the words of `FIELDS` filled in.

    Args:
        token: of the page that the message was written on; a second press sends nothing.

    Returns:
        How many people were written to; 0 for a message that went out before.
    """
    if not subject.strip() or not body.strip():
        raise Refused("Write a subject and a message.")
    for entry in entries:
        _require(actor, entry.stage.call.region_id)
    # A pitch that stands there with two of its stages is written to once, about the later one.
    latest = {entry.pitch_id: entry for entry in sorted(entries, key=lambda e: e.stage.order)}
    try:
        with transaction.atomic():
            sent_as = BulkMessage.objects.create(
                token=token[:40], by=actor, subject=subject, body=body, pitches=len(latest)
            )
    except IntegrityError:
        return 0
    sent_as.sent_to.set(latest)
    teams = people_in(latest)
    sent = 0
    for entry in latest.values():
        team = teams[entry.pitch_id]
        notify(
            team,
            subject=fill(subject, entry),
            body=fill(body, entry),
            path=entry.get_absolute_url(),
        )
        record("desk.messaged", entry, chain=entry.chain, actor=actor)
        sent += len(team)
    return sent


def fill(text: str, entry: Entry) -> str:
    """A message as the team of this pitch reads it."""
    for name, value in FIELDS.items():
        text = text.replace(name, value(entry))
    return text


@transaction.atomic
def save_view(*, actor: User, name: str, query: str, region: Any = None) -> SavedView:
    """Keep filters and order under a name; the same name again replaces them.

    Raises:
        NotAllowed: for another region; Refused: no name, or one that is too long.
    """
    name = _named(SavedView, "view", name)
    if region is not None:
        _require(actor, region.pk)
    one_at_a_time(actor)
    found = SavedView.objects.filter(owner=actor, name__iexact=name).first()
    view = found or SavedView(owner=actor)
    view.name, view.query, view.region = name, query[:1000], region
    view.save()
    return view


def _named(model: type[Tag | SavedView], what: str, typed: str) -> str:
    """What was typed as the name of one of these, on one line."""
    name = " ".join(typed.split())
    if not name:
        raise Refused(f"Name the {what}.")
    longest = model._meta.get_field("name").max_length or 0
    if len(name) > longest:
        raise Refused(
            f"The name of a {what} has at most {longest} characters. This one has {len(name)}."
        )
    return name


def _require(actor: User, region: int) -> None:
    if not rules.has_perm("accounts.work_at_desk", actor) or not has_role(
        actor, Role.OFFICER, region
    ):
        raise NotAllowed("Only officers of the region can do that.")
