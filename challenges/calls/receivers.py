"""Turns what happened to a call into news for those who follow it."""

from typing import Any

from django.db.models.signals import post_save
from django.utils import timezone

from challenges.calls.models import Call, Stage
from challenges.calls.owning import tell_what_is_left
from marketplace.accounts.models import Role, User
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


@news_of("accounts.role_revoked")
def tell_of_an_officer_who_left(record: Record) -> None:
    if record.detail.get("role") != Role.OFFICER:
        return
    region_id = int(record.chain.key.partition(":")[2])
    person = User.objects.filter(pk=record.thing_id).first()
    if person:
        tell_what_is_left(person=person, region_id=region_id, key=f"left:{record.pk}")


def tell_of_an_account_that_was_closed(
    sender: type[User], instance: User, created: bool, **signal: Any
) -> None:
    """Whichever way it was: there is no verb for it, as Wagtail’s own pages do it too."""
    if created or instance.is_active:
        return
    today = timezone.localdate()
    for region_id in instance.region_roles.filter(role=Role.OFFICER).values_list(
        "region", flat=True
    ):
        key = f"closed:{instance.pk}:{region_id}:{today}"
        tell_what_is_left(person=instance, region_id=region_id, key=key)


def plug() -> None:
    post_save.connect(
        tell_of_an_account_that_was_closed, sender=User, dispatch_uid="calls.owner_left"
    )


def _tell(call: Call, record: Record, text: str, page: str) -> None:
    path = f"/calls/{call.reference}/{page}"
    announce([call], key=f"record:{record.pk}", text=text, path=path, at=record.at)
