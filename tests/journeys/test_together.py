"""Two people write one pitch in two browsers; and the new pages, looked at by axe-core."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from challenges.calls import enquiries
from challenges.calls.models import QuestionKind, WantedCapability
from challenges.pitches.partners import ask_partner
from marketplace.accounts.models import User
from marketplace.text import count_words
from startups.models import Membership
from tests.browsers import Axe
from tests.factories import (
    CapabilityFactory,
    OrganisationFactory,
    UserFactory,
    make_call,
    make_officer,
    sign_in,
)
from tests.pitches.conftest import answer, call_asking, entry_for, fresh

pytestmark = pytest.mark.django_db(transaction=True)

KINDS = (
    QuestionKind.LONG_TEXT,
    QuestionKind.COSTS,
    QuestionKind.TEAM,
    QuestionKind.DECLARATION,
    QuestionKind.YES_NO,
)


def enter(page: Page, person: User, base: str) -> Page:
    """Sign a person in without the pages of sign-in, which have tests of their own."""
    cookie = sign_in(Client(), person).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": base}])
    return page


@pytest.fixture
def pair(restored_site: None) -> tuple[Any, User, User]:
    """A draft of an organisation with two people."""
    first, second = UserFactory(name="Ada First"), UserFactory(name="Grace Second")
    organisation = OrganisationFactory(owner=first)
    Membership.objects.create(organisation=organisation, user=second)
    return entry_for(call_asking(*KINDS), organisation), first, second


@pytest.fixture
def restored_site(transactional_db: None) -> None:
    """Tests with a live server flush the tables; pages need the site that migrating makes."""
    from django.apps import apps
    from django.db.models.signals import post_migrate

    cms = apps.get_app_config("cms")
    post_migrate.send(
        sender=cms,
        app_config=cms,
        verbosity=0,
        interactive=False,
        using="default",
        plan=[],
        apps=apps,
    )


def test_two_browsers_in_one_pitch(
    pair: tuple[Any, User, User], new_person: Callable[..., Page], live_server: Any
) -> None:
    entry, first, second = pair
    path = f"/pitches/{entry.pitch.reference}/write/"
    ada = enter(new_person(), first, live_server.url)
    grace = enter(new_person(), second, live_server.url)
    ada.goto(path), grace.goto(path)
    idea = f"q{entry.specs[0]['id']}"

    ada.fill(f"[name={idea}]", "Sensors, says Ada.")
    ada.locator("[name=title]").focus()
    expect(ada.locator("[data-autosave-status]")).to_contain_text("Saved at")
    grace.fill("[name=title]", "A title of Grace")
    grace.locator("[name=summary]").focus()
    expect(grace.locator("[data-autosave-status]")).to_contain_text("Saved at")
    expect(grace.locator(f"[name={idea}]")).to_have_value("Sensors, says Ada.")
    assert (answer(entry), fresh(entry).title) == ("Sensors, says Ada.", "A title of Grace")

    ada.fill("[name=title]", "A title of Ada")
    ada.locator("[name=summary]").focus()
    expect(ada.locator("[data-autosave-status]")).to_contain_text("changed in another window")
    assert fresh(entry).title == "A title of Grace"


def test_text_kept_while_offline_comes_back_alone(
    pair: tuple[Any, User, User], new_person: Callable[..., Page], live_server: Any
) -> None:
    """What Grace saved while Ada was away stays; only Ada's own field is put back."""
    entry, first, second = pair
    path = f"/pitches/{entry.pitch.reference}/write/"
    ada = enter(new_person(), first, live_server.url)
    grace = enter(new_person(), second, live_server.url)
    ada.goto(path), grace.goto(path)
    idea = f"q{entry.specs[0]['id']}"
    ada.context.set_offline(True)
    ada.fill(f"[name={idea}]", "Typed in a tunnel.")
    ada.locator("[name=title]").focus()
    expect(ada.locator("[data-autosave-status]")).to_contain_text("you are offline")
    grace.fill("[name=title]", "A title of Grace")
    grace.locator("[name=summary]").focus()
    expect(grace.locator("[data-autosave-status]")).to_contain_text("Saved at")

    # The browser was closed in the tunnel, and is opened again at home.
    ada.evaluate("() => window.stop()")
    kept = ada.evaluate("() => JSON.stringify(localStorage)")
    home = enter(new_person(), first, live_server.url)
    home.goto("/accessibility/")
    home.evaluate(
        "kept => Object.entries(JSON.parse(kept)).forEach(e => localStorage.setItem(...e))", kept
    )
    home.goto(path)
    home.get_by_role("button", name="Use the newer text").click()
    expect(home.locator("[data-autosave-status]")).to_contain_text("Saved at")
    assert (answer(entry), fresh(entry).title) == ("Typed in a tunnel.", "A title of Grace")


def test_costs_add_up_as_they_are_typed(
    pair: tuple[Any, User, User], new_person: Callable[..., Page], live_server: Any
) -> None:
    entry, first, _ = pair
    page = enter(new_person(), first, live_server.url)
    page.goto(f"/pitches/{entry.pitch.reference}/write/")
    name = f"q{entry.specs[1]['id']}"
    page.fill(f"[name={name}-0-what]", "Sensors")
    page.fill(f"[name={name}-0-amount]", "£1,200")
    page.fill(f"[name={name}-1-amount]", "99.5")
    expect(page.locator("[data-app-sum]")).to_have_text("Total: £1,299.50")


WORDS = [
    "",
    " ",
    "one",
    "two words",
    "a\u00a0b",
    "a\u2003b\u3000c",
    "x\ufeffy",
    "don’t  stop\n\nnow",
    "漢字 かな",
    "👩‍👩‍👧 ok",
    "a\u200bb",
    "\u202eright to left",
    "tab\tand\vmore\ffeeds",
    "a\u0085b",
    "a\u001fb",
    "e\u0301 é",
]


def test_browser_and_server_count_words_alike(page: Page, live_server: Any) -> None:
    page.goto("/accounts/login/")
    left = page.evaluate(
        """async (texts) => {
          const { CharacterCount } = await import("/static/govuk-frontend.min.js");
          const box = document.createElement("div");
          box.innerHTML = '<textarea class="govuk-js-character-count" id="c"></textarea>' +
            '<div id="c-info" class="govuk-character-count__message"></div>';
          box.dataset.maxwords = "1000";
          document.body.append(box);
          new CharacterCount(box, { maxwords: 1000 });
          const area = box.querySelector("textarea");
          return texts.map((text) => {
            area.value = text;
            area.dispatchEvent(new Event("input"));
            return box.querySelector(".govuk-character-count__status").textContent;
          });
        }""",
        WORDS,
    )
    counted = [1000 - int(re.sub(r"\D", "", text)) for text in left]
    assert counted == [count_words(text) for text in WORDS]


def test_the_new_pages_are_accessible(
    pair: tuple[Any, User, User], new_person: Callable[..., Page], live_server: Any, axe: Axe
) -> None:
    entry, first, second = pair
    reference = entry.pitch.reference
    officer = make_officer()
    other = OrganisationFactory(owner=UserFactory())
    partner = ask_partner(entry=entry, organisation=other, part="Sensors", share=10, actor=first)
    call = make_call(closes_in=timedelta(days=20))
    WantedCapability.objects.create(call=call, capability=CapabilityFactory(), level=2)
    asked = enquiries.ask(call=call, text="May we?", actor=second)
    enquiries.answer(enquiry=asked, question="May we?", text="Yes.", is_public=True, actor=officer)
    field = f"q{entry.specs[0]['id']}"
    paths = [
        f"/pitches/{reference}/write/",
        f"/pitches/{reference}/write/?check=1",
        f"/pitches/{reference}/partners/",
        f"/pitches/partners/{partner.pk}/",
        f"/pitches/{reference}/history/title/",
        f"/pitches/{reference}/reuse/{field}/",
        "/pitches/receipts/?reference=X&digest=y",
        f"/calls/{call.reference}/questions/",
        f"/calls/{call.reference}/rules/1/",
        f"/calls/{call.reference}/clarity/",
        "/calls/ask/",
        "/notifications/following/",
    ]
    for width in (1280, 320):
        page = enter(new_person(viewport={"width": width, "height": 800}), first, live_server.url)
        for path in paths:
            reply = page.goto(path)
            assert reply and reply.status == 200, path
            axe(page)
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{path} is {wide} wide at {width}"
