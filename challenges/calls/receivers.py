"""Turns what happened to a call into news for those who follow it."""

from typing import Any

from challenges.calls.models import Call, Stage
from marketplace.activity.following import announce
from marketplace.activity.models import Record
from marketplace.activity.services import recorded

UID = "calls.news"


def plug() -> None:
    recorded.connect(receive, dispatch_uid=UID)


def receive(record: Record, **signal: Any) -> None:
    if record.verb == "calls.addendum_published":
        stage = Stage.objects.select_related("call").get(pk=record.detail["stage"])
        extended = record.detail.get("extended")
        what = "More time" if extended else "The rules have changed"
        _tell(stage.call, record, f"{what}: {stage.call.title}", f"rules/{stage.order}/")
    elif record.verb == "judging.released":
        stage = Stage.objects.select_related("call").get(pk=record.thing_id)
        _tell(stage.call, record, f"Decided: {stage.name} of {stage.call.title}", "")
    elif record.verb == "calls.cancelled":
        call = Call.objects.get(pk=record.thing_id)
        _tell(call, record, f"Cancelled: {call.title}", "")


def _tell(call: Call, record: Record, text: str, page: str) -> None:
    path = f"/calls/{call.reference}/{page}"
    announce([call], key=f"record:{record.pk}", text=text, path=path)
