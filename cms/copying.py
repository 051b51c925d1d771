"""What a copy of a call carries of the floors above it: its page, and what else hangs on it.

Beside `challenges.calls.copying`, and held whole by the same test.
"""

from collections.abc import Mapping
from typing import Any

from challenges.calls.copying import Plan
from challenges.calls.models import Call, Criterion, Question, Stage
from challenges.judging.models import Panel
from cms.models import CallPage


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


PAGE = Plan(
    carried=_names("lead_image body faqs search_description seo_title show_in_menus"),
    given=_names("title draft_title slug owner call locale content_type path depth url_path"),
    reset=_names(
        "id page_ptr callpage_ptr numchild translation_key latest_revision "
        "latest_revision_created_at live has_unpublished_changes first_published_at "
        "last_published_at live_revision go_live_at expire_at expired locked locked_at locked_by "
        "alias_of"
    ),
    things_left=_names(
        "redirect_set sites_rooted_here aliases group_permissions view_restrictions workflowpage "
        "wagtail_admin_comments subscribers challengepage acceleratorpage"
    ),
)
"""Of both kinds of call page. The address is new, and nothing is public yet."""

PANEL = Plan(
    # How many read each pitch is a way of working; who reads is asked anew each time.
    carried=_names("reviews_per_pitch most_per_judge"),
    given=_names("stage"),
    reset=_names("id"),
    things_left=_names("sharings members calibration"),
)

THINGS_ABOVE: Mapping[type, Plan] = {
    Call: Plan(
        carried=frozenset(),
        things_carried=_names("page"),
        things_left=_names("pitches awards opinions notes"),
    ),
    Stage: Plan(
        carried=frozenset(),
        things_carried=_names("panel"),
        things_left=_names("entries meeting awards reserve releases"),
    ),
    Question: Plan(carried=frozenset(), things_left=_names("answers attachments")),
    Criterion: Plan(carried=frozenset(), things_left=_names("scores")),
}
"""What the floors above hang on the things of a call."""

PAGE_PLANS: Mapping[type, Plan] = {CallPage: PAGE, Panel: PANEL}


def carried_of_page(page: CallPage) -> dict[str, Any]:
    """The words and pictures of a page: those that the public reads, or else the latest draft."""
    shown = page.specific if page.live else page.get_latest_revision_as_object()
    return {name: getattr(shown, name) for name in PAGE.carried}
