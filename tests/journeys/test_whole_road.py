"""The whole road with four people in a real browser, from an empty database to search.

Two officers, a start-up and a judge. Time passes by moving the stage's dates back: nothing else
runs, as a deadline needs no worker. Each page that anybody reaches is checked by axe-core, but
for Wagtail's own admin, which is not ours to mend.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core import mail
from django.core.management import call_command
from django.db.models import F
from playwright.sync_api import Page, expect

from challenges.calls.models import Call, SignOff, Stage
from challenges.judging.models import Release
from challenges.judging.services.releasing import carry_out_due
from tests.journeys.person import Person, path_in_mail

TITLE = "How might we find damp in council homes early?"
PITCH = "Warm walls"


@pytest.fixture
def people(
    transactional_db: None, new_person: Callable[..., Page], axe: Callable[[Page], None]
) -> dict[str, Person]:
    def look(page: Page) -> None:
        if "/admin/" not in page.url:
            axe(page)

    names = {"officer": "Olive Officer", "second": "Otto Officer", "founder": "Fay Founder"}
    names["judge"] = "Jo Judge"
    return {
        key: Person(new_person(), name, f"{key}@example.org", look) for key, name in names.items()
    }


def test_from_a_challenge_to_a_funded_project(people: dict[str, Person]) -> None:
    officer, second = people["officer"], people["second"]
    founder, judge = people["founder"], people["judge"]
    _found_the_region(officer, second)
    call = _publish_a_challenge(officer, second)
    _pass_time(call, timedelta(days=22))
    _pitch(founder, call)
    stage = _close(call)
    _score(officer, judge, stage)
    _decide(officer, second, stage)
    _hear_back(founder)
    _read_as_the_public(people, call)


def _found_the_region(*officers: Person) -> None:
    data = Path(settings.BASE_DIR)
    call_command("load_region", data / "marketplace/regions/data/west-midlands.json", verbosity=0)
    call_command("load_capabilities", data / "startups/data/capabilities.json", verbosity=0)
    for officer in officers:
        officer.sign_up()
        call_command("grant_role", officer.email, "officer")
        officer.open("/admin/")
        officer.set_up_second_factor()
        officer.open("/admin/desk/calls/")
        officer.sees("Calls")


def _publish_a_challenge(officer: Person, second: Person) -> Call:
    officer.open("/admin/desk/calls/new/?kind=challenge")
    officer.page.get_by_label("Grant", exact=True).check()
    officer.fill("Title", TITLE)
    officer.fill("Summary", "Damp harms tenants before anyone sees it. Sensors could warn.")
    officer.press("Create the call and its page")
    call = Call.objects.get()

    officer.press("Start from this shape")
    officer.open(f"/admin/desk/calls/{call.pk}/details/")
    officer.page.locator("input[name=award_limit]").fill("50000")
    officer.page.get_by_label("Housing", exact=True).check()
    officer.press(re.compile("^Save"))
    officer.sees("Grant")

    officer.press("Send for approval")
    officer.sees("Another officer approves it")
    second.open(f"/admin/desk/calls/{call.pk}/")
    second.press("Read and approve")
    second.press("Approve and publish")
    second.sees("Approved by Otto Officer")
    return call


def _pitch(founder: Person, call: Call) -> None:
    founder.sign_up()
    founder.open("/challenges/")
    founder.press(TITLE)
    founder.press(re.compile("Apply|Start a pitch|Pitch"))
    founder.press("Register your organisation")
    founder.fill("Name", "Dry Homes Ltd")
    founder.fill("Companies House number", "123")
    founder.page.get_by_label("Where are you based?").select_option(label="Coventry")
    founder.fill("Summary", "We find damp with sensors.")
    founder.press("Register")
    founder.sees("Start a pitch")
    founder.press("Start now")

    founder.fill("Title of your pitch", PITCH)
    founder.fill("Summary", "Sensors in 200 homes find damp before it harms.")
    _answer_every_question(founder)
    expect(founder.page.locator("[data-autosave-status]")).to_contain_text(re.compile("^Saved"))
    founder.press("Save and check")
    founder.page.get_by_role("checkbox").check()
    founder.press("Submit your pitch")
    founder.sees("Pitch submitted")
    receipt = next(m for m in mail.outbox if m.subject == f"Receipt: {PITCH}")
    assert founder.page.locator("code").inner_text() in receipt.body


def _answer_every_question(founder: Person) -> None:
    """Words in words, pounds in pounds; whatever the shape asks."""
    for box in founder.page.locator("form[data-autosave-url] textarea[name^=q]").all():
        box.fill("We put sensors in damp homes and learn which warn early.")
    for box in founder.page.locator("form[data-autosave-url] input[type=text][name^=q]").all():
        is_money = box.get_attribute("inputmode") == "decimal"
        box.fill("12,500" if is_money else "https://example.org")
    for radio in founder.page.locator("form[data-autosave-url] input[type=radio][value=yes]").all():
        radio.check()


def _score(officer: Person, judge: Person, stage: Stage) -> None:
    officer.open(f"/admin/desk/stages/{stage.pk}/panel/")
    officer.fill("Name", judge.name)
    officer.fill("E-mail address", judge.email)
    officer.press("Send the invitation")

    judge.open(path_in_mail(judge.email, "invitation"))
    judge.sees(TITLE)
    judge.sign_up()
    judge.open(path_in_mail(judge.email, r"judging/invitations/[^/\s]+/(?=\s|$)"))
    judge.press("Accept")
    judge.set_up_second_factor()
    judge.open("/judging/")
    judge.press(re.compile(re.escape(TITLE)))
    judge.sees("Dry Homes Ltd")
    judge.page.get_by_role("checkbox").last.check()
    judge.press("Declare")

    officer.open(f"/admin/desk/stages/{stage.pk}/panel/")
    officer.page.get_by_label("Judges for each pitch").fill("1")
    officer.press("Save the numbers")
    officer.press("Share out pitches")
    officer.sees("1 review given out")

    judge.open("/judging/")
    judge.press(re.compile(re.escape(TITLE)))
    judge.press(PITCH)
    judge.sees("We put sensors in damp homes")
    for fieldset in judge.page.locator("form fieldset:has(textarea)").all():
        fieldset.get_by_role("radio", name="4", exact=True).check()
        fieldset.get_by_role("textbox").fill("Clear, and costed.")
    judge.page.get_by_label("Take forward", exact=True).check()
    judge.press("Submit review")
    judge.sees("Your total: 80.0 of 100")


def _decide(officer: Person, second: Person, stage: Stage) -> None:
    officer.open(f"/admin/desk/stages/{stage.pk}/ranking/")
    officer.sees("80.0")
    officer.press(f"Decide {PITCH}")
    officer.page.get_by_label("Awarded", exact=True).check()
    officer.page.locator("[name=amount]").fill("20000")
    officer.page.locator("[name=reason]").fill("The strongest evidence, at a fair price.")
    officer.page.locator("[name=feedback]").fill("Start with the coldest homes.")
    officer.press("Keep this outcome")
    officer.open(f"/admin/desk/stages/{stage.pk}/letters/")
    officer.sees("Congratulations")
    officer.open(f"/admin/desk/stages/{stage.pk}/release/")
    for box in officer.page.locator("textarea[name*=':']").all():
        box.fill("We looked at it.")
    officer.press("Ask a second officer to sign")
    second.open(f"/admin/desk/sign-offs/{SignOff.objects.get().pk}/")
    second.press("Sign: release the decisions")
    second.sees("until then any officer of the call can stop it")
    assert carry_out_due(Release.objects.get().goes_out_at) == 1
    officer.open(f"/admin/desk/stages/{stage.pk}/release/")
    officer.sees("Every applicant was told at that moment")


def _hear_back(founder: Person) -> None:
    letter = next(m for m in mail.outbox if m.subject == f"Awarded: {PITCH}")
    assert letter.to == [founder.email]
    founder.open("/dashboard/")
    founder.press(PITCH)
    founder.sees("Awarded")
    founder.sees("Start with the coldest homes.")


def _read_as_the_public(people: dict[str, Person], call: Call) -> None:
    visitor = people["founder"]
    visitor.page.get_by_role("button", name="Sign out").first.click()
    visitor.open("/projects/")
    visitor.press(PITCH)
    visitor.sees("£20,000")
    visitor.sees("Dry Homes Ltd")
    for words, found in (("damp", TITLE), ("warm walls", PITCH), ("dry homes", "Dry Homes Ltd")):
        visitor.open("/search/")
        visitor.page.locator("main input[name=q]").fill(words)
        visitor.press(re.compile("^Search"))
        visitor.sees(found)


def _pass_time(call: Call, passed: timedelta) -> None:
    """As if the dates had come nearer by so much."""
    Stage.objects.filter(call=call).update(
        opens_at=F("opens_at") - passed,
        closes_at=F("closes_at") - passed,
        scores_due_at=F("scores_due_at") - passed,
    )


def _close(call: Call) -> Stage:
    stage = Stage.objects.get(call=call)
    _pass_time(call, stage.closes_at - stage.opens_at)
    return stage
