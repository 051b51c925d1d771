"""What becomes of pitches when their call ends or answers, inside the transaction that does it."""

from typing import Any

from django.dispatch import receiver

from challenges.calls.cancelling import ends, foretells, holds
from challenges.calls.enquiries import answered_to_all
from challenges.calls.models import Call, Enquiry
from challenges.pitches.models import Entry, EntryQuerySet, EntryState, Pitch
from challenges.pitches.parts import people_in
from challenges.pitches.workflow import ENTRY
from marketplace.accounts.models import User
from marketplace.activity.services import notify, record

UNDER_WAY = (EntryState.DRAFT, EntryState.SUBMITTED)


def _under_way(call: Call) -> EntryQuerySet:
    """Entries that wait for their team or for a decision."""
    return Entry.objects.filter(stage__call=call, state__in=UNDER_WAY)


@receiver(foretells, dispatch_uid="pitches foretell")
def count_pitches(call: Call, **signal: Any) -> list[tuple[str, str]]:
    states = list(_under_way(call).values_list("state", flat=True))
    rows = [
        ("Pitches submitted", str(states.count(EntryState.SUBMITTED))),
        ("Pitches being written", str(states.count(EntryState.DRAFT))),
    ]
    teams = people_in(list(_under_way(call).values_list("pitch", flat=True)))
    people = {person.pk for team in teams.values() for person in team}
    return [*rows, ("People in their teams, who are told", str(len(people)))]


@receiver(holds, dispatch_uid="pitches are held")
def hold_pitches(call: Call, **signal: Any) -> None:
    list(_under_way(call).select_for_update(of=("self",), no_key=True).order_by("pk"))


@receiver(ends, dispatch_uid="pitches end")
def close_pitches(call: Call, reason: str, actor: User, **signal: Any) -> None:
    """Take every pitch out of the competition and tell its team; nobody's text is touched."""
    entries = list(_under_way(call).with_parties().order_by("pk"))
    teams = people_in([entry.pitch_id for entry in entries])
    for entry in entries:
        if entry.state == EntryState.SUBMITTED:
            ENTRY.apply("cancel", entry, actor)
            entry.save(update_fields=["state"])
            record("pitches.cancelled", entry, chain=entry.chain, actor=actor)
        _tell_team(teams[entry.pitch_id], entry, call, reason)


@receiver(answered_to_all, dispatch_uid="pitches have an answer")
def tell_of_answer(enquiry: Enquiry, **signal: Any) -> None:
    """Everybody with a pitch reads what one of them asked; who asked has an answer of their own."""
    call = enquiry.call
    teams = people_in(Pitch.objects.filter(call=call, erased_at=None).values_list("pk", flat=True))
    people = dict.fromkeys(person for team in teams.values() for person in team)
    notify(
        [person for person in people if person.pk != enquiry.asked_by_id],
        subject=f"A question was answered: {call}",
        body=f"Question: {enquiry.question}\n\nAnswer: {enquiry.answer}",
        path=f"/calls/{call.reference}/questions/" if call else "",
    )


def _tell_team(team: list[User], entry: Entry, call: Call, reason: str) -> None:
    wrote = "submitted" if entry.state == EntryState.CANCELLED else "had begun"
    notify(
        team,
        subject=f"Cancelled: {call.title}",
        body=(
            f"“{call.title}” was cancelled, so “{entry.pitch}”, which you {wrote}, is not decided."
            f"\n\nWhy: {reason}\n\n"
            "Nothing more is asked of you. Your text stays yours: you can read it, download it, "
            "and use your answers again in another pitch."
        ),
        path=entry.get_absolute_url(),
    )
