"""Every page of the desk in a real browser, as narrow as they come: nothing is cut, nothing is
wider than the window, and tables scroll in places of their own.

The pages come from the URL configuration, so one that is added later is walked as well.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import URLPattern, reverse
from django.utils import timezone
from playwright.sync_api import Page

from challenges.awards.models import Award
from challenges.calls.models import Call, CallState, Enquiry, SignOff, Stage
from challenges.judging.models import Appeal, Decision, PanelMember
from challenges.people.models import Expert
from challenges.pitches.models import Entry
from cms.desk.models import Tag
from cms.desk.urls import urlpatterns
from cms.models import ChallengeIndexPage, ChallengePage
from marketplace.accounts.models import Role, User
from marketplace.accounts.services import grant_role
from search.models import SynonymGroup
from tests.desk.world import fill
from tests.factories import (
    make_call,
    make_entry,
    make_officer,
    sign_in,
    submit,
)
from tests.journeys.test_together import enter, restored_site  # noqa: F401

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("restored_site"),
]

WIDTHS = (1280, 390, 320)
WORDS = "A text-message service that checks on people in the week after they leave hospital"
ADDRESS = "anastasia.featherstonehaugh-cholmondeley@digital.wolverhampton.example.org"

MODELS: dict[str, type[Model]] = {
    "calls": Call,
    "stages": Stage,
    "pitches": Entry,
    "enquiries": Enquiry,
    "appeals": Appeal,
    "projects": Award,
    "sign-offs": SignOff,
    "judges": PanelMember,
    "people": Expert,
    "tags": Tag,
    "words": SynonymGroup,
}
"""What stands before a number in an address → whose number it is."""

NO_TRANSITIONS = """
    const still = new CSSStyleSheet();
    still.replaceSync("* { transition: none !important; animation: none !important; }");
    document.adoptedStyleSheets = [still];
"""
"""A page that changes its width is measured as it comes to rest, and at once."""

WHAT_DOES_NOT_FIT = Path(__file__).with_name("fits.js").read_text()


@pytest.fixture
def officer(restored_site: None) -> User:  # noqa: F811
    """A desk with something on every page, in words that are hard to set."""
    me = make_officer(name="Amina Farrow", email="amina@example.org")
    make_officer(name="", email=f"second.{ADDRESS}")
    scored = fill(word=WORDS, entries=5)
    Stage.objects.filter(pk=scored.pk).update(places=2)
    for member in scored.panel.members.all():
        PanelMember.objects.filter(pk=member.pk).update(email=f"{member.pk}.{ADDRESS}")
    Tag.objects.create(region=scored.call.region, name="Ask the library again").pitches.add(
        *(entry.pitch for entry in scored.entries.select_related("pitch"))
    )
    make_call(state=CallState.DRAFT, owner=me, title=f"How might we draft it? {WORDS}")
    make_call(
        state=CallState.PROPOSED,
        owner=me,
        proposed_by=make_officer(name="Olive"),
        title=f"How might we wait? {WORDS}",
    )
    _is_out(fill(word=WORDS, entries=1))
    SynonymGroup.objects.create(phrases=[WORDS, "a reminder by text message"])
    open_call = make_call(owner=me, title=f"How might we be open? {WORDS}")
    ChallengeIndexPage.objects.get().add_child(
        instance=ChallengePage(title=open_call.title, slug="open", call=open_call)
    )
    submit(make_entry(call=open_call))
    grant_role(user=me, region=None, role=Role.PLATFORM)
    return me


def _is_out(stage: Stage) -> None:
    """Released, and an appeal was upheld."""
    now = timezone.now()
    Stage.objects.filter(pk=stage.pk).update(released_at=now)
    Decision.objects.filter(entry__stage=stage).update(released_at=now)
    Appeal.objects.filter(entry__stage=stage).update(state="upheld", answer="It is so.")


NO_PAGES_TO_OPEN = {
    # Only take what is posted, and lead on.
    "add_stage", "change_tag", "drop_synonyms", "file_for_judges", "judge_supplier",
    "leave_person", "make_page", "measure_matching", "move_stage", "note_on_call",
    "note_on_pitch", "propose", "remind", "resend", "save_view", "set_reviews", "share_out",
    "seal_address", "shape", "tag_pitch", "unblind", "bulk", "copy_call", "approve",
    # Files.
    "people_csv", "pitch_pdf", "reading_csv", "take_record",
    # Forms of one reason, which look as `cancel` and `end_project` do.
    "declined", "offer_place", "stop_release", "take_back_offer",
    # A proposed change of sealed rules, which looks as `proposal` does.
    "addendum",
}  # fmt: skip
"""Addresses that the walk leaves out."""


def pages_of(client: Client) -> dict[str, str]:
    """Name → address of each page that opens: of one with a number, the first that does."""
    found: dict[str, str] = {}
    for pattern in urlpatterns:
        for address in _addresses(pattern):
            reply = client.get(address)
            if reply.status_code == 200 and "text/html" in reply["Content-Type"]:
                found[pattern.name or ""] = address
                break
    return found


def _addresses(pattern: URLPattern) -> list[str]:
    route, name = str(pattern.pattern), f"desk:{pattern.name}"
    if pattern.name in NO_PAGES_TO_OPEN or "<str:kind>" in route:
        return []
    taken = re.search(r"([\w-]+)/<int:pk>", route)
    if not taken:
        return [reverse(name)]
    ids = MODELS[taken[1]]._default_manager.order_by("pk").values_list("pk", flat=True)
    return [reverse(name, kwargs={"pk": pk}) for pk in ids]


def test_every_page_fits(officer: User, new_person: Callable[..., Page], live_server: Any) -> None:
    found = pages_of(sign_in(Client(), officer))
    files = {each.name for each in urlpatterns if "<str:kind>" in str(each.pattern)}
    assert {each.name for each in urlpatterns} - NO_PAGES_TO_OPEN - files == set(found)
    page = enter(new_person(), officer, live_server.url)
    page.add_init_script(NO_TRANSITIONS)
    wrong = []
    for address in found.values():
        page.set_viewport_size({"width": WIDTHS[0], "height": 900})
        page.goto(address)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            wrong += [f"{width} {address}: {each}" for each in page.evaluate(WHAT_DOES_NOT_FIT)]
    assert wrong == []
