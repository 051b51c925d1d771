"""Turns what happened to a call into news for those who follow it."""

from challenges.calls.models import Call, Stage
from marketplace.activity.following import announce
from marketplace.activity.models import Record
from marketplace.activity.news import news_of


@news_of("calls.addendum_published")
def tell_of_addendum(record: Record) -> None:
    stage = Stage.objects.select_related("call").get(pk=record.detail["stage"])
    what = "More time" if record.detail.get("extended") else "The rules have changed"
    _tell(stage.call, record, f"{what}: {stage.call.title}", f"rules/{stage.order}/")


@news_of("judging.released")
def tell_of_decision(record: Record) -> None:
    stage = Stage.objects.select_related("call").get(pk=record.thing_id)
    _tell(stage.call, record, f"Decided: {stage.name} of {stage.call.title}", "")


@news_of("calls.cancelled")
def tell_of_cancellation(record: Record) -> None:
    call = Call.objects.get(pk=record.thing_id)
    _tell(call, record, f"Cancelled: {call.title}", "")


def _tell(call: Call, record: Record, text: str, page: str) -> None:
    path = f"/calls/{call.reference}/{page}"
    announce([call], key=f"record:{record.pk}", text=text, path=path, at=record.at)
