"""A released decision is put right by two officers; everything that hangs on it follows."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from challenges.awards.answering import accept_offer, decline_offer
from challenges.awards.declining import turn_down
from challenges.awards.models import Award, AwardState
from challenges.calls.models import Call, CallState, Stage
from challenges.calls.sign_offs import send_back, sign
from challenges.judging.decisions import compose
from challenges.judging.models import Correction, Outcome
from challenges.judging.retention import erase
from challenges.judging.statistics import statistics_of
from challenges.pitches.models import Entry, EntryState
from challenges.pitches.services import submit_entry
from cms.desk.history import WORDS
from marketplace.activity.following import follow
from marketplace.activity.models import AppendOnlyError, Notification, Pace, Record
from marketplace.errors import NotAllowed, Refused, WrongState
from search.documents import kinds
from tests.awards.after import build
from tests.factories import RegionFactory, UserFactory, make_judge, make_officer

pytestmark = pytest.mark.django_db
AWARDED, SHORT, NOT = Outcome.AWARDED, Outcome.SHORTLISTED, Outcome.NOT_AWARDED


def heard(person: Any) -> list[str]:
    return list(
        Notification.objects.filter(recipient=person)
        .order_by("pk")
        .values_list("subject", flat=True)
    )


def pounds() -> Any:
    return sum(Award.objects.standing().values_list("amount", flat=True))


@pytest.mark.parametrize("start", [AWARDED, SHORT])
@pytest.mark.parametrize("to", [AWARDED, SHORT, NOT])
@pytest.mark.parametrize("number", [0, 1])
def test_from_every_outcome_to_every_other(start: str, to: str, number: int) -> None:
    """Its state, its decision, its award and its place in the next stage tell one story."""
    after = build(outcome=start, stages=2)
    was = after.entry(number).decision.outcome
    if to == was:
        if to == AWARDED:
            after.correct(number, to, amount=Decimal(9_000))
        else:
            after.correct(number, to, reason="Another reason.")
    else:
        after.correct(number, to)
    entry = after.entry(number)
    assert entry.state == entry.decision.outcome == to
    award = Award.objects.filter(entry=entry).first()
    following = Entry.objects.filter(pitch=entry.pitch, stage__order=2).first()
    if to == AWARDED:
        assert award and award.state == AwardState.ACTIVE and award.amount == entry.decision.amount
    else:
        assert award is None or award.state == AwardState.WITHDRAWN
        assert entry.decision.amount is None
    if to == SHORT:
        assert following and following.state == EntryState.DRAFT
    else:
        assert following is None or following.state == EntryState.CLOSED
    version = Correction.objects.get(entry=entry)
    assert (version.before_outcome, version.outcome) == (was, to)
    assert heard(after.member(number))[-1].startswith("Corrected: ")


def test_the_letter_says_which_one_it_corrects_and_both_versions_are_kept() -> None:
    after = build()
    entry = after.correct(0, NOT, feedback="Sorry.")
    letter = compose(entry.decision)
    day = f"{timezone.localdate():%-d %B %Y}"
    assert f"corrects our letter of {day}" in letter.body
    assert "A score was left out." in letter.body
    record = Record.objects.get(verb="judging.corrected")
    assert record.actor == after.second
    assert record.detail["before"]["outcome"] == "awarded"
    assert record.detail["after"]["outcome"] == "not-awarded"
    assert "Sorry." not in str(record.detail)
    version = entry.corrections.get()
    assert (version.before_amount, version.amount) == (Decimal(12_000), None)
    with pytest.raises(AppendOnlyError):
        version.save()
    with pytest.raises(AppendOnlyError):
        version.delete()


def test_a_withdrawn_award_keeps_its_page_and_its_money_does_not_count(client: Client) -> None:
    after = build(winners=2)
    address = after.award(0).get_absolute_url()
    assert pounds() == 24_000
    after.correct(0, NOT)
    assert pounds() == 12_000
    page = client.get(address)
    assert page.status_code == 200
    for words in ("Withdrawn", "A score was left out."):
        assert words in page.content.decode()
    assert client.get("/projects/").context["figures"]["pounds"] == 12_000
    numbers = statistics_of(after.stage)
    assert (numbers.awards, numbers.awarded, numbers.corrected) == (1, Decimal(12_000), 1)


def test_a_correction_is_corrected_and_the_award_stands_again() -> None:
    after = build()
    slug = after.award(0).slug
    after.correct(0, NOT)
    after.correct(0, AWARDED, amount=Decimal(8_000))
    award = after.award(0)
    assert (award.slug, award.state, award.amount) == (slug, AwardState.ACTIVE, 8_000)
    assert [each.number for each in after.entry(0).corrections.all()] == [1, 2]
    verbs = Record.objects.for_thing(award).order_by("number").values_list("verb", flat=True)
    assert list(verbs) == ["awards.made", "awards.withdrawn", "awards.reinstated"]


@pytest.mark.parametrize("state", [AwardState.COMPLETED, AwardState.ENDED])
def test_an_award_that_is_over_can_still_be_corrected(state: str) -> None:
    after = build()
    Award.objects.update(state=state)
    after.correct(0, AWARDED, amount=Decimal(11_000))
    assert (after.award(0).amount, after.award(0).state) == (11_000, state)
    after.correct(0, NOT)
    assert after.award(0).state == AwardState.WITHDRAWN


@pytest.mark.parametrize(
    ("number", "outcome", "fields", "says"),
    [
        (0, AWARDED, {"amount": Decimal(60_000)}, "at most £50,000"),
        (0, AWARDED, {"amount": None}, "amount"),
        (0, AWARDED, {"amount": "NaN"}, "amount"),
        (0, AWARDED, {"amount": "lots"}, "amount"),
        (0, AWARDED, {"amount": Decimal(12_000), "reason": "By the ranking."}, "already"),
        (0, SHORT, {}, "last stage"),
        (0, NOT, {"reason": " "}, "reason"),
        (0, NOT, {"why": " "}, "reason"),
        (0, "won", {}, "outcome"),
        (3, AWARDED, {"explanation": " "}, "departs"),
    ],
)
def test_what_is_no_correction(number: int, outcome: str, fields: dict, says: str) -> None:
    after = build()
    with pytest.raises(Refused, match=says):
        after.propose(number, outcome, **fields)


def test_money_past_the_budget_needs_an_explanation() -> None:
    after = build(budget=20_000)
    with pytest.raises(Refused, match="departs"):
        after.propose(1, AWARDED, explanation="")
    after.correct(1, AWARDED)
    assert pounds() == 22_000


@pytest.mark.parametrize("who", ["own", "elsewhere", "stranger", "judge", "team", "switched off"])
def test_who_may_not(who: str) -> None:
    after = build()
    elsewhere = make_officer(RegionFactory(code="E47000001", slug="elsewhere"))
    judge = make_judge(after.stage)
    off = make_officer(after.call.region, is_active=False)
    person = {
        "own": after.first,
        "elsewhere": elsewhere,
        "stranger": UserFactory(),
        "judge": judge.user,
        "team": after.member(0),
        "switched off": off,
    }[who]
    sign_off = after.propose(0, NOT)
    if who != "switched off":  # can't sign in
        with pytest.raises(NotAllowed):
            sign(sign_off=sign_off, actor=person)
    if who not in ("own", "switched off"):
        with pytest.raises(NotAllowed):
            after.propose(1, AWARDED, actor=person)
    assert after.entry(0).state == EntryState.AWARDED


def test_two_proposals_at_once_and_one_after_another() -> None:
    after = build()
    waits = after.propose(0, NOT)
    with pytest.raises(Refused, match="waits for a second officer"):
        after.propose(0, AWARDED, actor=after.second)
    send_back(sign_off=waits, reason="No.", actor=after.second)
    with pytest.raises(WrongState):
        sign(sign_off=waits, actor=after.second)
    sign(sign_off=after.propose(0, NOT), actor=after.second)
    assert after.entry(0).state == EntryState.NOT_AWARDED


@pytest.mark.parametrize("meanwhile", ["cancelled", "erased", "another"])
def test_what_happens_between_proposal_and_signature(meanwhile: str) -> None:
    after = build(budget=50_000)
    waits = after.propose(1, AWARDED, explanation="It is level.")
    if meanwhile == "cancelled":
        Call.objects.update(state=CallState.CANCELLED)
    elif meanwhile == "erased":
        erase(after.entries[1].pitch_id)
    else:
        after.correct(0, NOT)  # another decision of the stage: no hindrance
        sign(sign_off=waits, actor=after.second)
        return
    with pytest.raises(Refused):
        sign(sign_off=waits, actor=after.second)
    assert after.entry(1).state == EntryState.NOT_AWARDED


def test_the_next_stage_follows_and_its_words_are_kept() -> None:
    after = build(outcome=SHORT, stages=2)
    Stage.objects.filter(order=2).update(opens_at=timezone.now() - timedelta(hours=1))
    following = Entry.objects.get(stage__order=2)
    for question, value in zip(following.stage.questions.all(), ["Text", "5"], strict=True):
        following.answers.create(question=question, value=value)
    submit_entry(entry=following, actor=after.member(0))
    judge = make_judge(following.stage)
    judge.assignments.create(entry=following)
    after.correct(0, NOT)
    following.refresh_from_db()
    assert following.state == EntryState.CLOSED and following.answers.count() == 2
    assert heard(judge.user)[-1].startswith("A pitch left")
    after.correct(0, SHORT)
    following.refresh_from_db()
    assert following.state == EntryState.SUBMITTED  # as it was, handed in in time


@pytest.mark.parametrize("how", ["closed", "released"])
def test_nobody_joins_a_stage_that_is_over(how: str) -> None:
    after = build(outcome=SHORT, stages=2)
    past = timezone.now() - timedelta(days=1)
    second = Stage.objects.filter(order=2)
    second.update(opens_at=past - timedelta(days=9), closes_at=past)
    if how == "released":
        second.update(released_at=past)
    with pytest.raises(Refused, match=r"closed|decided"):
        after.propose(1, SHORT)
    assert after.correct(1, AWARDED).state == EntryState.AWARDED


def test_a_decided_next_stage_is_corrected_itself() -> None:
    after = build(outcome=SHORT, stages=2)
    Entry.objects.filter(stage__order=2).update(state=EntryState.NOT_AWARDED)
    with pytest.raises(Refused, match="correct that decision"):
        after.propose(0, NOT)


def test_judges_hear_that_and_not_what() -> None:
    after = build()
    after.correct(0, NOT)
    told = Notification.objects.filter(recipient=after.judges[0]).latest("pk")
    assert told.subject.startswith("A decision was corrected")
    assert after.entries[0].pitch.reference not in told.body


def test_erasing_takes_the_feedback_of_every_version() -> None:
    after = build()
    after.correct(1, NOT, reason="Again.", feedback="Zq words")
    after.correct(1, NOT, reason="And again.", feedback="Zq more")
    erase(after.entries[1].pitch_id)
    from challenges.calls.models import SignOff

    assert "Zq" not in str(list(Correction.objects.values()) + list(SignOff.objects.values()))


def test_search_and_followers_follow(django_capture_on_commit_callbacks: Any) -> None:
    after = build()
    award, fan = after.award(0), UserFactory()
    follow(person=fan, thing=award.organisation, pace=Pace.NOW)
    project = kinds()["project"]
    assert project.rows().filter(pk=award.pk).exists()
    with django_capture_on_commit_callbacks(execute=True):
        after.correct(0, NOT)
    assert not project.rows().filter(pk=award.pk).exists()
    assert any("was withdrawn" in subject for subject in heard(fan))


def test_every_verb_that_is_recorded_here_has_words() -> None:
    after = build(budget=100_000)
    after.correct(0, NOT)
    after.correct(0, AWARDED)
    after.correct(0, AWARDED, amount=Decimal(7_000))
    turn_down(entry=after.entry(0), actor=after.member(0))
    accept_offer(offer=after.offer(1, 0), actor=after.member(1))
    turn_down(entry=after.entry(1), actor=after.member(1))
    decline_offer(offer=after.offer(2, 1), actor=after.member(2))
    verbs = set(Record.objects.filter(chain__key=after.call.chain).values_list("verb", flat=True))
    assert {"judging.corrected", "awards.offered", "pitches.turned_down"} < verbs
    assert not {verb for verb in verbs if verb not in WORDS}
