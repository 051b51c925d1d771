"""Pages that editors timed to go live or to go, carried out by the clock.

As Wagtail's command `publish_scheduled` does, but each by itself: one that can't be carried out
is told to whoever timed it, and keeps no other waiting.
"""

from collections.abc import Callable
from datetime import datetime

import structlog
from django.core.exceptions import ValidationError
from django.db import transaction
from wagtail.models import Page, Revision

from cms import keeping
from cms.models import CallPage
from marketplace.activity.services import notify
from marketplace.errors import Refused

log = structlog.get_logger(__name__)


def carry_out(now: datetime) -> int:
    """Do what is due at `now`; how many pages went or went live. It may safely run twice."""
    going = Page.objects.filter(live=True, expire_at__lt=now).order_by("expire_at", "pk")
    coming = Revision.objects.filter(approved_go_live_at__lt=now)
    coming = coming.order_by("approved_go_live_at", "pk")
    return sum(
        _by_itself(act, pk, now)
        for act, due in ((_take_away, going), (_publish, coming))
        for pk in list(due.values_list("pk", flat=True))
    )


def _by_itself(act: Callable[[int, datetime], bool], pk: int, now: datetime) -> bool:
    """Whether it was done; what fails is tried again the next time."""
    try:
        with transaction.atomic():
            return act(pk, now)
    except Exception:
        log.exception("a timed page failed", act=act.__name__, pk=pk)
        return False


def _take_away(pk: int, now: datetime) -> bool:
    due = Page.objects.select_for_update(of=("self",), no_key=True).filter(
        pk=pk, live=True, expire_at__lt=now
    )
    page = due.first()
    if page is None:
        return False
    if call := keeping.kept_call(page):
        keeping.keep_past_its_date(page, call)
        return False
    page.unpublish(set_expired=True, log_action="wagtail.unpublish.scheduled")
    return True


def _publish(pk: int, now: datetime) -> bool:
    due = Revision.objects.select_for_update(of=("self",), no_key=True).filter(
        approved_go_live_at__lt=now
    )
    revision = due.filter(pk=pk).first()
    if revision is None:
        return False
    try:
        with transaction.atomic():
            _refuse_unapproved(revision)
            revision.publish(log_action="wagtail.publish.scheduled")
    except (Refused, ValidationError) as why:
        _give_up(revision, why)
        return False
    return True


def _refuse_unapproved(revision: Revision) -> None:
    """Raises: Refused: it is of the page of a call that is not approved."""
    page = revision.as_object()
    if isinstance(page, CallPage) and not page.may_be_public:
        raise Refused("A call’s page goes public with the approval of its call, and not before.")


def _give_up(revision: Revision, why: Refused | ValidationError) -> None:
    """Take the date off, and say why to whoever saved what was to go live."""
    Revision.objects.filter(pk=revision.pk).update(approved_go_live_at=None)
    reason = " ".join(why.messages) if isinstance(why, ValidationError) else str(why)
    log.warning("a timed page was not published", revision=revision.pk, reason=reason)
    notify(
        [revision.user] if revision.user else [],
        subject=f"Not published: {revision.object_str}",
        body=f"“{revision.object_str}” was timed to go live, and stays as it is. {reason}",
        path=f"/admin/pages/{revision.object_id}/edit/",
    )
