"""The release of a stage's decisions as an act of two officers."""

from typing import Any

from challenges.calls.matters import Matter, register
from challenges.calls.models import SignOff, Stage
from challenges.judging.before_release import Ready
from challenges.judging.looks import HEADINGS
from challenges.judging.services import releasing
from marketplace.accounts.models import User
from marketplace.times import moment


def find(pk: int) -> Stage:
    return Stage.objects.select_related("call__region").get(pk=pk)


def facts(sign_off: SignOff, stage: Stage) -> list[tuple[str, str]]:
    """What goes out, when, to how many, and each thing that is odd with its reason."""
    rows = [("Stage", stage.name), ("Goes out", when(sign_off))]
    rows += [(label, text) for label, text in sign_off.content["figures"]]
    for code, heading in HEADINGS.items():
        found = [each for each in sign_off.content["oddities"] if each["code"] == code]
        if found:
            rows.append((heading, "\n\n".join(_said(each) for each in found)))
    return rows


def when(sign_off: SignOff) -> str:
    minutes = round(releasing.time_to_stop().total_seconds() / 60)
    chosen = releasing.chosen_moment(sign_off)
    if chosen is None:
        return f"{minutes} minutes after it is signed; until then it can be stopped"
    return f"{moment(chosen)}, and at the earliest {minutes} minutes after it is signed"


def _said(each: dict[str, str]) -> str:
    return f"{each['sentence']}\nWhy all the same: {each['reason']}"


def _check(stage: Stage, content: dict[str, Any], person: User) -> None:
    releasing.check(stage, content)


register(
    Matter(
        name=releasing.MATTER,
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
