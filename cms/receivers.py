"""A call is found by search while its page is live: pages say when that changes."""

from typing import Any

from wagtail.models import Page
from wagtail.signals import page_published, page_slug_changed, page_unpublished

from cms.models import CallPage
from search.services import reindex

SIGNALS = (page_published, page_unpublished, page_slug_changed)


def plug() -> None:
    for signal in SIGNALS:
        signal.connect(look_again, dispatch_uid="cms.search")


def look_again(sender: type[Page], instance: Page, **signal: Any) -> None:
    if isinstance(instance, CallPage) and instance.call_id:
        reindex("call", [instance.call_id])
