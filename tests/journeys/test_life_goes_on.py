"""From an old call to what comes after its copy's release, in browsers: duplicated, published, a
pitch with a partner, a judge who turns out to be of that partner, a release with one letter held
back, an upheld appeal that corrects a decision, and a place that the reserve list takes up."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from challenges.awards.models import Award
from challenges.calls.models import Call, CallState, Question, SignOff, SignOffState, Stage
from challenges.judging.decisions import decide
from challenges.judging.models import Appeal, Assignment, AssignmentState, Outcome, Release
from challenges.judging.services.appeals import file_appeal
from challenges.judging.services.releasing import carry_out_due
from challenges.pitches.models import Answer, Entry, EntryState, Partner
from challenges.pitches.services import start_pitch
from marketplace.accounts.models import User
from startups.services import accept_invitation, invite_to_team
from tests.factories import (
    OrganisationFactory,
    UserFactory,
    assign,
    close_stage,
    make_call,
    make_entry,
    make_judge,
    make_officer,
    submit,
)
from tests.journeys.test_together import enter, restored_site  # noqa: F401
from tests.judging.conftest import write_review
from tests.search.things import publish

pytestmark = pytest.mark.django_db(transaction=True)
WHY = "As the ranking has it."


@pytest.mark.usefixtures("restored_site")
def test_life_goes_on_after_the_release(new_person: Callable[..., Page], live_server: Any) -> None:
    first, second, third = (make_officer(name=name) for name in ("Ann", "Ben", "Cas"))

    def browser(person: User) -> Page:
        return enter(new_person(), person, live_server.url)

    desk, signer = browser(first), browser(second)
    call = _duplicate_and_publish(desk, signer)
    lead, partner = UserFactory(name="Lea Lead"), UserFactory(name="Pat Partner")
    entry = _pitch_with_a_partner(browser, call, lead, partner)
    others = [submit(make_entry(call=call)) for _ in range(2)]
    stage = close_stage(call.first_stage)
    _a_judge_turns_out_to_be_of_the_partner(browser, stage, entry, partner)
    reserve, wronged = others
    for judge in (make_judge(stage), make_judge(stage)):
        for each, value in ((entry, 5), (reserve, 4), (wronged, 2)):
            write_review(assign(judge, each), value)
    _decide(stage, first, entry, others)
    _keep_a_reserve(desk, stage, reserve)
    _release_with_a_hold(desk, signer, browser, stage, lead, entry)
    _correct_after_an_upheld_appeal(desk, signer, browser, third, wronged)
    _offer_to_the_reserve(desk, signer, browser, lead, entry, reserve)


def _sign(signer: Page, button: str) -> None:
    waiting = SignOff.objects.get(state=SignOffState.PROPOSED)
    signer.goto(reverse("desk:sign_off", args=[waiting.pk]))
    signer.get_by_role("button", name=button).click()
    signer.wait_for_load_state()
    waiting.refresh_from_db()
    assert waiting.state == SignOffState.SIGNED


def _duplicate_and_publish(desk: Page, signer: Page) -> Call:
    source = make_call(title="Damp homes, the first time", budget=100_000)
    publish(source)
    Stage.objects.filter(call=source).update(unblinded_at=timezone.now())
    desk.goto(reverse("desk:duplicate", args=[source.pk]))
    desk.locator("[name=title]").fill("Damp homes, once more")
    desk.get_by_role("button", name="Make the new call").click()
    desk.wait_for_url("**/desk/calls/*/")
    call = Call.objects.get(title="Damp homes, once more")
    assert call.state == CallState.DRAFT
    assert call.first_stage.unblinded_at is None
    desk.get_by_role("button", name="Send for approval").click()
    expect(desk.get_by_text("Sent for approval")).to_be_visible()
    signer.goto(reverse("desk:approve", args=[call.pk]))
    expect(signer.get_by_text("What would it cost?").first).to_be_visible()
    for reason in signer.locator("#approve-section textarea[name^=reason]").all():
        reason.fill("It was looked at.")
    signer.get_by_role("button", name="Approve and publish").click()
    expect(signer.get_by_text("its page is public").first).to_be_visible()
    now = timezone.now()
    Stage.objects.filter(call=call).update(
        opens_at=now - timedelta(days=1),
        closes_at=now + timedelta(days=1),
        scores_due_at=now + timedelta(days=7),
        decision_on=(now + timedelta(days=9)).date(),
    )
    return Call.objects.get(pk=call.pk)


def _pitch_with_a_partner(
    browser: Callable[[User], Page], call: Call, lead: User, partner: User
) -> Entry:
    organisation = OrganisationFactory(name="Dry Walls", owner=lead)
    OrganisationFactory(name="Éclair Données Limited", owner=partner)
    entry = start_pitch(call=call, organisation=organisation, actor=lead)
    Entry.objects.filter(pk=entry.pk).update(
        draft_title="Warm and dry", draft_summary="We find damp before it harms."
    )
    for question, text in zip(
        Question.objects.filter(stage=entry.stage), ("Sensors and letters.", "12,500"), strict=True
    ):
        Answer.objects.create(entry=entry, question=question, value=text)
    page = browser(lead)
    page.goto(reverse("pitches:partners", args=[entry.pitch.reference]))
    page.locator("[name=organisation]").fill("eclair donnees ltd")
    page.locator("[name=part]").fill("The sensors.")
    page.locator("[name=share]").fill("40%")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_text("You hear when it answers")).to_be_visible()
    theirs = browser(partner)
    theirs.goto(f"/pitches/partners/{Partner.objects.get().pk}/")
    theirs.get_by_role("button", name="Confirm our part").click()
    expect(theirs.get_by_text("Read and write the pitch")).to_be_visible()
    page.goto(reverse("pitches:submit", args=[entry.pitch.reference]))
    page.locator("[name=declaration]").check()
    page.get_by_role("button", name="Submit").first.click()
    page.wait_for_load_state()
    entry.refresh_from_db()
    assert entry.state == EntryState.SUBMITTED
    assert partner.notifications.filter(subject__startswith="Receipt").exists()
    return entry


def _a_judge_turns_out_to_be_of_the_partner(
    browser: Callable[[User], Page], stage: Stage, entry: Entry, partner: User
) -> None:
    judge = make_judge(stage)
    review = assign(judge, entry)
    page = browser(judge.user)
    assert page.goto(reverse("judging:review", args=[review.pk])).status == 200
    organisation = partner.memberships.get().organisation
    invitation = invite_to_team(organisation=organisation, email=judge.email, actor=partner)
    accept_invitation(invitation=invitation, actor=judge.user)
    assert Assignment.objects.get(pk=review.pk).state == AssignmentState.RECUSED
    assert page.goto(reverse("judging:review", args=[review.pk])).status == 404
    page.goto(reverse("judging:panel", args=[judge.pk]))
    expect(page.get_by_text("You are recused from every pitch")).to_be_visible()


def _decide(stage: Stage, officer: User, winner: Entry, others: list[Entry]) -> None:
    common = {"stage": stage, "reason": WHY, "actor": officer, "feedback": "Say who uses it."}
    decide(entries=[winner], outcome=Outcome.AWARDED, amount=12_000, **common)
    decide(entries=others, outcome=Outcome.NOT_AWARDED, **common)


def _keep_a_reserve(desk: Page, stage: Stage, reserve: Entry) -> None:
    desk.goto(reverse("desk:reserve", args=[stage.pk]))
    desk.locator(f"[name=on_{reserve.pk}]").check()
    until = timezone.localdate() + timedelta(days=60)
    desk.locator("[name=held_until]").fill(until.isoformat())
    desk.get_by_role("button", name="Keep this list").click()
    expect(desk.get_by_text("1 pitch is on the reserve list")).to_be_visible()


def _release_with_a_hold(
    desk: Page,
    signer: Page,
    browser: Callable[[User], Page],
    stage: Stage,
    lead: User,
    entry: Entry,
) -> None:
    desk.goto(reverse("desk:letter", args=[entry.pk]))
    desk.locator("[name=reason]").fill("The mayor rings them first.")
    desk.get_by_role("button", name="Hold it back").click()
    expect(desk.get_by_text("hears later than the others")).to_be_visible()
    desk.goto(reverse("desk:release", args=[stage.pk]))
    for box in desk.locator("textarea[name*=':'], textarea[name]").all():
        box.fill("It was looked at.")
    desk.get_by_role("button", name="Ask a second officer to sign").click()
    expect(desk.get_by_text("It waits for a second officer")).to_be_visible()
    _sign(signer, "Sign: release the decisions")
    assert carry_out_due(Release.objects.get().goes_out_at) == 1
    theirs = browser(lead)
    theirs.goto(entry.get_absolute_url())
    expect(theirs.get_by_text("Result on its way").first).to_be_visible()
    assert not Award.objects.exists()
    desk.goto(reverse("desk:letter", args=[entry.pk]))
    desk.get_by_role("button", name="Send it now").click()
    expect(desk.get_by_text("The team knows its result now")).to_be_visible()
    theirs.goto(entry.get_absolute_url())
    expect(theirs.get_by_text("Awarded").first).to_be_visible()
    assert Award.objects.get().amount == 12_000


def _correct_after_an_upheld_appeal(
    desk: Page,
    signer: Page,
    browser: Callable[[User], Page],
    third: User,
    wronged: Entry,
) -> None:
    team = User.objects.get(memberships__organisation=wronged.pitch.organisation)
    wronged = Entry.objects.get(pk=wronged.pk)
    file_appeal(entry=wronged, kind="appeal", grounds="A score was another pitch’s.", actor=team)
    appeal = Appeal.objects.get()
    answer = browser(third)
    answer.goto(reverse("desk:appeal", args=[appeal.pk]))
    answer.locator("[name=event][value=uphold]").check()
    answer.locator("[name=answer]").fill("You are right: one score was given to the wrong pitch.")
    answer.get_by_role("button", name="Send the answer").click()
    answer.wait_for_load_state()
    theirs = browser(team)
    theirs.goto(wronged.get_absolute_url())
    expect(theirs.get_by_text("the decision is being looked at again")).to_be_visible()
    desk.goto(reverse("desk:appeal", args=[appeal.pk]))
    desk.get_by_role("link", name="Correct the decision").click()
    desk.locator("[name=outcome][value=awarded]").check()
    desk.locator("[name=amount]").fill("9,000")
    desk.locator("[name=reason]").fill("Read again with its own scores.")
    if desk.locator("[name=explanation]").count():
        desk.locator("[name=explanation]").fill("The panel read it again.")
    desk.get_by_role("button", name="Propose the correction").click()
    expect(desk.get_by_text("Nothing changes before another officer signs")).to_be_visible()
    _sign(signer, "Sign: correct")
    theirs.goto(wronged.get_absolute_url())
    expect(theirs.get_by_text("Awarded").first).to_be_visible()
    assert team.notifications.filter(subject__startswith="Corrected: ").exists()
    assert Award.objects.get(entry=wronged).amount == 9_000


def _offer_to_the_reserve(
    desk: Page,
    signer: Page,
    browser: Callable[[User], Page],
    lead: User,
    entry: Entry,
    reserve: Entry,
) -> None:
    winner = browser(lead)
    winner.goto(entry.get_absolute_url())
    winner.get_by_role("link", name="Decline this place").click()
    winner.get_by_role("button").filter(has_text="Decline").click()
    winner.wait_for_load_state()
    assert Award.objects.get(entry=entry).state == "withdrawn"
    desk.goto(reverse("desk:reserve", args=[entry.stage_id]))
    desk.get_by_role("link", name="Offer it to the next").click()
    desk.get_by_role("button").filter(has_text="offer").first.click()
    expect(desk.get_by_text("The team is told when another officer signs it")).to_be_visible()
    _sign(signer, "Sign: ")
    team = User.objects.get(memberships__organisation=reserve.pitch.organisation)
    theirs = browser(team)
    theirs.goto(reverse("awards:offer", args=[reserve.pitch.reference]))
    theirs.get_by_role("button", name="Accept the place").click()
    expect(theirs.get_by_text("The place is yours")).to_be_visible()
    assert Award.objects.get(entry=reserve).state == "active"
