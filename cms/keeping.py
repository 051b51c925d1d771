"""The page of a call that was approved stays where it is, because people rely on it.

It is where applicants read the rules, what was changed, and why a call was cancelled. So it is
not deleted, unpublished, moved, timed to go or linked to another call, and no page above it is.
What people know it by (title, address, how it shows in search and menus) was approved by two
officers, and changes by two alone (`cms.headings`); its words and pictures are one officer's.
Hooks say so before Wagtail acts (`cms.wagtail_hooks`); signals and the models' own checks stand
behind them, for what comes another way.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.signals import pre_delete, pre_save
from django.utils import timezone
from wagtail.models import Page, PageViewRestriction, Site
from wagtail.signals import pre_page_move

from challenges.calls.models import Call, CallState, CallStatus
from challenges.calls.owning import who_looks_after
from marketplace.activity.services import notify
from marketplace.errors import Refused
from marketplace.times import on_moment

log = structlog.get_logger(__name__)

WAS_PUBLIC = Q(page__live=True) | Q(page__first_published_at__isnull=False)
KEPT = Q(state=CallState.APPROVED) | (Q(state=CallState.CANCELLED) & WAS_PUBLIC)

HEADING = ("title", "slug", "seo_title", "search_description", "show_in_menus")
"""What people know a page by."""

_signed_by_two: ContextVar[bool] = ContextVar("signed_by_two", default=False)


@contextmanager
def signed_by_two() -> Iterator[None]:
    """What two officers have signed is done in here: the heading of a page may change."""
    token = _signed_by_two.set(True)
    try:
        yield
    finally:
        _signed_by_two.reset(token)


def hold_page(call: Call) -> None:
    """Hold a call, then its page, before their chain: in this order whoever acts on both."""
    list(Call.objects.select_for_update(of=("self",), no_key=True).filter(pk=call.pk))
    pages = Page.objects.filter(pk__in=Call.objects.filter(pk=call.pk).values("page"))
    list(pages.select_for_update(of=("self",), no_key=True).order_by("pk"))


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


def kept_by(page: Page) -> int | None:
    """Id of the call that this page has to stay with, as the database has it."""
    if not page.pk:
        return None
    return Call.objects.filter(KEPT, page=page.pk).values_list("pk", flat=True).first()


def was_public(page: Page) -> bool:
    """Whether the public has seen this page, as the database has it."""
    seen = Q(live=True) | Q(first_published_at__isnull=False)
    return Page.objects.filter(seen, pk=page.pk).exists()


def held_values(page: Page) -> dict[str, Any]:
    """{field: value} of the heading of a call's page, where it takes two officers to change it.

    Where the page of an approved call is not public (it was lost, and made again), it goes out
    under the title that was approved.
    """
    call = Call.objects.filter(KEPT, page=page.pk).first() if page.pk else None
    if call is None or _signed_by_two.get():
        return {}
    stored = Page.objects.get(pk=page.pk)
    if stored.live or stored.first_published_at:
        return {name: getattr(stored, name) for name in HEADING}
    return {"title": call.title}


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
    if changed := [
        name for name, value in held_values(page).items() if getattr(page, name) != value
    ]:
        names = ", ".join(str(page._meta.get_field(name).verbose_name) for name in changed)
        lost.append(
            f"Two officers approved what people know this page by ({names}), and it takes two to "
            "change it. Ask for it at the desk, on the page of the call."
        )
    return lost


def _is_to_come(at: Any) -> bool:
    return at is not None and at > timezone.now()


def redirects_by_itself() -> bool:
    """Whether an address that changes leads on to the new one."""
    return getattr(settings, "WAGTAILREDIRECTS_AUTO_CREATE", True)


def plug(kinds: Iterable[type[Page]]) -> None:
    """`kinds`: of page that are a call's, or may stand above one."""
    # Whatever kind of page is deleted, the row that names the call goes with it.
    pre_delete.connect(_before_delete, sender="cms.CallPage", dispatch_uid="cms.keeping")
    pre_page_move.connect(_before_move, dispatch_uid="cms.keeping")
    pre_save.connect(_before_hiding, sender=PageViewRestriction, dispatch_uid="cms.keeping")
    pre_save.connect(_before_turning_away, sender=Site, dispatch_uid="cms.keeping")
    pre_delete.connect(_before_closing, sender=Site, dispatch_uid="cms.keeping")
    for sender in (Page, *kinds):
        pre_save.connect(_before_going, sender=sender, dispatch_uid="cms.keeping")


def _before_delete(sender: type[Page], instance: Any, **signal: Any) -> None:
    # Held, so that nobody approves the call while its page goes.
    list(Call.objects.select_for_update(of=("self",), no_key=True).filter(pk=instance.call_id))
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


def _before_hiding(sender: type, instance: PageViewRestriction, **signal: Any) -> None:
    """Raises: PageIsKept: a password would stand before what applicants rely on."""
    refuse_if_kept(instance.page)


def _before_turning_away(sender: type, instance: Site, raw: bool = False, **signal: Any) -> None:
    """Raises: PageIsKept: what people rely on would stand below no host any more."""
    before = Site.objects.filter(pk=instance.pk).select_related("root_page").first()
    if raw or before is None or before.root_page_id == instance.root_page_id:
        return
    _refuse_if_lost(before, Page.objects.get(pk=instance.root_page_id))


def _before_closing(sender: type, instance: Site, **signal: Any) -> None:
    """Raises: PageIsKept."""
    _refuse_if_lost(instance)


def _refuse_if_lost(site: Site, *roots: Page) -> None:
    """Raises: PageIsKept: only this site shows a page that people rely on, and these don't."""
    others = Site.objects.exclude(pk=site.pk).values_list("root_page__path", flat=True)
    paths = [*others, *(root.path for root in roots)]
    below = Q(page__path__startswith=site.root_page.path)
    for path in paths:
        below &= ~Q(page__path__startswith=path)
    if call := Call.objects.filter(KEPT, below).order_by("pk").first():
        raise PageIsKept(call)


def _before_going(sender: type[Page], instance: Page, raw: bool = False, **signal: Any) -> None:
    """A live page that is saved as one that is not, past every check of its model; or a call's
    page that would go live before its call is approved.

    Where its date to go has come, it is not refused aloud but stays, and the date goes: the
    command that finds such pages takes them one after another, and one that stays must not keep
    the others from going.

    Raises:
        PageIsKept: people rely on it.
    """
    if raw or not instance.pk:
        return
    if instance.live:
        _refuse_before_approval(instance)
        return
    stored = Page.objects.filter(pk=instance.pk, live=True).first()
    call = kept_call(stored) if stored else None
    if stored is None or call is None:
        return
    if not instance.expired:
        raise PageIsKept(call)
    keep_past_its_date(stored, call)
    instance.live, instance.expired, instance.expire_at = True, False, None
    instance.live_revision_id = stored.live_revision_id
    instance.has_unpublished_changes = stored.has_unpublished_changes


def _refuse_before_approval(page: Page) -> None:
    """Raises: Refused."""
    may = getattr(page, "may_be_public", True)
    if may or _signed_by_two.get() or Page.objects.filter(pk=page.pk, live=True).exists():
        return
    raise Refused("A call’s page goes public with the approval of its call, and not before.")


def keep_past_its_date(page: Page, call: Call) -> None:
    """Take off a date to go that was set before people came to rely on the page, and say so."""
    log.warning("a page with a date to go is kept", page=page.pk)
    Page.objects.filter(pk=page.pk).update(expire_at=None)
    when = f" {on_moment(page.expire_at)}" if page.expire_at else ""
    with transaction.atomic():
        notify(
            who_looks_after(call),
            subject=f"Its page stays: {call.title}",
            body=f"The page “{page.title}” was timed to go{when}. It stays, and the date is taken "
            f"off. {why_kept(call)}",
            path=f"/admin/desk/calls/{call.pk}/",
        )
