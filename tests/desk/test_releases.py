"""The desk's pages of a release and of its letters: who opens them, and what their buttons do."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from challenges.calls.models import SignOff, Stage
from challenges.judging.before_release import Ready
from challenges.judging.models import (
    Conflict,
    Decision,
    OutgoingLetter,
    PanelMember,
    Release,
    ReleaseState,
)
from challenges.judging.services import outbox
from challenges.judging.services.releasing import propose_release
from cms.desk.release_forms import EACH, ReleaseForm
from marketplace.accounts.models import User
from tests.desk.helpers import signed_in, url
from tests.factories import (
    RegionFactory,
    UserFactory,
    make_officer,
    release,
    signed_release,
)
from tests.judging.conftest import World, build_world, write_review
from tests.judging.test_decisions import decide, decide_all

pytestmark = pytest.mark.django_db


@pytest.fixture
def decided() -> World:
    world = build_world()
    write_review(world.assignment, 4)
    decide_all(world)
    return world


@pytest.fixture
def desk(decided: World) -> Client:
    return signed_in(decided.officer)


def boxes(world: World, text: str = "It was looked at.") -> dict[str, str]:
    found = Ready(Stage.objects.get(pk=world.stage.pk)).oddities
    return dict.fromkeys(ReleaseForm(oddities=found).fields, text) | {"goes_out_at": ""}


def read(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_who_opens_a_signed_release_and_a_letter(decided: World) -> None:
    signed_release(decided.stage, decided.officer)
    waiting = Release.objects.get()
    judging, tied = make_officer(decided.call.region), make_officer(decided.call.region)
    PanelMember.objects.filter(pk=decided.judge.pk).update(user=judging)
    Conflict.objects.create(officer=tied, entry=decided.entry, nature="A friend.")
    elsewhere = make_officer(RegionFactory(code="E47000001", slug="x", short_name="X"))
    pages = {
        "signed release": url("stop_release", waiting.pk),
        "letter": url("letter", decided.entry.pk),
        "release": url("release", decided.stage.pk),
        "letters": url("letters", decided.stage.pk),
    }
    decides = {"signed release", "letter", "release", "letters"}
    cast: list[tuple[User | None, set[str]]] = [
        (decided.officer, decides),
        (judging, {"signed release"}),
        (tied, {"signed release"}),
        (elsewhere, set()),
        (decided.applicant, set()),
        (decided.judge.user, set()),
        (UserFactory(), set()),
    ]
    for person, may in cast:
        client = signed_in(person)
        for name, address in pages.items():
            answer = client.get(address, follow=True)
            assert (answer.status_code == 200) == (name in may), (person, name)
            if name not in may:
                assert client.post(address, {"reason": "x"}).status_code == 404
    assert Client().get(pages["letter"]).status_code == 302
    assert Release.objects.get().state == ReleaseState.WAITING


def test_a_letter_of_what_is_not_decided_is_not_found(desk: Client, decided: World) -> None:
    Decision.objects.all().delete()
    assert desk.get(url("letter", decided.entry.pk)).status_code == 404


def test_each_thing_that_is_odd_has_a_box_with_its_name(desk: Client, decided: World) -> None:
    page = read(desk, url("release", decided.stage.pk))
    assert "Nobody has scored" in page and "Warm homes" in page
    missing = boxes(decided)
    del missing[next(name for name in missing if name.startswith("no-review"))]
    answer = desk.post(url("release", decided.stage.pk), missing)
    assert answer.status_code == 400
    assert "Say why it is released all the same." in answer.content.decode()
    assert "It was looked at." in answer.content.decode(), "what was typed stays"
    desk.post(url("release", decided.stage.pk), boxes(decided))
    assert "waits for a second officer" in read(desk, url("release", decided.stage.pk))
    page = read(
        signed_in(make_officer(decided.call.region)), url("sign_off", SignOff.objects.get().pk)
    )
    for words in ("Nobody has scored", "It was looked at.", "£12,000", "10 minutes after"):
        assert words in page


def test_a_signer_reads_the_winners_and_only_who_may_decide_signs(decided: World) -> None:
    judging, tied = make_officer(decided.call.region), make_officer(decided.call.region)
    PanelMember.objects.filter(pk=decided.judge.pk).update(user=judging)
    Conflict.objects.create(officer=tied, entry=decided.entry, nature="A friend.")
    stage = Stage.objects.get(pk=decided.stage.pk)
    reasons = {oddity.key: "It was looked at." for oddity in Ready(stage).oddities}
    sign_off = propose_release(stage=stage, actor=decided.officer, reasons=reasons)
    awarded = f"{decided.entry.pitch}, {decided.entry.pitch.organisation}: £12,000"
    for person, signs in (
        (decided.officer, False),
        (make_officer(decided.call.region), True),
        (judging, False),
        (tied, False),
    ):
        page = read(signed_in(person), url("sign_off", sign_off.pk))
        assert escape(awarded) in page, person
        assert ("Sign: release" in page) == signs, person


def test_many_of_a_kind_share_a_box() -> None:
    world = build_world(entries=EACH + 1)
    world.assignment.delete()
    decide(world, "not-awarded", world.entries)
    assert [name for name in boxes(world) if name.startswith("no-review")] == ["no-review"]
    desk = signed_in(world.officer)
    assert read(desk, url("release", world.stage.pk)).count("Nobody has scored") == EACH + 1
    desk.post(url("release", world.stage.pk), boxes(world))
    assert len(SignOff.objects.get().content["oddities"]) >= EACH + 1


@pytest.mark.parametrize(
    "typed", ["2027-03-28T01:30", "yesterday", "2026-99-99T10:00", "2020-01-01T10:00"]
)
def test_a_moment_that_can_not_be_is_refused_in_words(
    desk: Client, decided: World, typed: str
) -> None:
    data = boxes(decided) | {"goes_out_at": typed}
    desk.post(url("release", decided.stage.pk), data)
    assert not SignOff.objects.exists()


def test_the_stop_button(desk: Client, decided: World) -> None:
    signed_release(decided.stage, decided.officer)
    Release.objects.update(goes_out_at=timezone.now() + timedelta(minutes=8, seconds=30))
    page = read(desk, url("stop_release", Release.objects.get().pk))
    assert "in 8" in page and "Stop it" in page
    assert desk.post(url("stop_release", Release.objects.get().pk)).status_code == 400
    desk.post(url("stop_release", Release.objects.get().pk), {"reason": "A name is wrong."})
    assert Release.objects.get().state == ReleaseState.STOPPED
    assert "A name is wrong." in read(desk, url("release", decided.stage.pk))


def test_a_letter_is_written_reset_held_and_let_go(desk: Client, decided: World) -> None:
    address = url("letter", decided.entry.pk)
    decision = decided.entry.decision
    text = f"Dear Ada,\n\n£12,000!\n\nWhy: {decision.reason}"
    desk.post(address, {"write": "1", "text": text})
    assert "Dear Ada" in read(desk, url("letters", decided.stage.pk))
    assert "written by hand" in read(desk, url("letters", decided.stage.pk))
    refused = desk.post(address, {"write": "1", "text": "Well done."})
    assert "leaves out what was decided" in refused.content.decode()
    assert "Well done." in refused.content.decode(), "what was typed stays"
    desk.post(address, {"reset": "1"})
    assert "Congratulations" in read(desk, address)
    assert desk.post(address, {"hold": "1", "reason": ""}).status_code == 400
    desk.post(address, {"hold": "1", "reason": "We ring first."})
    assert "We ring first." in read(desk, url("letters", decided.stage.pk))
    desk.post(address, {"free": "1"})
    assert not OutgoingLetter.objects.held().exists()


def test_held_letters_are_sent_one_by_one_or_all(desk: Client, decided: World) -> None:
    for entry in decided.entries:
        outbox.hold_letter(
            decision=Decision.objects.get(entry=entry), reason="Later.", actor=decided.officer
        )
    release(decided.stage, decided.officer)
    assert "for 2 whose letter is held back" in read(desk, url("release", decided.stage.pk))
    desk.post(url("letter", decided.entry.pk), {"send": "1"})
    assert OutgoingLetter.objects.held().count() == 1
    answer: Any = desk.post(url("letters", decided.stage.pk), follow=True)
    assert "1 letter sent." in answer.content.decode()
    assert not OutgoingLetter.objects.held().exists()
    assert Decision.objects.filter(released_at=None).count() == 0
