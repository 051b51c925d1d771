"""The release of a stage's decisions as an act of two officers."""

from typing import Any

from challenges.calls.matters import Matter, register
from challenges.calls.models import SignOff, SignOffState, Stage
from challenges.judging.before_release import Ready
from challenges.judging.looks import HEADINGS
from challenges.judging.models import RELEASE_MATTER, Decision, Outcome
from challenges.judging.services import releasing
from marketplace.accounts.models import User
from marketplace.numbers import pounds
from marketplace.times import moment


def find(pk: int) -> Stage:
    return Stage.objects.select_related("call__region").get(pk=pk)


def facts(sign_off: SignOff, stage: Stage) -> list[tuple[str, str]]:
    """What goes out, when, to how many, and each thing that is odd with its reason."""
    rows = [("Stage", stage.name), ("Goes out", when(sign_off))]
    rows += [(label, text) for label, text in sign_off.content["figures"]]
    ready = Ready(stage)
    if sign_off.state == SignOffState.PROPOSED:
        rows += _who(ready)
    for code, heading in HEADINGS.items():
        found = [each for each in sign_off.content["oddities"] if each["code"] == code]
        if found:
            rows.append((heading, ready.with_titles(_said(found))))
    return rows


def _who(ready: Ready) -> list[tuple[str, str]]:
    """The pitches that a signature takes forward, and the reserve list, by name.

    Only while it waits: afterwards a correction may have changed them, and the record names
    pitches by reference, so that what applicants wrote can be erased.
    """
    rows = [
        (
            f"To be {outcome.label.lower()}",
            [_named(each) for each in ready.decisions if each.outcome == outcome],
        )
        for outcome in (Outcome.SHORTLISTED, Outcome.AWARDED)
    ]
    reserve = sorted(
        (each.entry.reserve_place.rank, str(each.entry.pitch))
        for each in ready.decisions
        if hasattr(each.entry, "reserve_place")
    )
    rows.append(("Reserve list", [f"{rank}. {pitch}" for rank, pitch in reserve]))
    return [(label, "\n".join(lines)) for label, lines in rows if lines]


def _named(decision: Decision) -> str:
    pitch = decision.entry.pitch
    name = f"{pitch}, {pitch.organisation}"
    return name if decision.amount is None else f"{name}: {pounds(decision.amount)}"


def when(sign_off: SignOff) -> str:
    chosen, least = releasing.chosen_moment(sign_off), releasing.minutes_to_stop()
    if chosen is None:
        return f"{least} after it is signed; until then it can be stopped"
    return f"{moment(chosen)}, and at the earliest {least} after it is signed"


def _said(found: list[dict[str, str]]) -> str:
    """The sentences under the reason that was given for them."""
    by_reason: dict[str, list[str]] = {}
    for each in found:
        by_reason.setdefault(each["reason"], []).append(each["sentence"])
    return "\n\n".join(
        "\n".join([*sentences, f"Why all the same: {reason}"])
        for reason, sentences in by_reason.items()
    )


def _check(stage: Stage, content: dict[str, Any], person: User) -> None:
    releasing.check(stage, content)


register(
    Matter(
        name=RELEASE_MATTER,
        title="Release the decisions",
        done="Signed. Its page says when it goes out; until then any officer of the call can "
        "stop it.",
        rule="judging.decide",
        find=find,
        call_of=lambda stage: stage.call,
        stands=lambda stage: Ready(stage).stands(),
        carry_out=lambda sign_off, stage, signer: releasing.begin(
            sign_off=sign_off, stage=stage, actor=signer
        ),
        facts=facts,
        path=releasing.release_path,
        check=_check,
    )
)
