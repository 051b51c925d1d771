"""The page of a call that was approved stays where it is, because people rely on it.

It is where applicants read the rules, what was changed, and why a call was cancelled. So it is
not deleted, unpublished, moved, timed to go or linked to another call, and no page above it is.
Hooks say so before Wagtail acts (`cms.wagtail_hooks`); signals and the models' own checks stand
behind them, for what comes another way.
"""

from typing import Any

import structlog
from django.conf import settings
from django.db.models import Q
from django.db.models.signals import pre_delete, pre_save
from django.utils import timezone
from wagtail.models import Page
from wagtail.signals import pre_page_move

from challenges.calls.models import Call, CallState, CallStatus
from marketplace.errors import Refused

log = structlog.get_logger(__name__)

WAS_PUBLIC = Q(page__live=True) | Q(page__first_published_at__isnull=False)
KEPT = Q(state=CallState.APPROVED) | (Q(state=CallState.CANCELLED) & WAS_PUBLIC)


class PageIsKept(Refused):
    """A page that people rely on would go; `call` is one that it speaks for."""

    def __init__(self, call: Call) -> None:
        super().__init__(why_kept(call))
        self.call = call


def why_kept(call: Call) -> str:
    if call.state == CallState.CANCELLED:
        return (
            f"“{call.title}” was cancelled, and its page stays to say why. It can’t be deleted, "
            "unpublished or moved, nor can a page above it."
        )
    if call.status == CallStatus.DECIDED:
        return (
            f"“{call.title}” is decided, and its page is the public record of it. It can’t be "
            "deleted, unpublished or moved, nor can a page above it."
        )
    return (
        f"“{call.title}” is approved, and people rely on its page. It can’t be deleted, "
        "unpublished or moved, nor can a page above it. To end the call, cancel it at the desk: "
        "the page then says why."
    )


def kept_call(page: Page) -> Call | None:
    """A call whose page is this one or below it, and has to stay."""
    return Call.objects.filter(KEPT, page__path__startswith=page.path).order_by("pk").first()


def refuse_if_kept(page: Page) -> None:
    """Raises: PageIsKept."""
    if call := kept_call(page):
        raise PageIsKept(call)


def lost_by_saving(page: Page) -> list[str]:
    """What people who rely on this page, or one below it, would lose if it were saved so."""
    stored = Page.objects.filter(pk=page.pk).first() if page.pk else None
    call = kept_call(stored) if stored else None
    if stored is None or call is None:
        return []
    lost = []
    if stored.live and not page.live:
        lost.append(why_kept(call))
    if page.expire_at and page.expire_at != stored.expire_at:
        lost.append(f"This page can’t be timed to go. {why_kept(call)}")
    if stored.live and not stored.live_revision_id and _is_to_come(page.go_live_at):
        lost.append(
            "This page is public, and a date to go live would take it away until then. Save it "
            "as a draft, and publish it when the day comes."
        )
    if page.slug != stored.slug and not redirects_by_itself():
        lost.append("This page’s address is known to people, so it stays as it is.")
    return lost


def _is_to_come(at: Any) -> bool:
    return at is not None and at > timezone.now()


def redirects_by_itself() -> bool:
    """Whether an address that changes leads on to the new one."""
    return getattr(settings, "WAGTAILREDIRECTS_AUTO_CREATE", True)


def plug() -> None:
    # Whatever kind of page is deleted, the row that names the call goes with it.
    pre_delete.connect(_before_delete, sender="cms.CallPage", dispatch_uid="cms.keeping")
    pre_page_move.connect(_before_move, dispatch_uid="cms.keeping")
    pre_save.connect(_before_expiry, sender=Page, dispatch_uid="cms.keeping")


def _before_delete(sender: type[Page], instance: Any, **signal: Any) -> None:
    # Held, so that nobody approves the call while its page goes.
    list(Call.objects.select_for_update(of=("self",)).filter(pk=instance.call_id))
    refuse_if_kept(instance)


def _before_move(
    sender: type[Page],
    instance: Page,
    parent_page_before: Page,
    parent_page_after: Page,
    **signal: Any,
) -> None:
    if parent_page_before.pk != parent_page_after.pk:
        refuse_if_kept(instance)


def _before_expiry(sender: type[Page], instance: Page, **signal: Any) -> None:
    """A date to go that was set before the call was approved: the page stays, the date goes.

    Not refused aloud: the task that finds such pages takes them one after another, and one that
    stays must not keep the others from going.
    """
    if instance.live or not instance.expired:
        return
    stored = Page.objects.filter(pk=instance.pk, live=True).first()
    if stored is None or kept_call(stored) is None:
        return
    log.warning("a page with a date to go is kept", page=instance.pk)
    instance.live, instance.expired, instance.expire_at = True, False, None
    instance.live_revision_id = stored.live_revision_id
    instance.has_unpublished_changes = stored.has_unpublished_changes
