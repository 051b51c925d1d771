"""Propose, approve, return, cancel; and what approval seals."""

import pytest
from django.core.exceptions import ValidationError

from challenges.calls.models import (
    CallState,
    Criterion,
    Question,
    Rulebook,
    SealedError,
    Stage,
)
from challenges.calls.services import (
    approve_call,
    cancel_call,
    find_problems,
    propose_call,
    return_call,
)
from marketplace.activity.chain import sha256
from marketplace.activity.models import Record
from marketplace.errors import Incomplete, NotAllowed, Refused
from tests.factories import CallFactory, make_call, make_officer

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft():
    return make_call(state=CallState.DRAFT, stages=2)


def proposed(call):
    return propose_call(call=call, actor=make_officer())


def test_approval_seals_a_rulebook_for_each_stage(draft):
    call = approve_call(call=proposed(draft), actor=make_officer())
    rulebooks = Rulebook.objects.filter(stage__call=call).order_by("stage__order")
    assert [(book.stage.order, book.number) for book in rulebooks] == [(1, 1), (2, 1)]
    for book in rulebooks:
        assert book.digest == sha256(book.content)
        asked = [question["label"] for question in book.content["questions"]]
        assert asked == ["What would you do?", "What would it cost?"]
        assert [c["weight"] for c in book.content["criteria"]] == [60, 40]
    assert call.state == CallState.APPROVED and call.approved_at is not None
    approved = Record.objects.get(verb="calls.approved")
    assert approved.detail["rulebooks"] == {str(b.stage.order): b.digest for b in rulebooks}


def test_nobody_approves_their_own(draft):
    officer = make_officer()
    call = propose_call(call=draft, actor=officer)
    with pytest.raises(NotAllowed):
        approve_call(call=call, actor=officer)
    call.refresh_from_db()
    assert call.state == CallState.PROPOSED
    assert not Rulebook.objects.exists()


def test_the_proposer_hears_of_the_approval(draft, mailoutbox, django_capture_on_commit_callbacks):
    officer = make_officer()
    call = propose_call(call=draft, actor=officer)
    with django_capture_on_commit_callbacks(execute=True):
        approve_call(call=call, actor=make_officer())
    assert [mail.to for mail in mailoutbox] == [[officer.email]]


def test_an_incomplete_call_stays_a_draft():
    call = CallFactory(legal_route="")
    with pytest.raises(Incomplete) as refusal:
        propose_call(call=call, actor=make_officer())
    assert [place for place, _ in refusal.value.problems] == [
        "objectives",
        "legal_route",
        "stages",
    ]
    call.refresh_from_db()
    assert call.state == CallState.DRAFT


def test_a_stage_needs_questions_criteria_and_an_order_in_time(draft):
    first, second = draft.stages.all()
    first.questions.all().delete()
    second.questions.all().delete()
    second.criteria.all().delete()
    Stage.objects.filter(pk=second.pk).update(opens_at=first.opens_at)
    places = [place for place, _ in find_problems(type(draft).objects.get(pk=draft.pk))]
    # A later stage may ask nothing new: a pitch day.
    assert places == [f"stage-{first.pk}", f"stage-{second.pk}", f"stage-{second.pk}"]


def test_a_complete_call_has_no_problems(draft):
    assert find_problems(draft) == []


@pytest.mark.parametrize("verb", [return_call, cancel_call])
def test_a_reason_is_wanted(draft, verb):
    call = proposed(draft)
    with pytest.raises(Refused, match="Say"):
        verb(call=call, actor=make_officer(), reason="  ")
    call.refresh_from_db()
    assert call.state == CallState.PROPOSED


def test_a_returned_call_says_why_and_can_be_proposed_again(draft):
    call = return_call(call=proposed(draft), actor=make_officer(), reason="Dates clash")
    assert (call.state, call.return_reason) == (CallState.DRAFT, "Dates clash")
    assert proposed(call).return_reason == ""


def test_a_cancelled_call_keeps_its_reason():
    call = cancel_call(call=make_call(), actor=make_officer(), reason="No money")
    assert (call.state, call.return_reason) == (CallState.CANCELLED, "No money")


class TestSealed:
    """What applicants were promised can't be changed any more."""

    @pytest.fixture
    def stage(self):
        return make_call().first_stage

    @pytest.mark.parametrize("part", ["questions", "criteria"])
    def test_a_change_is_refused(self, stage, part):
        thing = getattr(stage, part).first()
        thing.guidance = "Now different"
        with pytest.raises(SealedError):
            thing.save()
        with pytest.raises(ValidationError):
            thing.full_clean()
        thing.refresh_from_db()
        assert thing.guidance == ""

    @pytest.mark.parametrize("part", ["questions", "criteria"])
    def test_removal_is_refused(self, stage, part):
        with pytest.raises(SealedError):
            getattr(stage, part).first().delete()
        assert getattr(stage, part).count() == 2

    def test_an_addition_is_refused(self, stage):
        with pytest.raises(SealedError):
            Question.objects.create(stage=stage, label="One more?")
        with pytest.raises(SealedError):
            Criterion.objects.create(stage=stage, name="One more")

    def test_saving_unchanged_is_fine(self, stage):
        stage.questions.first().save()
        stage.criteria.first().save()
        stage.call.save()

    def test_a_draft_call_changes_freely(self, draft):
        question = draft.first_stage.questions.first()
        question.label = "Better words?"
        question.save()
        question.delete()
