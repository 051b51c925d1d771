"""Changing what was promised: openly, fairly, and never unseen."""

import itertools
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse
from django.utils import timezone

from challenges.calls.addenda import propose_addendum, return_addendum
from challenges.calls.differences import rulebook_differences
from challenges.calls.models import (
    Addendum,
    AddendumState,
    Question,
    QuestionKind,
    SealedError,
    Stage,
)
from challenges.calls.workflow import ADDENDUM
from challenges.pitches.changed_rules import (
    changes_since_begun,
    extend_deadline,
    publish_addendum,
)
from challenges.pitches.models import Entry
from challenges.pitches.services import advance, save_answers, submit_entry
from marketplace.activity.chain import sha256
from marketplace.activity.models import Notification, Record
from marketplace.errors import Incomplete, NotAllowed, Refused, WrongState
from tests.factories import (
    RegionFactory,
    UserFactory,
    close_stage,
    make_call,
    make_entry,
    make_officer,
    submit,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def call():
    return make_call()


@pytest.fixture
def stage(call):
    return call.first_stage


@pytest.fixture
def officer(call):
    return make_officer(call.region)


@pytest.fixture
def colleague(call):
    return make_officer(call.region)


def more_time(stage, officer, days=7, **changes):
    extra = timedelta(days=days)
    dates = {
        "closes_at": stage.closes_at + extra,
        "scores_due_at": stage.scores_due_at + extra,
        "decision_on": stage.decision_on + extra,
    }
    return extend_deadline(
        stage=stage, actor=officer, reason="The portal was away for a day.", **(dates | changes)
    )


def propose(stage, officer, reason="Clearer", clarification="", **changes):
    return propose_addendum(
        stage=stage, changes=changes, reason=reason, clarification=clarification, actor=officer
    )


class TestMoreTime:
    def test_everyone_gets_it_and_everyone_who_began_is_told(self, call, stage, officer):
        drafting, submitted = make_entry(call=call), submit(make_entry(call=call))
        until = stage.closes_at + timedelta(days=7)
        addendum = more_time(stage, officer)
        stage = Stage.objects.get(pk=stage.pk)
        assert stage.closes_at == until
        assert stage.rulebook.number == 2 and addendum.rulebook == stage.rulebook
        told = Notification.objects.filter(subject__startswith="More time")
        teams = {
            person.email
            for entry in (drafting, submitted)
            for person in entry.pitch.organisation.memberships.values_list("user", flat=True)
            for person in [type(officer).objects.get(pk=person)]
        }
        assert set(told.values_list("address", flat=True)) == teams
        assert "The portal was away" in told[0].body

    def test_both_go_on_under_the_new_rules_and_what_was_submitted_keeps_its_own(
        self, call, stage, officer
    ):
        drafting, submitted = make_entry(call=call), submit(make_entry(call=call))
        first = stage.rulebook
        second = more_time(stage, officer).rulebook
        assert {Entry.objects.get(pk=e.pk).rulebook for e in (drafting, submitted)} == {second}
        assert submitted.submissions.get().rulebook == first

    @pytest.mark.parametrize("days", [0, -1])
    def test_never_less(self, stage, officer, days):
        with pytest.raises(Refused):
            more_time(stage, officer, days=days)
        assert stage.rulebooks.count() == 1

    def test_not_after_the_deadline_has_passed(self, stage, officer):
        now = timezone.now()
        Stage.objects.filter(pk=stage.pk).update(closes_at=now - timedelta(seconds=1))
        with pytest.raises(Incomplete, match="can’t be published"):
            more_time(Stage.objects.get(pk=stage.pk), officer)

    def test_later_dates_must_follow(self, stage, officer):
        with pytest.raises(Incomplete) as refusal:
            more_time(stage, officer, scores_due_at=stage.scores_due_at, days=30)
        assert "scores_due_at" in dict(refusal.value.problems)

    def test_it_does_not_run_into_the_next_stage(self, officer):
        call = make_call(stages=2, region=officer.region_roles.get().region)
        with pytest.raises(Incomplete) as refusal:
            more_time(call.first_stage, officer, days=30)
        assert "Stage 2" in dict(refusal.value.problems)["closes_at"]

    def test_the_record_says_so(self, stage, officer):
        more_time(stage, officer)
        entry = Record.objects.get(verb="calls.addendum_published")
        assert entry.detail["extended"] is True and entry.actor == officer


class TestOtherChanges:
    def test_another_officer_publishes(self, stage, officer, colleague):
        question = stage.questions.first()
        waiting = propose(stage, officer, questions={str(question.pk): {"guidance": "In words."}})
        assert Question.objects.get(pk=question.pk).guidance == ""
        with pytest.raises(NotAllowed):
            publish_addendum(addendum=waiting, actor=officer)
        published = publish_addendum(addendum=waiting, actor=colleague)
        assert Question.objects.get(pk=question.pk).guidance == "In words."
        assert published.rows == [
            {
                "what": "Question “What would you do?”: guidance",
                "before": "none",
                "after": "In words.",
            }
        ]
        assert published.rulebook.digest == sha256(published.rulebook.content)
        with pytest.raises(WrongState):
            publish_addendum(addendum=published, actor=colleague)

    def test_a_clarification_joins_the_rules(self, stage, officer, colleague):
        waiting = propose(stage, officer, clarification="Pilots may run outside the region.")
        content = publish_addendum(addendum=waiting, actor=colleague).rulebook.content
        assert content["clarifications"] == ["Pilots may run outside the region."]
        again = propose(stage, officer, clarification="VAT is extra.")
        content = publish_addendum(addendum=again, actor=colleague).rulebook.content
        assert len(content["clarifications"]) == 2

    def test_a_question_taken_out_keeps_its_answers(self, call, stage, officer, colleague):
        entry = make_entry(call=call)
        question = stage.questions.last()
        publish_addendum(addendum=propose(stage, officer, retire=[question.pk]), actor=colleague)
        entry = Entry.objects.get(pk=entry.pk)
        assert question.pk not in [spec["id"] for spec in entry.specs]
        assert entry.answers.filter(question=question).exists()
        assert submit(entry).submissions.get().content["answers"]

    def test_a_new_question_is_asked_of_those_who_submitted_too(
        self, call, stage, officer, colleague
    ):
        entry = submit(make_entry(call=call))
        new = {"label": "Who else?", "kind": QuestionKind.SHORT_TEXT, "required": False}
        publish_addendum(addendum=propose(stage, officer, add=[new]), actor=colleague)
        entry = Entry.objects.get(pk=entry.pk)
        spec = entry.specs[-1]
        assert spec["label"] == "Who else?"
        team = entry.pitch.organisation.memberships.get().user
        save_answers(entry=entry, answers={spec["id"]: "Nobody"}, version=entry.version, actor=team)
        second = submit_entry(entry=entry, actor=team)
        assert second.number == 2 and second.rulebook.number == 2

    def test_nothing_unfair_to_those_who_have_submitted(self, call, stage, officer):
        submit(make_entry(call=call))
        first = stage.questions.first()
        criterion = stage.criteria.first()
        unfair = {
            "questions": {str(first.pk): {"max_words": 10}},
            "add": [{"label": "More?", "kind": "short-text", "required": True}],
            "criteria": {str(criterion.pk): {"weight": 90}},
        }
        with pytest.raises(Incomplete) as refusal:
            propose(stage, officer, **unfair)
        places = [place for place, _ in refusal.value.problems]
        assert places == [f"question-{first.pk}", "add", f"criterion-{criterion.pk}"]

    @pytest.mark.parametrize("part", [{"guidance": "Other words."}, {"anchors": "5: other"}])
    def test_the_words_that_pitches_are_scored_by_stay(self, call, stage, officer, part):
        submit(make_entry(call=call))
        close_stage(stage)
        stage = Stage.objects.get(pk=stage.pk)
        with pytest.raises(Incomplete, match="can’t be published"):
            propose(stage, officer, criteria={str(stage.criteria.first().pk): part})

    def test_after_closing_places_stay_and_clarifications_do_not(self, call, stage, officer):
        submit(make_entry(call=call))
        close_stage(stage)
        stage = Stage.objects.get(pk=stage.pk)
        with pytest.raises(Incomplete) as refusal:
            propose(stage, officer, places=90)
        assert [place for place, _ in refusal.value.problems] == ["places"]
        assert propose(stage, officer, clarification="VAT is extra.").pk

    def test_weights_may_change_before_anybody_has_submitted(self, stage, officer, colleague):
        criterion = stage.criteria.first()
        waiting = propose(stage, officer, criteria={str(criterion.pk): {"weight": 90}})
        publish_addendum(addendum=waiting, actor=colleague)
        assert stage.criteria.get(pk=criterion.pk).weight == 90

    def test_what_was_fair_when_proposed_is_looked_at_again(self, call, stage, officer, colleague):
        criterion = stage.criteria.first()
        waiting = propose(stage, officer, criteria={str(criterion.pk): {"weight": 90}})
        submit(make_entry(call=call))
        with pytest.raises(Incomplete):
            publish_addendum(addendum=waiting, actor=colleague)
        waiting.refresh_from_db()
        assert waiting.state == AddendumState.PROPOSED

    def test_one_at_a_time(self, stage, officer):
        propose(stage, officer, clarification="One.")
        with pytest.raises(Refused, match="waits for approval"):
            propose(stage, officer, clarification="Two.")

    def test_a_reason_is_wanted(self, stage, officer):
        with pytest.raises(Refused, match="why"):
            propose(stage, officer, reason=" ", clarification="One.")

    def test_no_change_is_no_addendum(self, stage, officer):
        same = {str(stage.questions.first().pk): {"label": stage.questions.first().label}}
        for nothing in ({}, {"questions": same}):
            with pytest.raises(Refused, match="Nothing would change"):
                propose(stage, officer, **nothing)
        assert stage.rulebooks.count() == 1 and not stage.addenda.exists()

    def test_what_it_would_change_is_shown_before_and_nothing_is_changed_yet(self, stage, officer):
        waiting = propose(stage, officer, places=9, clarification="VAT is extra.")
        assert [row["what"] for row in waiting.rows] == ["Places", "Clarification"]
        assert Stage.objects.get(pk=stage.pk).places == stage.places
        assert stage.rulebooks.count() == 1

    @pytest.mark.parametrize("anchors", ["9: above the scale", "no score at all"])
    def test_what_scores_mean_is_checked_as_ever(self, stage, officer, anchors):
        criterion = stage.criteria.first()
        with pytest.raises(Incomplete) as refusal:
            propose(stage, officer, criteria={str(criterion.pk): {"anchors": anchors}})
        assert [place for place, _ in refusal.value.problems] == [f"criterion-{criterion.pk}"]
        criterion.refresh_from_db()
        assert criterion.anchors != anchors

    def test_a_new_question_is_checked_as_ever(self, stage, officer):
        new = {"label": "Which?", "kind": QuestionKind.CHOICE, "choices": "One"}
        with pytest.raises(Incomplete) as refusal:
            propose(stage, officer, add=[new])
        assert [place for place, _ in refusal.value.problems] == ["add"]

    def test_sent_back_with_a_reason(self, stage, officer, colleague):
        waiting = propose(stage, officer, clarification="One.")
        back = return_addendum(addendum=waiting, reason="Too vague", actor=colleague)
        assert back.state == AddendumState.RETURNED
        assert Notification.objects.filter(address=officer.email, body__contains="Too vague")

    def test_those_who_began_before_are_shown_it(self, call, stage, officer, colleague):
        before = make_entry(call=call)
        addendum = publish_addendum(
            addendum=propose(stage, officer, clarification="One."), actor=colleague
        )
        after = make_entry(call=call)
        assert changes_since_begun(before) == [addendum]
        assert changes_since_begun(after) == []

    def test_in_a_later_stage_only_what_came_after_they_did(self, officer, colleague):
        call = make_call(stages=2, region=officer.region_roles.get().region)
        entry = submit(make_entry(call=call))
        second = call.stages.get(order=2)
        publish_addendum(addendum=propose(second, officer, clarification="One."), actor=colleague)
        Stage.objects.filter(pk=call.first_stage.pk).update(released_at=timezone.now())
        following = advance(entry=entry, stage=Stage.objects.get(pk=second.pk), actor=officer)
        following = Entry.objects.get(pk=following.pk)
        assert changes_since_begun(following) == []
        second = Stage.objects.get(pk=second.pk)
        later = publish_addendum(
            addendum=propose(second, officer, clarification="Two."), actor=colleague
        )
        assert changes_since_begun(following) == [later]


def test_every_state_event_and_role(stage, officer, colleague):
    people = {
        "proposer": officer,
        "colleague": colleague,
        "elsewhere": make_officer(RegionFactory(code="E47000001", slug="gmca")),
        "founder": UserFactory(),
        "anonymous": AnonymousUser(),
    }
    may = {
        "publish": {"colleague"},
        "return": {"proposer", "colleague"},
        "extend": {"proposer", "colleague"},
    }
    assert set(ADDENDUM.events) == set(may)
    addendum = propose(stage, officer, clarification="One.")
    for event, state, role in itertools.product(may, AddendumState.values, people):
        addendum.state = state
        expected = state == AddendumState.PROPOSED and role in may[event]
        assert ADDENDUM.allows(event, addendum, people[role]) == expected, (event, state, role)


class TestGuard:
    """A sealed stage changes by an addendum and in no other way."""

    @pytest.mark.parametrize("name", ["closes_at", "scores_due_at", "opens_at", "questions_until"])
    def test_dates_can_not_be_saved(self, stage, name):
        promised = getattr(stage, name) or stage.enquiries_close_at
        setattr(stage, name, promised + timedelta(hours=1))
        with pytest.raises(SealedError):
            stage.save()
        with pytest.raises(SealedError):
            stage.save(update_fields=[name])

    def test_what_is_no_promise_can(self, stage):
        stage.released_at = timezone.now()
        stage.save()
        stage.save(update_fields=["released_at"])


class TestPages:
    def test_the_public_reads_every_version(self, client, call, stage, officer):
        more_time(stage, officer)
        path = reverse("calls:rulebook", args=[call.reference, 1])
        text = client.get(path).content.decode()
        for rulebook in stage.rulebooks.all():
            assert rulebook.digest in text
        assert "The portal was away for a day." in text and "Closes" in text
        old = client.get(reverse("calls:rulebook", args=[call.reference, 1, 1])).content.decode()
        assert "which was in force until version 2" in old
        assert client.get(f"{path}3/").status_code == 404

    @pytest.mark.parametrize("versions", [1, 4])
    def test_queries_do_not_grow(
        self, client, call, stage, officer, versions, django_assert_num_queries
    ):
        for days in range(1, versions):
            more_time(Stage.objects.get(pk=stage.pk), officer, days=days)
        with django_assert_num_queries(2):
            client.get(reverse("calls:rulebook", args=[call.reference, 1]))

    def test_a_waiting_change_is_not_public(self, client, call, stage, officer):
        propose(stage, officer, clarification="Not yet public.")
        text = client.get(reverse("calls:rulebook", args=[call.reference, 1])).content.decode()
        assert "Not yet public" not in text


def test_differences_of_equal_rules_are_none(stage):
    content = stage.rulebook.content
    assert rulebook_differences(content, content) == []
    older = {k: v for k, v in content.items() if k not in ("clarifications",)}
    assert rulebook_differences(older, content) == []
    assert Addendum.objects.count() == 0


def test_whatever_is_sealed_is_told_when_it_changes(stage):
    """No part of a rulebook can change without a line that says so."""
    content = stage.rulebook.content
    fixed = {"call", "draw_commitment", "questions", "criteria", "clarifications"}
    for key in content.keys() - fixed:
        changed = {**content, key: _another(content[key])}
        assert len(rulebook_differences(content, changed)) == 1, key
    for place in ("questions", "criteria"):
        first, *rest = content[place]
        for key in first.keys() - {"id", "kind"}:
            changed = {**content, place: [{**first, key: _another(first[key])}, *rest]}
            assert len(rulebook_differences(content, changed)) == 1, (place, key)


def _another(value):
    """A value like this one, and not it."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, str) and value[:2] == "20":
        return "2031-01-01T12:00:00+00:00" if "T" in value else "2031-01-01"
    if isinstance(value, list):
        return [*value, "another"]
    return {"question": 0, "answers": ["Yes"]} if value is None else f"{value} or another"
