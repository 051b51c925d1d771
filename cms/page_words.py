"""What a call's page would say to the public, in words: kept with each sending for approval."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from wagtail.images import get_image_model

from challenges.calls import proposals
from challenges.calls.models import Call
from cms.models import CallPage
from search.documents import text_of_field


def page_in_hand(call: Call) -> CallPage | None:
    """The call's page, read once for each call as it was loaded."""
    return getattr(call, "page", None)


def words_of(call: Call) -> dict[str, str]:
    """{what: text} of the page as it was last saved; nothing where the call has no page."""
    page = page_in_hand(call)
    if page is None:
        return {}
    draft = page.get_latest_revision_as_object()
    return {
        "Title of the page": draft.title,
        "Address of the page": draft.slug,
        "Title in search results": draft.seo_title,
        "Summary in search results": draft.search_description,
        "Picture at the top": str(draft.lead_image or ""),
        "Text of the page": text_of_field(draft.body),
        "Pictures in the text": _names_of(list(_pictures(draft.body.raw_data))),
        "FAQs": text_of_field(draft.faqs),
    }


def digest_of(page: CallPage | None) -> str:
    """Of all that a page would say; "" where there is none.

    The number of its last revision would not do: an editor that saves by itself writes over that,
    and a page that nobody has saved since it was made has none.
    """
    if page is None:
        return ""
    revision = page.get_latest_revision()
    said = revision.content if revision else page.serializable_data()
    content = json.dumps(said, sort_keys=True, cls=DjangoJSONEncoder)
    return hashlib.sha256(content.encode()).hexdigest()


def _pictures(blocks: Any) -> Iterator[int]:
    for block in blocks:
        if block["type"] == "picture" and (pk := block["value"].get("image")):
            yield pk


def _names_of(pictures: list[int]) -> str:
    """Their titles, in the order of the text; one that was deleted says so."""
    if not pictures:
        return ""
    known = get_image_model().objects.in_bulk(pictures)
    return "\n".join(str(known.get(pk, "a picture that was deleted")) for pk in pictures)


def plug() -> None:
    proposals.keep_also("page", "The page", words_of)
