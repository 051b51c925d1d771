"""A call changes hands; whoever left leaves nothing without somebody who hears of it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from challenges.calls import enquiries
from challenges.calls.models import Call, CallState, Enquiry, HandOver
from challenges.calls.owning import (
    enquiries_without_owner,
    hand_over_call,
    who_looks_after,
    without_owner,
)
from challenges.calls.services import approve_call, propose_call, return_call
from challenges.judging.services.conflicts import note_new_parts
from challenges.judging.services.leaving import step_down
from cms.desk.services import care_for
from marketplace.accounts.models import Role, User
from marketplace.accounts.services import revoke_role
from marketplace.activity.models import Notification, Record
from marketplace.errors import NotAllowed, Refused
from startups.models import Membership
from tests.desk.helpers import signed_in, url
from tests.factories import (
    CallFactory,
    RegionFactory,
    UserFactory,
    close_stage,
    make_call,
    make_entry,
    make_judge,
    make_officer,
    submit,
)

pytestmark = pytest.mark.django_db


def fresh(thing):
    return type(thing).objects.get(pk=thing.pk)


def deactivate(person):
    User.objects.filter(pk=person.pk).update(is_active=False)


def revoke(person):
    revoke_role(user=person, region=RegionFactory(), role=Role.OFFICER)


LEAVES = [deactivate, revoke]


def enquiry(call, owner, **fields):
    return Enquiry.objects.create(
        region=call.region,
        call=call,
        typed="Why?",
        question="Why?",
        owner=owner,
        due_on=timezone.localdate() - timedelta(days=1),
        **fields,
    )


@pytest.mark.parametrize("state", CallState.values)
@pytest.mark.parametrize("who", ["the owner", "a colleague"])
def test_a_call_is_handed_over(who, state):
    old, new, colleague = make_officer(), make_officer(), make_officer()
    call = make_call(owner=old, state=state)
    mine, theirs, nobodys = enquiry(call, old), enquiry(call, colleague), enquiry(call, None)
    done = enquiry(call, old, state="answered", answer="So.")
    actor = old if who == "the owner" else colleague
    hand_over_call(call=call, to=new, actor=actor, reason="Leave from Monday.")
    assert fresh(call).owner == new
    owners = [fresh(each).owner for each in (mine, theirs, nobodys, done)]
    assert owners == [new, colleague, new, old]
    record = Record.objects.get(verb="calls.handed_over")
    assert record.detail == {
        "reason": "Leave from Monday.",
        "giver": old.pk,
        "to": new.pk,
        "questions": 2,
    }
    told = {n.recipient: n for n in Notification.objects.all()}
    assert set(told) == {old, new}
    assert "2 questions wait" in told[new].body and "Leave from Monday." in told[old].body


def test_late_answers_are_the_new_owners():
    old, new = make_officer(), make_officer()
    call = make_call(owner=old)
    enquiry(call, old)
    enquiries.remind_of_late_answers()
    hand_over_call(call=call, to=new, actor=old, reason="Leave.")
    Notification.objects.all().delete()
    enquiries.remind_of_late_answers()
    assert [n.recipient for n in Notification.objects.all()] == [new]


def test_not_to_or_by_whoever_does_not_work_here():
    old, elsewhere = (
        make_officer(),
        make_officer(RegionFactory(code="E4", slug="e", short_name="E")),
    )
    gone, left = make_officer(), make_officer()
    deactivate(gone)
    revoke(left)
    call = make_call(owner=old)
    for to in (elsewhere, gone, left, UserFactory()):
        with pytest.raises(NotAllowed):
            hand_over_call(call=call, to=fresh(to), actor=old, reason="x")
    for actor in (elsewhere, fresh(left), UserFactory()):
        with pytest.raises(NotAllowed):
            hand_over_call(call=call, to=make_officer(), actor=actor, reason="x")
    with pytest.raises(Refused):
        hand_over_call(call=call, to=old, actor=old, reason="x")
    with pytest.raises(Refused):
        hand_over_call(call=call, to=make_officer(), actor=old, reason="  ")
    assert not HandOver.objects.exists() and not Notification.objects.exists()


class TestTheSecondOfficer:
    """A hand-over is no way round: whoever owned a call once does not approve it."""

    def test_neither_of_the_two_approves(self):
        author, taker, third = make_officer(), make_officer(), make_officer()
        call = make_call(state=CallState.DRAFT, owner=author)
        hand_over_call(call=call, to=taker, actor=author, reason="Yours.")
        propose_call(call=call, actor=third)
        return_call(call=call, actor=third, reason="Once more.")
        propose_call(call=call, actor=taker)
        for person in (author, taker):
            with pytest.raises(NotAllowed):
                approve_call(call=call, actor=person)
        approve_call(call=call, actor=third)

    def test_nor_anybody_in_between_nor_after_it_was_sent(self):
        author, between, last = make_officer(), make_officer(), make_officer()
        call = make_call(state=CallState.DRAFT, owner=author)
        propose_call(call=call, actor=author)
        hand_over_call(call=call, to=between, actor=between, reason="I take it.")
        hand_over_call(call=call, to=last, actor=between, reason="No time.")
        for person in (author, between, last):
            with pytest.raises(NotAllowed):
                approve_call(call=call, actor=person)
            assert call not in Call.objects.to_approve_by(person)
        other = make_officer()
        assert list(Call.objects.to_approve_by(other)) == [call]
        approve_call(call=call, actor=other)


@pytest.mark.parametrize("verb", [approve_call, return_call])
def test_the_new_owner_hears_what_becomes_of_it(verb):
    author, taker, other = make_officer(), make_officer(), make_officer()
    call = make_call(state=CallState.DRAFT, owner=author)
    propose_call(call=call, actor=author)
    hand_over_call(call=call, to=taker, actor=author, reason="Leave.")
    Notification.objects.all().delete()
    verb(call=call, actor=other, **({"reason": "Shorter."} if verb is return_call else {}))
    assert {n.recipient for n in Notification.objects.all()} == {author, taker}


@pytest.mark.parametrize("leave", LEAVES)
def test_questions_about_a_call_whose_owner_left_reach_somebody(leave):
    gone, here = make_officer(), make_officer()
    call = make_call(owner=gone, closes_in=timedelta(days=20))
    waiting = enquiry(call, gone)
    leave(gone)
    assert who_looks_after(fresh(call)) == [here]
    assert enquiries.ask(call=fresh(call), text="Who?", actor=UserFactory()).owner == here
    Notification.objects.all().delete()
    enquiries.remind_of_late_answers()
    assert [n.recipient for n in Notification.objects.all()] == [here]
    with pytest.raises(NotAllowed):
        enquiries.hand_over(enquiry=waiting, owner=fresh(gone), actor=here)


def close_account(person):
    person.is_active = False
    person.save()


@pytest.mark.parametrize("leave", [close_account, revoke])
def test_colleagues_hear_what_somebody_has_left(leave, django_capture_on_commit_callbacks):
    gone, here, idle = make_officer(), make_officer(), make_officer()
    call = make_call(owner=gone)
    enquiry(call, gone)
    elsewhere = make_officer(RegionFactory(code="E4", slug="e", short_name="E"))
    for person in (idle, gone, gone):
        with django_capture_on_commit_callbacks(execute=True):
            leave(person)
    told = Notification.objects.get()
    assert told.recipient == here != elsewhere
    assert "Calls: 1. Questions to answer: 1." in told.body
    assert told.path == url("leaving")


def test_nobody_at_all():
    call = make_call(owner=None, closes_in=timedelta(days=20))
    assert who_looks_after(call) == []
    assert enquiries.ask(call=call, text="Who?", actor=UserFactory()).owner is None


@pytest.mark.parametrize("leave", LEAVES)
def test_what_is_left_is_listed_and_handed_over(leave):
    gone, here, other = make_officer(), make_officer(), make_officer()
    call, draft = make_call(owner=gone), make_call(owner=gone, state=CallState.DRAFT)
    theirs = make_call(owner=other)
    about, of_region = enquiry(call, gone), enquiry(theirs, gone)
    imported = CallFactory(state=CallState.APPROVED, source="A public record")
    make_call(state=CallState.CANCELLED)
    leave(gone)
    assert set(without_owner(Call.objects.all())) == {call, draft}
    region = {call.region_id}
    assert set(enquiries_without_owner(region)) == {about, of_region}
    desk = signed_in(here)
    assert url("leaving") in desk.get("/admin/").content.decode()
    page = desk.get(url("leaving")).content.decode()
    assert call.title in page and imported.title not in page
    assert "doesn’t work here any more" in desk.get(url("call", call.pk)).content.decode()
    data = {"to": other.pk, "reason": "They left."}
    assert desk.post(url("leaving"), data).status_code == 400
    desk.post(url("leaving"), {**data, "calls": [call.pk], "enquiries": [about.pk, of_region.pk]})
    assert fresh(call).owner == fresh(about).owner == fresh(of_region).owner == other
    assert fresh(draft).owner == gone
    assert Notification.objects.filter(recipient=other).count() == 2


def test_the_list_is_of_ones_own_region():
    elsewhere = RegionFactory(code="E47000001", slug="gmca", short_name="GMCA")
    call = make_call(region=elsewhere, owner=None)
    desk = signed_in(make_officer())
    assert call.title not in desk.get(url("leaving")).content.decode()
    data = {"to": make_officer().pk, "reason": "x", "calls": [call.pk]}
    assert desk.post(url("leaving"), data).status_code == 400
    assert desk.get(url("hand_over", call.pk)).status_code == 404
    assert fresh(call).owner is None


def test_on_the_desk():
    old, new = make_officer(), make_officer()
    call = make_call(owner=old)
    desk = signed_in(old)
    assert new.name in desk.get(url("hand_over", call.pk)).content.decode()
    reply = desk.post(url("hand_over", call.pk), {"to": new.pk, "reason": "Leave."}, follow=True)
    assert f"{new}’s now" in reply.content.decode()
    assert "handed it over" in reply.content.decode() and fresh(call).owner == new


def test_a_form_that_was_open_does_not_write_the_old_owner_back():
    old, new = make_officer(), make_officer()
    call = make_call(owner=old, state=CallState.DRAFT)
    version = fresh(call).version
    hand_over_call(call=call, to=new, actor=old, reason="Leave.")
    assert fresh(call).version == version + 1


@pytest.mark.parametrize("leave", LEAVES)
def test_who_left_hears_nothing_of_the_panel_and_colleagues_do(leave):
    gone, here = make_officer(), make_officer()
    call = make_call(owner=gone)
    stage = call.first_stage
    entry = submit(make_entry(call=call))
    stage = close_stage(stage)
    judge, leaver = make_judge(stage), make_judge(stage)
    leave(gone)
    Notification.objects.all().delete()
    Membership.objects.create(organisation=entry.pitch.organisation, user=judge.user)
    note_new_parts(people=[judge.user])
    step_down(member=leaver, actor=leaver.user, reason="Ill.")
    told = Notification.objects.filter(recipient__in=[gone, here])
    assert [n.recipient for n in told] == [here, here]
    with pytest.raises(NotAllowed):
        care_for(entries=[entry], officer=fresh(gone), actor=here)
