"""Whatever happens to a page of a call stands in the call's chain; of any other, in the site's.

Wagtail keeps a log of its own, in which every act on a page is written in the transaction of the
act, by views, bulk actions, the API, the clock and our own services alike. Each line of it is
recorded here, so that no door is forgotten. The log can be pruned and edited; the chain can't.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db.models import Model
from django.db.models.signals import post_save
from wagtail.models import Page, PageLogEntry, Revision

from challenges.calls.models import Call
from cms.rights import kinds_by_region
from marketplace.activity.services import record

SITE_CHAIN = "site:pages"

DONE = {
    "wagtail.create": "created",
    "wagtail.edit": "edited",
    "wagtail.delete": "deleted",
    "wagtail.publish": "published",
    "wagtail.publish.scheduled": "published_on_time",
    "wagtail.publish.schedule": "scheduled",
    "wagtail.schedule.cancel": "unscheduled",
    "wagtail.schedule.revert": "unscheduled",
    "wagtail.unpublish": "unpublished",
    "wagtail.unpublish.scheduled": "unpublished_on_time",
    "wagtail.revert": "reverted",
    "wagtail.rename": "renamed",
    "wagtail.copy": "copied",
    "wagtail.copy_for_translation": "copied",
    "wagtail.create_alias": "aliased",
    "wagtail.convert_alias": "unaliased",
    "wagtail.move": "moved",
    "wagtail.reorder": "reordered",
    "wagtail.lock": "locked",
    "wagtail.unlock": "unlocked",
    "wagtail.view_restriction.create": "hidden",
    "wagtail.view_restriction.edit": "hidden_otherwise",
    "wagtail.view_restriction.delete": "shown_again",
}
"""Wagtail's action → what a record says of a page; any other is “acted_on”, and named in it."""

OF_NO_MATTER = (
    "latest_revision",
    "live_revision",
    "draft_title",
    "comments",
    "wagtail_admin_comments",
)


_unrecorded: ContextVar[bool] = ContextVar("unrecorded", default=False)


@contextmanager
def unrecorded() -> Iterator[None]:
    """For pages that nobody made: of a new site, and of a story that is told with its own dates."""
    token = _unrecorded.set(True)
    try:
        yield
    finally:
        _unrecorded.reset(token)


def plug() -> None:
    post_save.connect(record_line, sender=PageLogEntry, dispatch_uid="cms.page_records")


def record_line(
    sender: type[PageLogEntry], instance: PageLogEntry, created: bool, **signal: Any
) -> None:
    if not created:
        return
    if _unrecorded.get():
        return
    done = DONE.get(instance.action, "acted_on")
    if done == "deleted":
        _hold_before(instance.page_id)
    calls = _calls_of(instance)
    for call in calls:
        _record(f"calls.page_{done}", call, call.chain, instance)
    if not calls:
        _record(f"site.page_{done}", Page(pk=instance.page_id), SITE_CHAIN, instance)


def _record(verb: str, thing: Model, chain: str, line: PageLogEntry) -> None:
    record(
        verb,
        thing,
        chain=chain,
        actor=line.user,
        page=line.page_id,
        action=line.action,
        revision=line.revision_id,
        changed=_changed(line),
    )


def _hold_before(page_id: int) -> None:
    """The call and the page, in this order, before their chain: as whoever approves does."""
    list(Call.objects.select_for_update(of=("self",), no_key=True).filter(page=page_id))
    list(Page.objects.select_for_update(of=("self",), no_key=True).filter(pk=page_id))


def _calls_of(line: PageLogEntry) -> list[Call]:
    """Of the page, and of whatever its revision and the one before it were linked to."""
    found = set()
    for kind in kinds_by_region():
        through = kind.region_lookup.rpartition("__")[0]
        found |= set(kind.objects.filter(pk=line.page_id).values_list(through, flat=True))
    for revision in _two_last(line):
        if linked := revision.content.get("call"):
            found.add(linked)
    return list(Call.objects.filter(pk__in=found - {None}).order_by("pk"))


def _two_last(line: PageLogEntry) -> list[Revision]:
    """The revision of this line, and the one before it."""
    if not line.revision_id:
        return []
    rows = Revision.page_revisions.filter(object_id=str(line.page_id), pk__lte=line.revision_id)
    return list(rows.order_by("-pk")[:2])


def _changed(line: PageLogEntry) -> list[str]:
    """Names of the fields in which an edit differs from what the page said before it."""
    if line.action != "wagtail.edit":
        return []
    now, *before = [revision.content for revision in _two_last(line)] or [{}]
    if not before:
        return []
    names = [field.name for field in line.content_type.model_class()._meta.fields]
    return [
        name
        for name in names
        if name in now
        and now[name] != before[0].get(name)
        and name not in OF_NO_MATTER
        and not name.endswith(("_at", "_ptr"))
    ]
