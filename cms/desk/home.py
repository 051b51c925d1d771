"""What waits for the officer, on the first page of Wagtail's admin, and in the menu."""

from datetime import timedelta
from typing import Any

from django.forms import Media
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils import timezone
from wagtail.admin.menu import Menu, MenuItem, SubmenuMenuItem
from wagtail.admin.ui.components import Component

from challenges.calls.models import Enquiry
from cms.desk.finders import officer_regions
from cms.desk.queries import late_judges, undecided_stages
from cms.desk.waiting import stages_of, to_approve, to_sign, waiting_for
from marketplace.accounts.rules import is_platform_administrator
from marketplace.activity.proof import checking

SHOWN = 10
SOON = timedelta(days=7)


class DeskPanel(Component):
    """Calls to approve, closing this week, late judges, pitches to decide."""

    name = "desk"
    order = 50
    template_name = "desk/home_panel.html"

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
        person, now = self.request.user, timezone.now()
        stages = stages_of(person)
        return {
            "appeals": waiting_for(person).appeals,
            "to_approve": to_approve(person)[:SHOWN],
            "to_sign": to_sign(person)[:SHOWN],
            "closing": stages.filter(closes_at__gt=now, closes_at__lte=now + SOON)
            .select_related("call")
            .order_by("closes_at")[:SHOWN],
            "late": late_judges(stages, now).order_by("name", "pk")[:SHOWN],
            "enquiries": Enquiry.objects.in_regions(officer_regions(person))
            .waiting()
            .order_by("due_on", "pk")[:SHOWN],
            "to_carry_out": waiting_for(person).to_carry_out,
            "state": checking.state(now),
            "undecided": undecided_stages(stages).order_by("scores_due_at")[:SHOWN],
        }

    @property
    def media(self) -> Media:
        return Media(css={"all": [static("desk/desk.css")]})


class OfficersItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return bool(officer_regions(request.user))


class PlatformItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return is_platform_administrator(request.user)


class CallsItem(OfficersItem):
    """Says how many calls wait for this officer's approval."""

    def render_component(self, request: HttpRequest) -> Any:
        item = super().render_component(request)
        waiting = waiting_for(request.user).to_approve
        if waiting:
            item.label = f"{item.label} ({waiting} to approve)"
        return item


def desk_menu(
    calls_url: str, pitches_url: str, people_url: str, search_url: str
) -> SubmenuMenuItem:
    items = [
        CallsItem("Calls", calls_url, name="desk-calls", icon_name="clipboard-list", order=1),
        OfficersItem("Pitches", pitches_url, name="desk-pitches", icon_name="doc-full", order=2),
        OfficersItem("People", people_url, name="desk-people", icon_name="group", order=3),
        PlatformItem("Search", search_url, name="desk-search", icon_name="search", order=4),
    ]
    return SubmenuMenuItem(
        "Desk", Menu(items=items), name="desk", icon_name="clipboard-list", order=50
    )
