"""The officer's whole road at the desk, from an idea to decisions that everyone reads."""

from datetime import timedelta

import pytest
from django.test import Client, TestCase
from django.utils import timezone

from challenges.awards.models import Award
from challenges.calls.models import Call, CallState, CallStatus, SignOff, Stage
from challenges.judging.models import Assignment, PanelMember, Release
from challenges.judging.services import save_review, submit_review
from challenges.judging.services.releasing import carry_out_due
from challenges.pitches.models import Answer, EntryState
from challenges.pitches.services import save_answers, start_pitch, submit_entry
from marketplace.activity.models import Record
from tests.desk.helpers import form_data, read_and_approve, signed_in, url
from tests.factories import (
    CapabilityFactory,
    ObjectiveFactory,
    OrganisationFactory,
    UserFactory,
    close_stage,
    make_judge,
    make_officer,
)

pytestmark = pytest.mark.django_db


def test_from_a_new_call_to_released_decisions() -> None:
    officer, other = make_officer(name="Olive"), make_officer(name="Otto")
    desk, second_desk = signed_in(officer), signed_in(other)

    call = _begin(desk)
    _set_up(desk, call)
    _send_for_approval(desk, call)
    _approve(desk, second_desk, call)

    stage = _open(call)
    entries = [_pitch(call, number) for number in range(3)]
    stage = close_stage(stage)
    _judge(desk, stage)
    _decide(desk, stage, entries)
    _release(desk, stage, entries)


def _begin(desk: Client) -> Call:
    page = desk.get(url("new_call") + "?kind=challenge")
    assert page.status_code == 200
    made = desk.post(
        url("new_call"),
        {
            "legal_route": "grant",
            "kind": "challenge",
            "title": "How might we find damp?",
            "summary": "Homes are damp.",
        },
    )
    call = Call.objects.get()
    assert made.url == url("call", call.pk)
    assert call.page.live is False
    assert call.owner.name == "Olive"
    return call


def _set_up(desk: Client, call: Call) -> None:
    home = desk.get(url("call", call.pk))
    assert "Choose at least one objective" in home.content.decode()
    desk.post(url("shape", call.pk), {"shape": "one-stage"})
    stage = call.stages.get()
    assert (stage.questions.count(), stage.criteria.count()) == (7, 5)

    objective, capability = ObjectiveFactory(), CapabilityFactory(name="Sensors")
    data = form_data(desk.get(url("edit_call", call.pk)))
    data |= {
        "legal_route": "grant",
        "award_limit": "50000",
        "objectives": [objective.pk],
        "wanted-TOTAL_FORMS": "1",
        "wanted-0-capability": capability.pk,
        "wanted-0-level": "3",
        "wanted-0-essential": "on",
    }
    assert desk.post(url("edit_call", call.pk), data).url == url("call", call.pk)
    assert call.wanted.get().essential

    data = form_data(desk.get(url("edit_stage", stage.pk)))
    data |= {"criteria-0-weight": "40", "criteria-1-weight": "10"}
    assert desk.post(url("edit_stage", stage.pk), data).url == url("call", call.pk)
    assert stage.criteria.first().weight == 40
    assert stage.questions.count() == 7


def _send_for_approval(desk: Client, call: Call) -> None:
    desk.post(url("propose", call.pk))
    call.refresh_from_db()
    assert call.state == CallState.PROPOSED


def _approve(desk: Client, second_desk: Client, call: Call) -> None:
    assert desk.post(url("approve", call.pk)).status_code == 404
    public = call.page.url
    assert Client().get(public).status_code == 404
    read_and_approve(second_desk, call)
    call = Call.objects.get()
    assert call.state == CallState.APPROVED
    assert call.status == CallStatus.UPCOMING
    assert call.page.live
    assert call.page.title == "How might we find damp?"
    rulebook = call.first_stage.rulebook.content
    assert rulebook["criteria"][0]["weight"] == 40


def _open(call: Call) -> Stage:
    now = timezone.now()
    call.stages.update(opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=1))
    return Stage.objects.select_related("call").get()


def _pitch(call: Call, number: int) -> object:
    owner = UserFactory()
    organisation = OrganisationFactory(owner=owner)
    call = Call.objects.get(pk=call.pk)
    entry = start_pitch(call=call, organisation=organisation, actor=owner)
    answers = {
        question.pk: "12,500" if question.kind == "money" else "We put sensors in homes."
        for question in entry.stage.questions.all()
    }
    entry = save_answers(
        entry=entry,
        answers=answers,
        version=entry.version,
        actor=owner,
        title=f"Warm homes {number}",
        summary="We find damp early.",
    )
    assert Answer.objects.filter(entry=entry).count() == 7
    submit_entry(entry=entry, actor=owner)
    entry.refresh_from_db()
    return entry


def _judge(desk: Client, stage: Stage) -> None:
    desk.post(
        url("panel", stage.pk),
        {"name": "Jo Judge", "email": "jo@example.org", "role": "chair"},
    )
    invited = PanelMember.objects.get(email="jo@example.org")
    assert invited.role == "chair"
    assert desk.post(url("resend", invited.pk)).url == url("panel", stage.pk)
    removed = desk.post(url("remove_member", invited.pk), {"reason": "Wrong address."})
    assert removed.url == url("panel", stage.pk)

    judges = [make_judge(stage) for _ in range(2)]
    desk.post(url("set_reviews", stage.pk), {"reviews": "2"})
    with TestCase.captureOnCommitCallbacks(execute=True):
        desk.post(url("share_out", stage.pk))
    assert "6 reviews given out" in desk.get(url("reading", stage.pk)).content.decode()
    for place, judge in enumerate(judges):
        for assignment in Assignment.objects.filter(member=judge):
            value = 5 - int(str(assignment.entry.pitch)[-1]) - place
            _score(assignment, value)
    late = desk.get(url("panel", stage.pk)).content.decode()
    assert "3 of 3" in late


def _score(assignment: Assignment, value: int) -> None:
    actor = assignment.member.user
    criteria = assignment.entry.stage.criteria.all()
    assignment = save_review(
        assignment=assignment,
        scores={criterion.pk: (value, f"Because {value}.") for criterion in criteria},
        recommendation="fund" if value > 3 else "decline",
        comment="",
        version=assignment.version,
        actor=actor,
    )
    submit_review(assignment=assignment, actor=actor)


def _decide(desk: Client, stage: Stage, entries: list) -> None:
    ranking = desk.get(url("ranking", stage.pk))
    assert [entry.pk for entry in ranking.context["rows"]] == [e.pk for e in entries]
    assert "90.0, from 80.0 to 100.0" in ranking.content.decode()

    page = desk.get(url("decision", entries[0].pk)).content.decode()
    assert "- Because 5." in page
    over = desk.post(
        url("decision", entries[0].pk),
        {"outcome": "awarded", "amount": "50000.01", "reason": "Best.", "feedback": "Go on."},
    )
    assert over.status_code == 400
    assert "at most £50,000" in over.content.decode()
    assert "Go on." in over.content.decode()
    desk.post(
        url("decision", entries[0].pk),
        {"outcome": "awarded", "amount": "25000", "reason": "Best.", "feedback": "Go on."},
    )
    early = desk.get(url("release", stage.pk)).content.decode()
    assert "2 pitches not decided" in early
    assert "Decide every pitch first" in early
    refused = desk.post(url("release", stage.pk), follow=True).content.decode()
    assert "Decide every pitch first." in refused
    assert not SignOff.objects.exists()
    assert not Award.objects.exists()
    desk.post(
        url("ranking", stage.pk),
        {
            "entries": [entries[1].pk, entries[2].pk],
            "outcome": "not-awarded",
            "reason": "Others scored higher.",
        },
    )
    letters = desk.get(url("letters", stage.pk)).content.decode()
    assert "Others scored higher." in letters
    assert "£25,000" in letters


def _release(desk: Client, stage: Stage, entries: list) -> None:
    boxes = desk.get(url("release", stage.pk)).context["form"].fields
    desk.post(
        url("release", stage.pk), dict.fromkeys(boxes, "We looked at it.") | {"goes_out_at": ""}
    )
    sign_off = SignOff.objects.get()
    assert desk.post(url("sign_off", sign_off.pk), {"sign": "1"}).status_code == 200
    assert not Release.objects.exists(), "nobody signs their own"
    second = signed_in(make_officer(stage.call.region))
    second.post(url("sign_off", sign_off.pk), {"sign": "1"})
    waiting = desk.get(url("release", stage.pk), follow=True).content.decode()
    assert "Until then it can be stopped" in waiting
    assert not Award.objects.exists()
    release = Release.objects.get()
    assert carry_out_due(release.goes_out_at - timedelta(seconds=1)) == 0
    assert carry_out_due(release.goes_out_at) == 1
    assert "Every applicant was told" in desk.get(url("release", stage.pk)).content.decode()
    assert Award.objects.get().amount == 25_000
    entries[0].refresh_from_db()
    assert entries[0].state == EntryState.AWARDED
    assert "released already" in desk.post(url("release", stage.pk)).content.decode()
    assert carry_out_due(release.goes_out_at) == 0
    assert Award.objects.count() == 1
    verbs = set(Record.objects.values_list("verb", flat=True))
    assert {"calls.created", "calls.edited", "calls.page_published", "judging.released"} <= verbs
    assert desk.get(url("pitch", entries[0].pk)).status_code == 200
    assert desk.get(url("call", stage.call_id)).status_code == 200
