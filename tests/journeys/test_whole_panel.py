"""A panel from sharing out to an appeal, in browsers: five judges, one of whom finds a tie and one
of whom loses the connection; a meeting that parts what is level at the cut line; a release that one
applicant comes back about."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from challenges.calls.models import SignOff, Stage
from challenges.judging import services
from challenges.judging.models import (
    Appeal,
    AppealState,
    Assignment,
    AssignmentState,
    PanelMember,
    Release,
    Score,
)
from challenges.judging.pairs import standing_of
from challenges.judging.services.releasing import carry_out_due
from challenges.pitches.models import Entry
from marketplace.accounts.models import User
from tests.browsers import Axe
from tests.factories import make_chair, make_judge, make_officer
from tests.journeys.test_together import enter, restored_site  # noqa: F401
from tests.judging.conftest import write_review
from tests.judging.test_standing import sealed_stage

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = {"width": 320, "height": 700}


@pytest.mark.usefixtures("restored_site")
def test_a_panel_at_work(new_person: Callable[..., Page], live_server: Any, axe: Axe) -> None:
    stage = sealed_stage(3, places=1)
    officer, other_officer = make_officer(), make_officer()
    judges = [make_judge(stage) for _ in range(4)] + [make_chair(stage)]
    services.set_reviews_per_pitch(stage=stage, reviews=2, actor=officer)

    def browser(person: User, **options: Any) -> Page:
        return enter(new_person(**options), person, live_server.url)

    desk = browser(officer)
    _share_out(desk, stage, axe)
    _find_a_tie(browser, judges, axe)
    _score_through_a_tunnel(browser, stage, axe)
    first, second, last = _score_the_rest(stage)
    _part_what_is_level(browser, desk, stage, judges[-1], first, axe)
    _decide_and_release(desk, browser(make_officer()), stage, first, axe)
    _come_back(browser, other_officer, last, axe)
    assert second.pk != first.pk


def _share_out(desk: Page, stage: Stage, axe: Axe) -> None:
    desk.goto(reverse("desk:reading", args=[stage.pk]))
    axe(desk)
    desk.get_by_role("button", name="Share out what is wanting").click()
    expect(desk.get_by_text("6 reviews given out")).to_be_visible()


def _find_a_tie(browser: Callable[..., Page], judges: list[PanelMember], axe: Axe) -> None:
    """On a phone, a judge says what binds them to an applicant; the pitch goes to another."""
    mine = Assignment.objects.filter(member__in=judges[:4]).order_by("pk").first()
    assert mine is not None
    page = browser(mine.member.user, viewport=PHONE)
    page.goto(reverse("judging:declare", args=[mine.member_id]))
    axe(page)
    name = mine.entry.pitch.organisation.name
    page.get_by_role("checkbox", name=name).check()
    page.get_by_label(f"What is your interest in {name}?").fill("My sister works there.")
    page.get_by_role("button", name="Declare").click()
    page.wait_for_url("**/panels/*/")
    mine.refresh_from_db()
    assert mine.state == AssignmentState.RECUSED
    assert page.goto(reverse("judging:review", args=[mine.pk])).status == 404
    assert standing_of(mine.member.panel).filter(entry=mine.entry).count() == 2


def _score_through_a_tunnel(browser: Callable[..., Page], stage: Stage, axe: Axe) -> None:
    """What is typed without a connection is sent when it is back, once."""
    mine = standing_of(stage.panel).order_by("pk").first()
    assert mine is not None
    page = browser(mine.member.user, viewport=PHONE)
    page.goto(reverse("judging:review", args=[mine.pk]))
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    status = page.locator("[data-autosave-status]")
    page.context.set_offline(True)
    for fieldset in page.locator("form fieldset:has(textarea)").all():
        fieldset.get_by_role("radio", name="4", exact=True).check()
        fieldset.get_by_role("textbox").fill("Typed in a tunnel, and costed.")
    page.locator("[name=comment]").focus()
    expect(status).to_contain_text("you are offline")
    assert not Score.objects.filter(assignment=mine).exists()
    page.context.set_offline(False)
    expect(status).to_contain_text("Saved at")
    page.get_by_label("Take forward", exact=True).check()
    page.get_by_role("button", name="Submit review").click()
    expect(page.get_by_text("Your total:")).to_be_visible()
    assert Score.objects.filter(assignment=mine).count() == stage.criteria.count()
    mine.refresh_from_db()
    assert (mine.state, mine.total) == (AssignmentState.SUBMITTED, 80)


def _score_the_rest(stage: Stage) -> list[Entry]:
    """Two pitches come out level, the third below them; in the order of the ranking."""
    entries = list(stage.entries.order_by("pk"))
    done = Assignment.objects.get(state=AssignmentState.SUBMITTED)
    level = [done.entry, next(entry for entry in entries if entry.pk != done.entry_id)]
    last = next(entry for entry in entries if entry not in level)
    for assignment in standing_of(stage.panel).exclude(pk=done.pk):
        write_review(assignment, 4 if assignment.entry in level else 1)
    return [*level, last]


def _part_what_is_level(
    browser: Callable[..., Page],
    desk: Page,
    stage: Stage,
    chair: PanelMember,
    better: Entry,
    axe: Axe,
) -> None:
    """The cut line runs through two pitches; the panel talks, and writes down what it agrees."""
    desk.goto(reverse("desk:ranking", args=[stage.pk]))
    axe(desk)
    expect(desk.get_by_text("level", exact=False).first).to_be_visible()
    page = browser(chair.user)
    page.goto(reverse("judging:meeting", args=[stage.pk]))
    page.get_by_role("button", name="Open the meeting").click()
    expect(page.get_by_text("Open since")).to_be_visible()
    axe(page)
    page.goto(reverse("judging:discuss", args=[better.pk]))
    for criterion in better.rulebook.content["criteria"]:
        page.locator(f"[name=score_{criterion['id']}][value='5']").check()
        page.fill(f"[name=comment_{criterion['id']}]", "Seen together, the stronger of the two.")
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_text("Seen together, the stronger").first).to_be_visible()
    axe(page)
    page.goto(reverse("judging:meeting", args=[stage.pk]))
    page.get_by_role("button", name="Close the meeting").click()
    expect(page.get_by_text("The meeting closed on")).to_be_visible()
    desk.goto(reverse("desk:ranking", args=[stage.pk]))
    expect(desk.get_by_role("row").nth(1)).to_contain_text(better.pitch.title)


def _decide_and_release(desk: Page, second: Page, stage: Stage, winner: Entry, axe: Axe) -> None:
    for entry in stage.entries.order_by("pk"):
        desk.goto(reverse("desk:decision", args=[entry.pk]))
        won = entry.pk == winner.pk
        desk.locator(f"[name=outcome][value={'awarded' if won else 'not-awarded'}]").check()
        if won:
            desk.locator("[name=amount]").fill("20000")
        desk.locator("[name=reason]").fill("As the ranking has it.")
        desk.locator("[name=feedback]").fill("Say more about the people who would use it.")
        with desk.expect_navigation():
            desk.get_by_role("button", name="Keep this outcome").click()
    desk.goto(reverse("desk:release", args=[stage.pk]))
    axe(desk)
    for box in desk.locator("textarea[name*=':']").all():
        box.fill("The panel looked at it in its meeting.")
    desk.get_by_role("button", name="Ask a second officer to sign").click()
    expect(desk.get_by_text("It waits for a second officer")).to_be_visible()
    second.goto(reverse("desk:sign_off", args=[SignOff.objects.get().pk]))
    axe(second)
    second.get_by_role("button", name="Sign: release the decisions").click()
    expect(second.get_by_text("until then any officer of the call can stop it")).to_be_visible()
    release = Release.objects.get()
    desk.goto(reverse("desk:stop_release", args=[release.pk]))
    axe(desk)
    assert carry_out_due(release.goes_out_at) == 1
    desk.goto(reverse("desk:release", args=[stage.pk]))
    expect(desk.get_by_text("Every applicant was told at that moment")).to_be_visible()


def _come_back(browser: Callable[..., Page], other_officer: User, lost: Entry, axe: Axe) -> None:
    """The applicant reads why, appeals, and is answered by somebody who did not decide."""
    applicant = User.objects.get(memberships__organisation=lost.pitch.organisation)
    page = browser(applicant, viewport=PHONE)
    page.goto(lost.get_absolute_url())
    expect(page.get_by_text("Say more about the people who would use it.")).to_be_visible()
    axe(page)
    page.goto(reverse("judging:appeal", args=[lost.pitch.reference]))
    axe(page)
    page.locator("[name=kind][value=appeal]").check()
    page.locator("[name=grounds]").fill("One score was given to another pitch.")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("One score was given to another pitch.")).to_be_visible()
    appeal = Appeal.objects.get()
    assert appeal.reviewer == other_officer
    answer = browser(other_officer)
    answer.goto(reverse("desk:appeal", args=[appeal.pk]))
    axe(answer)
    answer.locator("[name=event][value=reject]").check()
    answer.locator("[name=answer]").fill("We read all six reviews again; each is of its own pitch.")
    answer.get_by_role("button", name="Send the answer").click()
    page.reload()
    expect(page.get_by_text("We read all six reviews again")).to_be_visible()
    appeal.refresh_from_db()
    assert appeal.state == AppealState.REJECTED
