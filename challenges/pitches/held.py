"""What pitches hold: everything that a team wrote, who of it wrote, and messages that quote it."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse

from challenges.pitches.content import LONGEST_TITLE
from challenges.pitches.deserted import tell_of_deserted
from challenges.pitches.models import (
    Answer,
    AnswerVersion,
    Attachment,
    Entry,
    EntryState,
    JudgesCopy,
    Partner,
    PartnerQuerySet,
    PartnerState,
    Pitch,
    Submission,
)
from challenges.pitches.partners import answer_as_partner
from marketplace.activity.models import Follow, NewsLine, Notification
from marketplace.retention import (
    by,
    clears,
    held_for_person,
    kept,
    register,
    stays_for,
    with_person,
    with_pitch,
    words,
)
from marketplace.retention.erasing import rows_of
from marketplace.retention.naming import quoted, take_out, whole
from marketplace.retention.registry import Held, Reason
from marketplace.text import one_line
from startups.models import Membership

ERASED = "(erased)"
STAYS = "ids and digests: what was submitted can still be proved"
LEAST_TITLE = 6
"""Letters: a shorter title is a word of the language, and is taken out where it is quoted."""
LIVE = (EntryState.SUBMITTED, EntryState.SHORTLISTED)


def without_words(submission: Submission) -> dict[str, Any]:
    """What a submission says once its words are gone: which it was, and whose."""
    content = submission.content
    known = ("pitch", "stage", "rulebook", "organisation")
    return {
        **{name: content.get(name, "") for name in known},
        "title": ERASED,
        "summary": "",
        "answers": [],
    }


register(
    Pitch,
    words("title", "summary"),
    kept("reference", why=STAYS),
    clears("started_by", shows=["reference", "title", "created_at"]),
    pitch="pk",
)
register(
    Entry,
    words("draft_title", "draft_summary", to=None),
    words("withdrawn_reason"),
    pitch="pitch",
)
register(
    Partner,
    words("part"),
    by("asked_by", "answered_by", shows=["pitch__reference", "asked_at", "answered_at"]),
    pitch="pitch",
    goes_with_pitch=True,
)
register(
    Answer,
    words("value"),
    by("saved_by", shows=["entry__pitch__reference", "saved_at"]),
    pitch="entry__pitch",
    goes_with_pitch=True,
)
register(
    AnswerVersion,
    words("name", "value"),
    by("by", shows=["entry__pitch__reference", "at"]),
    pitch="entry__pitch",
    goes_with_pitch=True,
)
# Before the file that it was made of, whose row takes this one along and not its file.
register(
    JudgesCopy,
    words("file", "sha256"),
    clears("let_through_by", shows=["let_through_at"]),
    pitch="attachment__entry__pitch",
    goes_with_pitch=True,
)
register(
    Attachment,
    words("file", "name", "content_type", "sha256", "scan_finding"),
    by("uploaded_by", shows=["entry__pitch__reference", "name", "uploaded_at"]),
    pitch="entry__pitch",
    goes_with_pitch=True,
)
register(
    Submission,
    words("content", to=without_words),
    kept("digest", why=STAYS),
    by("by", shows=["entry__pitch__reference", "number", "at", "digest"]),
    pitch="entry__pitch",
)


@with_pitch
def erase_messages(pk: int) -> None:
    """Letters about the pitch lose their words; its title leaves all others that quote it.

    A message knows its page, not its pitch, so the page says which are about it.
    """
    pitch = Pitch.objects.select_related("call").get(pk=pk)
    entries = list(pitch.entries.values_list("pk", flat=True))
    pages = Q(path__contains=f"/{pitch.reference}/")
    for entry in entries:
        pages |= Q(path__startswith=f"/admin/desk/pitches/{entry}/")
    for partner in pitch.partners.values_list("pk", flat=True):
        pages |= Q(path__startswith=f"/pitches/partners/{partner}/")
    titles = titles_of(pitch)
    call = one_line(pitch.call.title, len(pitch.call.title))
    empty_messages(Notification.objects.filter(pages), titles, call=call)
    NewsLine.objects.filter(pages).update(text=ERASED, reason=ERASED)
    things = Q(thing_type="pitches.pitch", thing_id=str(pk))
    things |= Q(thing_type="pitches.entry", thing_id__in=[str(entry) for entry in entries])
    Follow.objects.filter(things).update(name=ERASED)
    _take_titles_out(pitch, titles)


def titles_of(pitch: Pitch) -> set[str]:
    """Every title that it ever had in a message, as it was typed and as one line."""
    drafts = pitch.entries.values_list("draft_title", flat=True)
    earlier = AnswerVersion.objects.filter(entry__pitch=pitch, name="title")
    submitted = Submission.objects.filter(entry__pitch=pitch).values_list("content", flat=True)
    typed = {
        pitch.title,
        *drafts,
        *map(str, earlier.values_list("value", flat=True)),
        *(content.get("title", "") for content in submitted),
    }
    # Until something is submitted, a pitch goes by as much of its draft's title as fits.
    titles = {cut for title in typed if title for cut in (title, title.strip()[:LONGEST_TITLE])}
    titles |= {one_line(title, LONGEST_TITLE) for title in titles}
    return {title for title in titles if title.strip() and title != ERASED}


def empty_messages(
    messages: QuerySet[Notification], titles: Iterable[str], *, call: str | None = None
) -> None:
    """These are about the pitch: the body goes, and the subject says what it was, untitled.

    Args:
        call: the call’s title, for messages that name after a colon this or the pitch’s title, as
            it was then: one that was cut, or typed over, is in none of `titles`.
    """
    either = "|".join(re.escape(title) for title in sorted(titles, key=len, reverse=True))
    pattern = re.compile(rf"(?<!\w)(?:{either})(?!\w)") if either else None
    for message in messages.only("subject").iterator():
        subject = pattern.sub(ERASED, message.subject) if pattern else message.subject
        what, colon, name = subject.partition(": ")
        if call is not None and colon and ERASED not in name and not _is_cut(name, call):
            subject = f"{what}: {ERASED}"
        message.subject, message.body = subject, ""
        message.save(update_fields=["subject", "body"])


def _is_cut(text: str, whole: str) -> bool:
    """Whether it is all of another text, or its beginning with an ellipsis."""
    return text == whole or (text.endswith("…") and whole.startswith(text[:-1]))


def _take_titles_out(pitch: Pitch, titles: set[str]) -> None:
    """Out of reasons and remarks of the same call as it stands there, out of others as it is
    quoted: a title may be common words."""

    def of_call(held: Held) -> QuerySet | None:
        near = Q(**{held.pitch: pitch.pk}) if held.pitch else Q()
        if held.call:
            near |= Q(**{held.call: pitch.call_id})
        return rows_of(held).filter(near) if near else None

    take_out(quoted(titles, to=ERASED), among=rows_of)
    take_out(
        whole([title for title in titles if len(title) >= LEAST_TITLE], to=ERASED), among=of_call
    )


def parts_of_last(person: Any) -> PartnerQuerySet:
    """Parts, asked for or confirmed, of organisations that would have nobody left without them."""
    alone = Membership.objects.filter(user=person).last_of_team().values("organisation")
    parts = Partner.objects.in_the_pitch().filter(organisation__in=alone)
    return parts.select_related("pitch", "organisation").order_by("pk")


@stays_for
def parts_without_a_partner(person: Any) -> Iterator[Reason]:
    """Confirmed parts in submitted pitches, of organisations that would have nobody left."""
    live = Entry.objects.current().filter(state__in=LIVE).values("pitch")
    for partner in parts_of_last(person).confirmed().filter(pitch__in=live):
        yield Reason(
            f"{partner.organisation} has a part in “{partner.pitch}”, which is under way, and "
            "nobody else is on its team. Leave that pitch, or bring a colleague onto the team and "
            "make them an owner, first.",
            reverse("pitches:partner", kwargs={"pk": partner.pk}),
        )


def _open_parts(person: Any) -> PartnerQuerySet:
    """Of these, the parts in what is being written or under way."""
    open_ones = Entry.objects.current().filter(state__in=(EntryState.DRAFT, *LIVE))
    return parts_of_last(person).filter(pitch__in=open_ones.values("pitch"))


@held_for_person
def hold_parts(person: Any) -> None:
    parts = _open_parts(person)
    list(parts.select_for_update(of=("self",), no_key=True))
    entries = Entry.objects.filter(pitch__in=[part.pitch_id for part in parts]).order_by("pk")
    list(entries.select_for_update(of=("self",), no_key=True))


@with_person
def leave_pitches(person: Any) -> None:
    """Nobody could answer for these any more: the lead hears it, and need not wait; and so do the
    partners in a draft that nobody could submit."""
    for partner in _open_parts(person):
        event = "leave" if partner.state == PartnerState.CONFIRMED else "decline"
        answer_as_partner(partner=partner, event=event, actor=person)
    tell_of_deserted(person)


@stays_for
def pitches_without_a_team(person: Any) -> Iterator[Reason]:
    """Submitted pitches of organisations that would have nobody left."""
    for own in Membership.objects.filter(user=person).last_of_team():
        live = Entry.objects.filter(pitch__organisation=own.organisation, state__in=LIVE)
        for entry in live.current().select_related("pitch"):
            yield Reason(
                f"“{entry.pitch}” is under way, and nobody else is on the team of "
                f"{own.organisation}. Withdraw it, or bring a colleague onto the team and make "
                "them an owner, first.",
                entry.get_absolute_url(),
            )
