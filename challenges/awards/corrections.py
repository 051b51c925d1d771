"""Correct a released decision, or the state of a project: one officer asks, another signs."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from challenges.awards.holding import hold_decision
from challenges.awards.models import Award
from challenges.awards.services import award_follows, resume_award
from challenges.calls.matters import Matter, register
from challenges.calls.models import Call, SignOff
from challenges.calls.sign_offs import propose
from challenges.judging.correcting import (
    Version,
    change_decision,
    check_change,
    link_appeals,
    need_explanation,
    new_departures,
    tell_judges,
)
from challenges.judging.decisions import compose
from challenges.judging.models import (
    CorrectionKind,
    Decision,
    Offer,
    Outcome,
    OutgoingLetter,
)
from challenges.judging.reserve import frees_place
from challenges.pitches.going_on import following_entry
from challenges.pitches.models import WON, Entry
from challenges.pitches.services import team_of
from marketplace.accounts.models import User
from marketplace.activity.services import notify
from marketplace.errors import Refused
from marketplace.numbers import pounds
from marketplace.times import moment

CORRECT, RESUME = "awards.correct", "awards.resume"


def propose_correction(
    *,
    entry: Entry,
    outcome: str,
    reason: str,
    why: str,
    actor: User,
    feedback: str = "",
    amount: Any = None,
    explanation: str = "",
    own_until: datetime | None = None,
) -> SignOff:
    """Ask a second officer to sign what a released decision should say.

    Args:
        reason, feedback: of the decision, as its new letter gives them.
        why: why it is corrected; the team, and where an award is withdrawn the public, read it.
        amount: in pounds, for an award.
        explanation: why it departs from the ranking or the rules, where it does.
        own_until: until when it alone may hand in to the next stage, where that has closed.

    Raises:
        NotAllowed, Refused: as `challenges.calls.sign_offs.propose` and `check_change`.
    """
    content = {
        "outcome": outcome,
        "reason": reason.strip(),
        "feedback": feedback.strip(),
        "amount": None if amount is None else str(amount),
        "explanation": explanation.strip(),
        "own_until": None if own_until is None else own_until.isoformat(),
    }
    return propose(matter=CORRECT, thing=entry, reason=why, actor=actor, content=content)


def departures_of(entry: Entry, to: Version) -> list[str]:
    """As `new_departures`, and where the money of the call would go past its budget."""
    found = new_departures(entry, to)
    taken = Offer.objects.binding().filter(vacated=entry)
    if to.outcome in WON and entry.state not in WON and taken.exists():
        found.append("Its place was offered to another on the reserve list since.")
    budget = entry.stage.call.budget
    if to.outcome == Outcome.AWARDED and to.amount is not None and budget is not None:
        spent = over_budget(entry.stage.call, entry, to.amount)
        if spent:
            found.append(spent)
    return found


def over_budget(call: Call, entry: Entry, amount: Any) -> str:
    """A sentence where this award, beside those that stand or are promised, costs more than the
    call has."""
    if call.budget is None:
        return ""
    others = Award.objects.standing().filter(call=call).exclude(entry=entry)
    awarded = sum((each for each in others.values_list("amount", flat=True)), start=amount)
    promised = _promised(call, entry)
    if awarded + promised <= call.budget:
        return ""
    more = ", with what is offered or not told yet," if promised else ""
    total = pounds(awarded + promised)
    return f"The awards{more} come to {total}; the budget is {pounds(call.budget)}."


def _promised(call: Call, entry: Entry) -> Decimal:
    """Pounds that teams but this one's can accept still, or will read of in a held letter."""
    offered = Offer.objects.open().filter(until__gt=timezone.now(), place__stage__call=call)
    held = Decision.objects.filter(
        letter__in=OutgoingLetter.objects.held(),
        entry__stage__in=call.stages.exclude(released_at=None),
    )
    amounts = [
        *offered.exclude(place__entry=entry).values_list("amount", flat=True),
        *held.exclude(entry=entry).values_list("amount", flat=True),
    ]
    return sum((each for each in amounts if each is not None), Decimal(0))


def _find_entry(pk: int) -> Entry:
    return Entry.objects.select_related(
        "pitch__organisation", "stage__call__region", "decision", "rulebook"
    ).get(pk=pk, decision__released_at__isnull=False)


def _check(entry: Entry, content: dict[str, Any], person: User) -> None:
    _checked(entry, content)


def _checked(entry: Entry, content: dict[str, Any]) -> datetime | None:
    """Until when it may hand in to a next stage that has closed, where that is needed.

    Raises: Refused: see `check_change` and `need_explanation`.
    """
    to = Version.read(content)
    own_until = check_change(entry, to, own_until=own_until_of(content))
    need_explanation(departures_of(entry, to), content.get("explanation", ""))
    return own_until


def own_until_of(content: dict[str, Any]) -> datetime | None:
    """Time of its own in the next stage, as a proposal has it; None in those without."""
    text = content.get("own_until")
    return datetime.fromisoformat(text) if text else None


def _stands(entry: Entry) -> dict[str, Any]:
    following = following_entry(entry)
    return {
        **Version.of(entry.decision).as_json(),
        "state": entry.state,
        "corrections": entry.corrections.count(),
        "next": [following.pk, following.state] if following else None,
    }


def _facts(sign_off: SignOff, entry: Entry) -> list[tuple[str, str]]:
    to, now = Version.read(sign_off.content), Version.of(entry.decision)
    made = entry.corrections.filter(sign_off=sign_off).first()
    if made is not None:
        now = Version(
            made.before_outcome, made.before_reason, made.before_feedback, made.before_amount
        )
    rows = [
        ("Pitch", f"{entry.pitch} ({entry.pitch.reference}), {entry.pitch.organisation}"),
        ("Stage", entry.stage.name),
        ("Decision before", f"{now.label}\n{now.reason}"),
        ("Decision after", f"{to.label}\n{to.reason}"),
    ]
    if to.feedback != now.feedback:
        rows += [
            ("Feedback before", now.feedback or "None"),
            ("Feedback after", to.feedback or "None"),
        ]
    if own_until := own_until_of(sign_off.content):
        rows.append(("May hand in to the next stage, if that has closed, until", moment(own_until)))
    if explanation := sign_off.content.get("explanation"):
        rows.append(("Why it departs from the ranking or the rules", explanation))
    if made is None:
        rows.append(("What follows", "\n".join(consequences(entry, to))))
    return rows


def consequences(entry: Entry, to: Version) -> list[str]:
    """What else changes with it, in sentences, for the officer who asks and the one who signs."""
    found = ["The team gets a new letter that says what it corrects."]
    award = Award.objects.filter(entry=entry).first()
    if to.outcome == Outcome.AWARDED:
        found.append("The public page of the project shows it.")
    elif award is not None and entry.state in WON:
        found.append(
            "The award is withdrawn: its public page stays and says why, and its money no longer "
            "counts."
        )
    following = following_entry(entry)
    if to.outcome == Outcome.SHORTLISTED and following is None:
        found.append("The pitch gets its place in the next stage.")
    elif to.outcome != Outcome.SHORTLISTED and following is not None:
        found.append(
            f"Its entry in “{following.stage.name}” is closed. What is written there is kept, and "
            "judges no longer see it."
        )
    if entry.state in WON and to.outcome == Outcome.NOT_AWARDED and frees_place(entry):
        found.append("Its place becomes free for the reserve list.")
    return found


def _carry_out(sign_off: SignOff, thing: Entry, signer: User) -> None:
    entry = lock_for_answer(thing)
    to = Version.read(sign_off.content)
    before = Version.of(entry.decision)
    own_until = _checked(entry, sign_off.content)
    correction = change_decision(
        entry=entry,
        to=to,
        event=f"correct-to-{to.outcome}",
        kind=CorrectionKind.CORRECTED,
        why=sign_off.reason,
        sign_off=sign_off,
        actor=signer,
        explanation=sign_off.content.get("explanation", ""),
        own_until=own_until,
    )
    award_follows(
        decision=entry.decision, before_amount=before.amount, why=sign_off.reason, actor=signer
    )
    link_appeals(correction, signer)
    send_letter(entry, signer)
    tell_judges(entry)


def send_letter(entry: Entry, officer: User) -> None:
    """The letter of a changed decision, to everybody who has part in the pitch; the officer hears
    if it can't arrive."""
    letter = compose(entry.decision)
    notify(
        team_of(entry),
        subject=letter.subject,
        body=letter.body,
        path=entry.get_absolute_url(),
        sender=officer,
    )


register(
    Matter(
        name=CORRECT,
        title="Correct a released decision",
        done="Corrected. The team has a new letter.",
        rule="judging.correct",
        find=_find_entry,
        call_of=lambda entry: entry.stage.call,
        stands=_stands,
        carry_out=_carry_out,
        facts=_facts,
        path=lambda entry: f"/admin/desk/pitches/{entry.pk}/",
        check=_check,
    )
)


def propose_resumption(*, award: Award, reason: str, actor: User) -> SignOff:
    """Ask a second officer to put a project under way again that was ended by mistake.

    Raises:
        NotAllowed, Refused: as `challenges.calls.sign_offs.propose`; or it isn't over.
    """
    return propose(matter=RESUME, thing=award, reason=reason, actor=actor)


def _check_resumption(award: Award, content: dict[str, Any], person: User) -> None:
    if award.state not in ("completed", "ended"):
        raise Refused("This project isn’t completed or ended.")


register(
    Matter(
        name=RESUME,
        title="Put a project under way again",
        done="It is under way again, and its team is told.",
        rule="awards.manage_award",
        find=lambda pk: Award.objects.select_related("call__region", "organisation").get(pk=pk),
        call_of=lambda award: award.call,
        stands=lambda award: award.state,
        carry_out=lambda sign_off, award, signer: resume_award(
            award=award, actor=signer, reason=sign_off.reason
        ),
        facts=lambda sign_off, award: [
            ("Project", f"{award.title}, {award.organisation}"),
            ("State now", award.get_state_display()),
        ],
        path=lambda award: f"/admin/desk/projects/{award.pk}/",
        check=_check_resumption,
    )
)


def lock_for_answer(entry: Entry) -> Entry:
    """The entry read again, held with all that follows from its decision. Inside a transaction."""
    hold_decision(entry)
    return _find_entry(entry.pk)
