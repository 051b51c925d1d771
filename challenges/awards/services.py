"""The verbs on funded projects: a release makes them; complete, end, resume."""

from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from challenges.awards.models import Award, AwardState
from challenges.awards.words import words_of
from challenges.awards.workflow import AWARD
from challenges.judging.models import Decision, Outcome
from challenges.judging.services.telling import when_told
from challenges.pitches import parts
from challenges.pitches.models import Entry
from challenges.pitches.services import team_of
from marketplace.accounts.models import User
from marketplace.activity.services import notify, record
from marketplace.errors import Refused
from marketplace.numbers import pounds


@when_told
def make_award(decision: Decision, actor: User) -> Award | None:
    """Publish the award that a decision makes, in the transaction that releases it; None where it
    makes none."""
    if decision.outcome != Outcome.AWARDED:
        return None
    entry = decision.entry
    pitch = entry.pitch
    award = Award.objects.create(
        call=pitch.call,
        stage=entry.stage,
        entry=entry,
        organisation=pitch.organisation,
        title=pitch.title,
        slug=f"{slugify(pitch.title)[:120] or 'project'}-{pitch.reference.lower()}"
        + (f"-{entry.stage.order}" if entry.stage.order > 1 else ""),
        summary=pitch.summary,
        amount=decision.amount,
        awarded_on=timezone.localdate(decision.told_at),
        is_demonstration=pitch.organisation.is_demonstration,
    )
    record("awards.made", award, chain=entry.chain, actor=actor, amount=str(award.amount))
    return award


def award_follows(
    *, decision: Decision, before_amount: Decimal | None, why: str, actor: User
) -> Award | None:
    """Let an entry's award stand as its decision now says: made, put right, or withdrawn.

    Call it inside the transaction that changes the decision.

    Args:
        before_amount: what was awarded before, in pounds; None: nothing was.
        why: in words that the public may read.
    """
    award = _award_of(decision.entry)
    if decision.outcome != Outcome.AWARDED or decision.amount is None:
        return withdraw_award(entry=decision.entry, why=why, actor=actor)
    if award is None:
        return make_award(decision, actor)
    if award.state == AwardState.WITHDRAWN:
        AWARD.apply("reinstate", award, actor)
        award.state_reason, award.state_changed_on = "", timezone.localdate()
        verb, note = "awards.reinstated", f"It had been withdrawn. {why}"
    elif before_amount != decision.amount:
        verb = "awards.corrected"
        note = f"The amount was {pounds(award.amount)} before. {why}"
    else:
        return award
    award.amount, award.corrected_on = decision.amount, timezone.localdate()
    award.correction_note = note
    award.save()
    record(verb, award, chain=award.call.chain, actor=actor, amount=str(award.amount))
    return award


def withdraw_award(*, entry: Entry, why: str, actor: User) -> Award | None:
    """Withdraw an entry's award, if it has one; its page stays and says why.

    Call it inside the transaction of what it follows from.
    """
    award = _award_of(entry)
    if award is None or award.state == AwardState.WITHDRAWN:
        return award
    AWARD.apply("withdraw", award, actor)
    award.state_reason, award.state_changed_on = why, timezone.localdate()
    award.save()
    record("awards.withdrawn", award, chain=award.call.chain, actor=actor, reason=why)
    return award


def _award_of(entry: Entry) -> Award | None:
    found = Award.objects.select_for_update(of=("self",), no_key=True).filter(entry=entry)
    return found.select_related("call", "organisation").first()


@transaction.atomic
def complete_award(*, award: Award, actor: User) -> Award:
    """Say that the work is done; the team and those who follow it hear.

    Raises:
        NotAllowed: no officer of the region. WrongState: it isn't under way.
    """
    return _move("complete", award, actor, verb="awards.completed")


@transaction.atomic
def end_award(*, award: Award, actor: User, reason: str | None = None) -> Award:
    """End a project before its time.

    Args:
        reason: in words that the public reads; None only where a record has none.

    Raises:
        Refused: the reason is empty. Else as `complete_award`.
    """
    if reason is not None and not reason.strip():
        raise Refused("Say why it ends: the public and the organisation read it.")
    return _move("end", award, actor, (reason or "").strip(), verb="awards.ended")


def resume_award(*, award: Award, actor: User, reason: str) -> Award:
    """Under way again: it was completed or ended by mistake. Inside the signing transaction."""
    award = _move("resume", award, actor, verb="awards.resumed", why=reason)
    award.corrected_on = timezone.localdate()
    award.correction_note = f"It was marked as over by mistake. {reason}"
    award.save(update_fields=["corrected_on", "correction_note"])
    return award


def _move(
    event: str, award: Award, actor: User, reason: str = "", *, verb: str, why: str = ""
) -> Award:
    award = (
        Award.objects.select_for_update(of=("self",), no_key=True)
        .select_related("call")
        .get(pk=award.pk)
    )
    AWARD.apply(event, award, actor)
    award.state_reason, award.state_changed_on = reason, timezone.localdate()
    award.save(update_fields=["state", "state_reason", "state_changed_on"])
    said = reason or why
    record(
        verb,
        award,
        chain=award.call.chain,
        actor=actor,
        **({"reason": said} if said else {}),
    )
    _tell_people(award, said)
    return award


def _tell_people(award: Award, why: str) -> None:
    """The organisation's team, and its confirmed partners', of the state that it has now."""
    label = award.get_state_display().lower()
    notify(
        people_of(award),
        subject=f"Your project is now {label}: {award.title}",
        body=f"“{award.title}” is now shown as {label}."
        + (f"\n\nWhy: {why}" if why else "")
        + f"\n\n{words_of(award).next}",
        path=award.get_absolute_url(),
    )


def people_of(award: Award) -> list[User]:
    """Who hears of a project: everybody who has part in its pitch, or the organisation’s team."""
    return team_of(award.entry) if award.entry else parts.people_of(award.organisation_id)
