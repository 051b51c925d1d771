"""Acts that take two officers: who may propose, sign, send back; and when nobody may."""

from collections.abc import Iterator
from typing import Any

import pytest
import rules
from django.test import Client
from django.urls import reverse

from challenges.calls import matters
from challenges.calls.matters import Matter, register
from challenges.calls.models import Call, SignOff, SignOffState
from challenges.calls.sign_offs import close_waiting, propose, send_back, sign, take_back
from marketplace.accounts.models import User
from marketplace.activity.models import Notification, Record
from marketplace.errors import NotAllowed, Refused, WrongState
from tests.factories import RegionFactory, UserFactory, make_call, make_officer, sign_in

pytestmark = pytest.mark.django_db
DONE: list[int] = []


def _refuse_when_told(thing: Call, content: dict[str, Any], person: Any) -> None:
    if content.get("refuse"):
        raise Refused("Not now.")


@pytest.fixture(autouse=True)
def matter() -> Iterator[Matter]:
    """A matter of these tests' own: sets a call's summary."""
    DONE.clear()
    made = Matter(
        name="tests.rewrite",
        title="Rewrite the summary",
        done="Rewritten.",
        rule="calls.view_call_at_desk",
        find=lambda pk: Call.objects.get(pk=pk),
        call_of=lambda call: call,
        stands=lambda call: call.summary,
        carry_out=lambda sign_off, call, signer: DONE.append(call.pk),
        facts=lambda sign_off, call: [("New summary", sign_off.content.get("summary", ""))],
        path=lambda call: f"/admin/desk/calls/{call.pk}/",
        check=_refuse_when_told,
    )
    register(made)
    yield made
    del matters._MATTERS[made.name]


def _proposed(call: Call, actor: Any, **content: Any) -> SignOff:
    return propose(
        matter="tests.rewrite", thing=call, reason="It misleads.", actor=actor, content=content
    )


def test_another_officer_signs_and_it_is_done_in_the_same_transaction() -> None:
    call = make_call()
    first, second = make_officer(call.region), make_officer(call.region)
    sign_off = _proposed(call, first, summary="New.")
    assert not DONE
    assert Notification.objects.filter(recipient=second, subject__startswith="To sign").exists()

    sign(sign_off=sign_off, actor=second, comment="Right.")

    sign_off.refresh_from_db()
    assert [call.pk] == DONE
    assert (sign_off.state, sign_off.answered_by, sign_off.answer) == (
        SignOffState.SIGNED,
        second,
        "Right.",
    )
    verbs = list(Record.objects.filter(chain__key=call.chain).values_list("verb", flat=True))
    assert verbs[-2:] == ["calls.sign_off_proposed", "calls.sign_off_signed"]
    assert Notification.objects.filter(recipient=first, subject__startswith="Signed").exists()


@pytest.mark.parametrize("who", ["proposer", "other region", "nobody's officer", "lost the role"])
def test_who_may_not_sign(who: str) -> None:
    call = make_call()
    first = make_officer(call.region)
    sign_off = _proposed(call, first)
    other = RegionFactory(code="E47000001", name="Other", short_name="O", slug="other")
    person = {
        "proposer": lambda: first,
        "other region": lambda: make_officer(other),
        "nobody's officer": UserFactory,
        "lost the role": lambda: _without_role(call),
    }[who]()
    with pytest.raises(NotAllowed):
        sign(sign_off=sign_off, actor=person)
    with pytest.raises(NotAllowed):
        send_back(sign_off=sign_off, reason="No.", actor=person)
    assert not DONE


def _without_role(call: Call) -> Any:
    person = make_officer(call.region)
    person.region_roles.all().delete()
    return person


@pytest.mark.parametrize("gone", ["lost the role", "switched off"])
def test_what_somebody_proposed_who_has_left_is_proposed_anew(gone: str) -> None:
    call = make_call()
    first, second = make_officer(call.region), make_officer(call.region)
    sign_off = _proposed(call, first)
    if gone == "lost the role":
        first.region_roles.all().delete()
    else:
        User.objects.filter(pk=first.pk).update(is_active=False)
    with pytest.raises(Refused, match="propose it anew"):
        sign(sign_off=sign_off, actor=second)
    assert not DONE
    send_back(sign_off=sign_off, reason="They have left.", actor=second)
    sign(sign_off=_proposed(call, second), actor=make_officer(call.region))
    assert [call.pk] == DONE


def test_what_has_changed_since_is_not_signed() -> None:
    call = make_call()
    sign_off = _proposed(call, make_officer(call.region))
    Call.objects.filter(pk=call.pk).update(summary="Changed meanwhile.")
    with pytest.raises(Refused, match="has changed since"):
        sign(sign_off=sign_off, actor=make_officer(call.region))
    assert not DONE
    sign_off.refresh_from_db()
    assert sign_off.state == SignOffState.PROPOSED


def test_one_waits_at_a_time_and_an_answered_one_makes_room() -> None:
    call = make_call()
    first, second = make_officer(call.region), make_officer(call.region)
    sign_off = _proposed(call, first)
    with pytest.raises(Refused, match="already"):
        _proposed(call, second)
    send_back(sign_off=sign_off, reason="Say it better.", actor=second)
    again = _proposed(call, first)
    take_back(sign_off=again, actor=first)
    for answered in (sign_off, again):
        with pytest.raises(WrongState):
            sign(sign_off=answered, actor=second)
    assert not DONE


def test_no_reason_no_proposal_and_the_matter_may_refuse() -> None:
    call = make_call()
    officer = make_officer(call.region)
    with pytest.raises(Refused, match="reason"):
        propose(matter="tests.rewrite", thing=call, reason="  ", actor=officer)
    with pytest.raises(Refused, match="Not now"):
        _proposed(call, officer, refuse=True)
    with pytest.raises(Refused, match="why"):
        send_back(sign_off=_proposed(call, officer), reason=" ", actor=make_officer(call.region))


def test_a_call_that_ends_takes_back_what_waits_in_it() -> None:
    call = make_call()
    officer = make_officer(call.region)
    sign_off = _proposed(call, officer)
    assert close_waiting(call, officer) == 1
    sign_off.refresh_from_db()
    assert sign_off.state == SignOffState.TAKEN_BACK


def test_rules_are_registered() -> None:
    for name in ("calls.sign", "calls.view_sign_off", "calls.take_back_sign_off"):
        assert rules.perm_exists(name)


def test_its_page_shows_all_and_signs(client: Client) -> None:
    call = make_call()
    first, second = make_officer(call.region), make_officer(call.region)
    sign_off = _proposed(call, first, summary="A new summary")
    address = reverse("desk:sign_off", kwargs={"pk": sign_off.pk})
    sign_in(client, first)
    assert "Nobody signs their own" in client.get(address).content.decode()
    client.post(address, {"sign": "1"})
    assert not DONE

    other = Client()
    sign_in(other, second)
    listed = other.get(reverse("desk:sign_offs")).content.decode()
    page = other.get(address).content.decode()
    assert "Rewrite the summary" in listed
    assert "A new summary" in page and "It misleads." in page
    other.post(address, {"send_back": "1", "answer": ""})
    assert SignOff.objects.get().state == SignOffState.PROPOSED
    other.post(address, {"sign": "1", "answer": ""})
    assert [call.pk] == DONE
