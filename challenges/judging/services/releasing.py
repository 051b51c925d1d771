"""The verbs that let decisions out: propose, stop, and, once it is signed and due, tell everybody.

Two officers release: one proposes, with a reason for whatever is odd, another signs what stood
then. The signed release waits a little, or until its moment, and can be stopped until it goes.
"""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

import rules
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from challenges.calls.models import Call, SignOff, SignOffState, Stage
from challenges.calls.sign_offs import has_changed, propose
from challenges.judging.before_release import Ready, explain
from challenges.judging.decisions import decisions_of, next_stage
from challenges.judging.locks import hold_stage, require
from challenges.judging.models import RELEASE_MATTER, Decision, Release, ReleaseState
from challenges.judging.reserve import fix_reserve
from challenges.judging.services.conflicts import officers_of
from challenges.judging.services.telling import tell
from challenges.judging.workflow import RELEASE
from marketplace.accounts.models import User
from marketplace.activity.services import notify, record
from marketplace.activity.sweeping import take_turns
from marketplace.errors import Incomplete, NotAllowed, Refused, TooLate, WrongState
from marketplace.times import moment, on_moment

FURTHEST = timedelta(days=90)
"""How far ahead a release may be set."""

A_WORD = "The reasons stand beside each point below."
NOT_SIGNED = "A release takes two officers: this one is not signed."
NOTHING_ODD = "Every pitch is decided, and nothing unusual was found."


def propose_release(
    *,
    stage: Stage,
    actor: User,
    reasons: Mapping[str, str] | None = None,
    reason: str = "",
    goes_out_at: datetime | None = None,
) -> SignOff:
    """Ask a second officer to sign the release of a stage's decisions as they stand.

    Args:
        reasons: why each oddity is no hindrance: its key ("no-review:AB12CD3"), or its code for
            all of that code, → a sentence.
        reason: a word to the second officer.
        goes_out_at: when it goes out; none: as soon as the time for second thoughts has passed.

    Raises:
        NotAllowed: not an officer of the call, or somebody who judges or has a tie.
        Incomplete: an oddity has no reason. Refused: an obstacle, or a moment that can't be.
    """
    stage = Stage.objects.select_related("call__region").get(pk=stage.pk)
    require("judging.decide", actor, stage)
    ready = Ready(stage)
    refuse_obstacles(ready)
    explained = explain(ready.oddities, {**ready.reasons_given(), **(reasons or {})})
    return propose(
        matter=RELEASE_MATTER,
        thing=stage,
        reason=reason.strip() or (A_WORD if explained else NOTHING_ODD),
        actor=actor,
        content={
            "oddities": explained,
            "entries": ready.entries(),
            "figures": ready.figures(),
            "goes_out_at": goes_out_at.isoformat() if goes_out_at else None,
        },
    )


def refuse_obstacles(ready: Ready) -> None:
    """Raises: TooLate: it is released already. Incomplete: pitches to decide. Refused: another
    obstacle."""
    obstacles = ready.obstacles()
    if not obstacles:
        return
    if ready.stage.released_at is not None:
        raise TooLate(obstacles[0])
    if undecided := ready.undecided:
        raise Incomplete(
            "Decide every pitch first.", [("undecided", f"{len(undecided)} not decided yet.")]
        )
    raise Refused(" ".join(obstacles))


def check_moment(stage: Stage, at: datetime, now: datetime | None = None) -> None:
    """Raises: Refused: a release can't be set to this moment."""
    now = now or timezone.now()
    if at <= now:
        raise Refused("Choose a moment in the future.")
    if at > now + FURTHEST:
        raise Refused(f"Choose a moment within {FURTHEST.days} days.")
    if timezone.localtime(at).time() == time(0):
        raise Refused("Midnight can be read as either day. Choose 0:01, or 23:59 the day before.")
    following = next_stage(stage)
    if following is not None and at > following.opens_at > now:
        raise Refused(
            f"“{following.name}” opens {on_moment(following.opens_at)}: release before that."
        )


def begin(*, sign_off: SignOff, stage: Stage, actor: User) -> Release:
    """Let a release wait for its moment, in the transaction that signs it.

    Raises:
        WrongState: it is not signed. Refused: as `propose_release`: something came in between.
    """
    if sign_off.state != SignOffState.SIGNED or sign_off.matter != RELEASE_MATTER:
        raise WrongState(NOT_SIGNED)
    stage = hold_stage(stage.pk)
    if has_changed(sign_off, stage):
        raise Refused("What you would sign has just changed. Load the page again.")
    refuse_obstacles(Ready(stage))
    goes_out_at = max(chosen_moment(sign_off) or timezone.now(), timezone.now() + time_to_stop())
    release = Release.objects.create(stage=stage, sign_off=sign_off, goes_out_at=goes_out_at)
    record(
        "judging.release_signed",
        stage,
        chain=stage.call.chain,
        actor=actor,
        goes_out_at=goes_out_at.isoformat(),
    )
    notify(
        officers_of(stage),
        subject=f"Goes out {moment(goes_out_at)}: {stage.name}, {stage.call.title}",
        body=f"The decisions of “{stage.name}” of “{stage.call.title}” are signed and go out on "
        f"{moment(goes_out_at)}. Until then any officer of the call can stop them.",
        path=stop_path(release),
    )
    return release


def check(stage: Stage, content: dict[str, Any]) -> None:
    """What must hold of a proposal.

    Raises:
        TooLate, Incomplete, Refused: an obstacle; an oddity without a reason; a moment that can’t
            be; or it was made by another way than `propose_release`.
    """
    ready = Ready(stage)
    refuse_obstacles(ready)
    said = content.get("oddities", [])
    given = {f"{each['code']}:{each['about']}": each["reason"] for each in said}
    explain(ready.oddities, given)
    if content.get("entries") != ready.entries():
        raise Refused("This stage has just changed. Load the page again.")
    if at := content.get("goes_out_at"):
        check_moment(stage, datetime.fromisoformat(at))


@transaction.atomic
def stop_release(*, release: Release, reason: str, actor: User) -> Release:
    """Stop a signed release before it goes out; it can be proposed again.

    Raises:
        Refused: no reason. WrongState: it has gone out, or was stopped already.
        NotAllowed: not an officer of the call.
    """
    if not reason.strip():
        raise Refused("Say why it is stopped; the officers who signed it will read it.")
    stage = hold_stage(release.stage_id)
    release = _held(release.pk)
    RELEASE.apply("stop", release, actor)
    _end(release, reason, actor)
    record(
        "judging.release_stopped", stage, chain=stage.call.chain, actor=actor, reason=release.why
    )
    _tell_officers(release, "Stopped", f"{actor} stopped it: {release.why}")
    return release


@transaction.atomic
def release_decisions(*, sign_off: SignOff, now: datetime | None = None) -> list[Decision]:
    """Tell every applicant of a stage at the same moment, or nobody: a signed release that is due.

    Letters that are held back are not sent, and what they tell of stays unknown.

    Raises:
        WrongState: it is not signed, has gone out, or was stopped.
        TooLate: the stage is released already. NotAllowed: who proposed or signed it may no longer
            decide. Refused: it is not due yet, or something has changed since it was signed.
    """
    now = now or timezone.now()
    release = Release.objects.filter(sign_off=sign_off).first()
    if release is None:
        raise WrongState(NOT_SIGNED)
    stage = hold_stage(release.stage_id)
    release = _held(release.pk)
    signer, proposer = release.sign_off.answered_by, release.sign_off.proposed_by
    if signer is None or release.sign_off.state != SignOffState.SIGNED:
        raise WrongState(NOT_SIGNED)
    if release.state == ReleaseState.WAITING:
        _may_decide_still(release, proposed=proposer, signed=signer)
    RELEASE.apply("go-out", release, signer)
    if now < release.goes_out_at:
        raise Refused(f"It goes out {on_moment(release.goes_out_at)}.")
    # Ended first: what is left to check is the stage, not that this release waits for it.
    _end(release, "", None, at=now)
    ready = Ready(stage, now)
    _still_stands(ready, release.sign_off)
    stage.released_at = now
    stage.save(update_fields=["released_at"])
    explained = release.sign_off.content["oddities"]
    made = ready.decisions
    if fix_reserve(stage, ready.table, now):
        made = decisions_of(stage)  # with their places as they are fixed now
    told = tell(made, stage=stage, actor=signer, now=now)
    departs, why = _departures(explained)
    record(
        "judging.released",
        stage,
        chain=stage.call.chain,
        actor=signer,
        count=len(told),
        held=len(made) - len(told),
        proposed_by=proposer.pk,
        ranking={"scores": ready.table.fairness.digest, "method": ready.table.fairness.method},
        **({"oddities": explained} if explained else {}),
        **({"departures": departs, "explanation": why} if departs else {}),
    )
    return told


def _may_decide_still(release: Release, **officers: User) -> None:
    """Raises: NotAllowed: one of the two has left, judges, or has a tie to an applicant since."""
    for what, officer in officers.items():
        if not rules.has_perm("judging.carry_out_release", officer, release):
            raise NotAllowed(
                f"The officer who {what} it may not decide this stage any more. Propose it again."
            )


def carry_out_due(now: datetime | None = None) -> int:
    """Let out every release whose time has come; how many. Safe to run twice at once.

    One that can't go out any more is marked, and the officers hear why.
    """
    due = Release.objects.due(now or timezone.now()).select_related("sign_off")
    # A fault of ours is tried again, and others must not wait for it.
    return take_turns(
        "releases", due.order_by("goes_out_at", "pk"), lambda release: _try(release, now)
    )


def _try(release: Release, now: datetime | None) -> bool:
    try:
        release_decisions(sign_off=release.sign_off, now=now)
    except Refused as refused:
        return _refuse(release, str(refused))
    return True


@transaction.atomic
def _refuse(release: Release, why: str) -> bool:
    stage = hold_stage(release.stage_id)
    release = _held(release.pk)
    if RELEASE.find("refuse", release.state) is None:
        return False  # another worker let it out, or somebody stopped it
    _come_to_nothing(release, stage, why)
    return False


def _come_to_nothing(release: Release, stage: Stage, why: str) -> None:
    RELEASE.apply("refuse", release, None)
    _end(release, why, None)
    record("judging.release_refused", stage, chain=stage.call.chain, reason=release.why)
    _tell_officers(release, "Not released", f"Nothing went out, because: {release.why}")


def end_releases(call: Call, why: str) -> None:
    """Let signed releases of a call that ends come to nothing, in the transaction that ends it and
    holds them and their stages."""
    for pk in Release.objects.waiting().filter(stage__call=call).values_list("pk", flat=True):
        release = _held(pk)
        _come_to_nothing(release, release.stage, why)


def time_to_stop() -> timedelta:
    """How long a signed release waits at least."""
    return timedelta(minutes=settings.RELEASE_UNDO_MINUTES)


def minutes_to_stop() -> str:
    """The same in words: "10 minutes"."""
    minutes = settings.RELEASE_UNDO_MINUTES
    return f"{minutes} minute{'' if minutes == 1 else 's'}"


def stop_path(release: Release) -> str:
    """Open to every officer of the call, those who judge or have a tie included."""
    return f"/admin/desk/releases/{release.pk}/"


def release_path(stage: Stage) -> str:
    return f"/admin/desk/stages/{stage.pk}/release/"


def chosen_moment(sign_off: SignOff) -> datetime | None:
    """When its proposer wants it to go out; None: as soon as may be."""
    at = sign_off.content.get("goes_out_at")
    return datetime.fromisoformat(at) if at else None


def _still_stands(ready: Ready, sign_off: SignOff) -> None:
    """What was signed, less what teams withdrew since.

    Raises:
        Refused: an obstacle, a decision, letter or score that has changed, or a new oddity.
    """
    refuse_obstacles(ready)
    signed = sign_off.content["entries"]
    now = ready.entries()
    changed = [
        decision.entry.pitch.reference
        for decision in ready.decisions
        if signed.get(str(decision.entry_id)) != now[str(decision.entry_id)]
    ]
    if changed:
        raise Refused(f"Changed since it was signed: {', '.join(changed)}.")
    known = {f"{each['code']}:{each['about']}" for each in sign_off.content["oddities"]}
    if new := [oddity.sentence for oddity in ready.oddities if oddity.key not in known]:
        raise Refused(f"New since it was signed: {' '.join(new)}")


def _departures(explained: list[dict[str, str]]) -> tuple[list[str], str]:
    """Sentences and reasons, under the names that older releases gave them, so that both read
    alike."""
    found = [each for each in explained if each["code"] in ("departure", "level")]
    reasons = dict.fromkeys(each["reason"] for each in found)
    return [each["sentence"] for each in found], "\n".join(reasons)


def _held(pk: int) -> Release:
    return (
        Release.objects.select_for_update(of=("self",), no_key=True)
        .select_related(
            "stage__call__region",
            "sign_off__proposed_by",
            "sign_off__answered_by",
            "sign_off__call",
        )
        .get(pk=pk)
    )


def _end(release: Release, why: str, actor: User | None, at: datetime | None = None) -> None:
    release.ended_at, release.ended_by, release.why = at or timezone.now(), actor, why.strip()
    release.save(update_fields=["state", "ended_at", "ended_by", "why"])


def _tell_officers(release: Release, what: str, sentence: str) -> None:
    stage = release.stage
    notify(
        officers_of(stage),
        subject=f"{what}: {stage.name}, {stage.call.title}",
        body=f"The release of “{stage.name}” of “{stage.call.title}”. {sentence}",
        path=stop_path(release),
    )
