"""Who may open what at the desk: person × page × state of the call."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from challenges.calls.models import Call, CallState
from challenges.judging.models import PanelMember
from challenges.pitches.models import Entry
from cms.services import create_page
from marketplace.accounts.models import User
from tests.desk.helpers import signed_in, url
from tests.factories import (
    RegionFactory,
    UserFactory,
    make_call,
    make_entry,
    make_judge,
    make_officer,
    submit,
)

pytestmark = pytest.mark.django_db

OK, SENT_ON, NOT_FOUND = 200, 302, 404


@dataclass
class World:
    call: Call
    people: dict[str, User | None]
    entry: Entry | None
    draft: Entry | None
    member: PanelMember

    @property
    def stage(self) -> Any:
        return self.call.first_stage


def make_world(state: str) -> World:
    owner, other = make_officer(), make_officer()
    elsewhere = make_officer(RegionFactory(code="E47000001", slug="gmca", short_name="GMCA"))
    call = make_call(state=CallState.APPROVED, owner=owner, proposed_by=owner)
    create_page(call=call, actor=owner)
    founder = UserFactory()
    entry, draft = submit(make_entry(call=call)), make_entry(call=call)
    member = make_judge(call.first_stage)
    Call.objects.filter(pk=call.pk).update(state=state)
    people = {
        "anonymous": None,
        "start-up": founder,
        "judge": member.user,
        "owner": owner,
        "other officer": other,
        "officer elsewhere": elsewhere,
    }
    return World(Call.objects.get(pk=call.pk), people, entry, draft, member)


PAGES: dict[str, Callable[[World], str]] = {
    "call": lambda w: url("call", w.call.pk),
    "details": lambda w: url("edit_call", w.call.pk),
    "stage": lambda w: url("edit_stage", w.stage.pk),
    "remove stage": lambda w: url("remove_stage", w.stage.pk),
    "approve": lambda w: url("approve", w.call.pk),
    "what is sealed": lambda w: url("proposal", w.call.pk),
    "return": lambda w: url("return", w.call.pk),
    "cancel": lambda w: url("cancel", w.call.pk),
    "duplicate": lambda w: url("duplicate", w.call.pk),
    "hand over": lambda w: url("hand_over", w.call.pk),
    "panel": lambda w: url("panel", w.stage.pk),
    "remove judge": lambda w: url("remove_member", w.member.pk),
    "pitch": lambda w: url("pitch", w.entry.pk),
    "draft pitch": lambda w: url("pitch", w.draft.pk),
    "decision": lambda w: url("decision", w.entry.pk),
    "decision on a draft": lambda w: url("decision", w.draft.pk),
    "ranking": lambda w: url("ranking", w.stage.pk),
    "letters": lambda w: url("letters", w.stage.pk),
    "release": lambda w: url("release", w.stage.pk),
}
EDITS = {"details", "stage", "remove stage"}
DECIDES = {"decision", "letters", "release"}


def expected(page: str, who: str, state: str) -> int:
    """The rules, said a second time and in other words than the code says them."""
    if who == "anonymous":
        return SENT_ON  # to sign in, whatever it is
    if who in ("start-up", "judge", "officer elsewhere") or page in (
        "draft pitch",
        "decision on a draft",
    ):
        return NOT_FOUND
    if page in EDITS and state != CallState.DRAFT:
        return NOT_FOUND
    if page in DECIDES and state != CallState.APPROVED:
        return NOT_FOUND
    if page == "approve":
        if who == "owner":
            return NOT_FOUND
        return OK if state == CallState.PROPOSED else SENT_ON  # nothing waits: back to the call
    return OK


@pytest.mark.parametrize("state", CallState.values)
def test_every_page_for_everybody(state: str) -> None:
    world = make_world(state)
    wrong = []
    for who, person in world.people.items():
        client = signed_in(person) if person else Client()
        for page, address in PAGES.items():
            got = client.get(address(world)).status_code
            want = expected(page, who, state)
            if got != want:
                wrong.append(f"{who} × {page}: {got}, not {want}")
    assert wrong == []


POSTS = ["propose", "approve", "shape", "add_stage", "make_page", "duplicate", "hand_over"]


@pytest.mark.parametrize("name", POSTS)
def test_another_regions_officer_can_do_nothing(name: str) -> None:
    world = make_world(CallState.PROPOSED)
    client = signed_in(world.people["officer elsewhere"])
    assert client.post(url(name, world.call.pk)).status_code == 404
    assert Call.objects.get().state == CallState.PROPOSED


@pytest.mark.parametrize("page", ["calls", "pitches", "leaving"])
@pytest.mark.parametrize("who", ["start-up", "judge", "anonymous"])
def test_lists_are_for_officers(page: str, who: str) -> None:
    world = make_world(CallState.APPROVED)
    person = world.people[who]
    client = signed_in(person) if person else Client()
    assert client.get(url(page)).status_code == (NOT_FOUND if person else SENT_ON)


@pytest.mark.parametrize("address", ["/admin/", "/admin/pages/", "/admin/account/"])
def test_whoever_has_no_business_in_the_admin_is_not_sent_to_sign_in_again(address: str) -> None:
    assert signed_in(UserFactory()).get(address).status_code == NOT_FOUND
    assert signed_in(make_officer()).get(address).status_code in (OK, SENT_ON)


def test_lists_show_only_ones_own_region() -> None:
    world = make_world(CallState.APPROVED)
    near, far = (signed_in(world.people[who]) for who in ("owner", "officer elsewhere"))
    assert world.call.title in near.get(url("calls")).content.decode()
    assert world.call.title not in far.get(url("calls")).content.decode()
    reference = world.entry.pitch.reference
    assert reference in near.get(url("pitches")).content.decode()
    assert reference not in far.get(url("pitches")).content.decode()
    assert reference not in far.get("/admin/desk/pitches/export.csv").content.decode()


def test_who_judges_a_stage_reads_its_ranking_but_does_not_decide() -> None:
    world = make_world(CallState.APPROVED)
    judge = world.people["owner"]
    PanelMember.objects.filter(pk=world.member.pk).update(user=judge)
    client = signed_in(judge)
    page = client.get(url("ranking", world.stage.pk))
    assert page.status_code == OK
    assert "Mark the ticked" not in page.content.decode()
    assert client.get(url("release", world.stage.pk)).status_code == NOT_FOUND
    assert client.post(url("release", world.stage.pk)).status_code == NOT_FOUND
    assert client.get(url("decision", world.entry.pk)).status_code == NOT_FOUND


@pytest.mark.parametrize("who", ["owner", "proposer"])
def test_nobody_approves_their_own(who: str) -> None:
    owner, proposer = make_officer(), make_officer()
    call = make_call(state=CallState.PROPOSED, owner=owner, proposed_by=proposer)
    create_page(call=call, actor=owner)
    client = signed_in(owner if who == "owner" else proposer)
    assert client.post(url("approve", call.pk)).status_code == NOT_FOUND
    assert "nobody approves their own" in client.get(url("call", call.pk)).content.decode()
    call.refresh_from_db()
    assert call.state == CallState.PROPOSED
