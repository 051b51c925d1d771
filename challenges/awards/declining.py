"""A team gives up the place that it was given; its officer may record it for them."""

from django.db import transaction

from challenges.awards.corrections import lock_for_answer
from challenges.awards.models import Award, AwardState
from challenges.awards.services import withdraw_award
from challenges.judging.correcting import check_call, close_following
from challenges.judging.reserve import waiting
from challenges.judging.services.conflicts import officers_of
from challenges.pitches.going_on import following_entry
from challenges.pitches.models import Entry
from challenges.pitches.services import team_of
from challenges.pitches.workflow import DECIDED, ENTRY
from marketplace.accounts.models import User
from marketplace.activity.services import notify, record
from marketplace.errors import WrongState
from startups.rules import is_member_of

PUBLIC_WHY = "The organisation did not take up the award."


@transaction.atomic
def turn_down(*, entry: Entry, actor: User) -> Entry:
    """Give up a short-listing or an award: the team itself, or an officer who was told.

    The award's page stays and says that it was not taken up; the entry in the next stage closes
    with its words kept. Officers hear that a place is free.

    Raises:
        NotAllowed: neither of the leading organisation nor an officer of the call.
        WrongState: it holds no place, or its project is over. Refused: the call was cancelled.
    """
    entry = lock_for_answer(entry)
    check_call(entry.stage.call)
    following = following_entry(entry)
    if following is not None and following.state in DECIDED:
        raise WrongState("The next stage is decided, so this place can’t be declined any more.")
    over = Award.objects.filter(entry=entry).exclude(
        state__in=(AwardState.ACTIVE, AwardState.WITHDRAWN)
    )
    if over.exists():
        raise WrongState("The project is over, so its award can’t be declined any more.")
    was = entry.get_state_display().lower()
    ENTRY.apply("turn-down", entry, actor)
    entry.save(update_fields=["state"])
    withdraw_award(entry=entry, why=PUBLIC_WHY, actor=actor)
    close_following(entry=entry, actor=actor)
    by_team = is_member_of(actor, entry.pitch.organisation_id)
    record("pitches.turned_down", entry, chain=entry.chain, actor=actor, was=was, by_team=by_team)
    _tell(entry, actor, was, by_team=by_team)
    return entry


def _tell(entry: Entry, actor: User, was: str, *, by_team: bool) -> None:
    said = f"{actor} declined" if by_team else f"{actor} recorded that you declined"
    notify(
        team_of(entry),
        subject=f"Declined: {entry.pitch}",
        body=f"Your pitch “{entry.pitch}” to “{entry.stage.call.title}” was {was}. {said} the "
        "place, so it is free for another.\n\nWhat you wrote is kept. If this is a mistake, write "
        "to us at once: a place that nobody else was offered can be given back.",
        path=entry.get_absolute_url(),
    )
    many = len(waiting(entry.stage))
    reserve = (
        f"{many} on the reserve list can be offered it, in order."
        if many
        else "Nobody waits on a reserve list."
    )
    officers = [officer for officer in officers_of(entry.stage) if officer.pk != actor.pk]
    notify(
        officers,
        subject=f"A place is free: {entry.stage.call.title}",
        body=f"“{entry.pitch}” of {entry.pitch.organisation} was {was}, and gives up its place."
        f"\n\n{reserve}",
        path=f"/admin/desk/stages/{entry.stage_id}/reserve/",
    )
