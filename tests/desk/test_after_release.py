"""The desk after a release: who may open what, and the road by its buttons."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from challenges.awards.models import Award, AwardState
from challenges.calls.models import SignOff
from challenges.calls.sign_offs import sign
from challenges.judging.models import Appeal, AppealState, Offer, ReservePlace
from challenges.judging.services.appeals import answer_appeal, carry_out_appeal, file_appeal
from challenges.pitches.models import EntryState
from marketplace.activity.models import Notification
from marketplace.errors import NotAllowed, Refused, WrongState
from tests.awards.after import After, build
from tests.desk.helpers import form_data, signed_in, url
from tests.factories import RegionFactory, UserFactory, make_judge, make_officer

pytestmark = pytest.mark.django_db
QUERIES_OF_PROJECTS = 15
QUERIES_OF_RESERVE = 20


def upheld(after: After, number: int = 1, event: str = "uphold") -> Appeal:
    appeal = file_appeal(
        entry=after.entry(number), kind="appeal", grounds="Wrong.", actor=after.member(number)
    )
    return answer_appeal(appeal=appeal, event=event, answer="You are right.", actor=after.second)


@pytest.fixture
def after(db: None) -> After:
    return build()


def pages(after: After) -> dict[str, Any]:
    appeal, award = upheld(after), after.award(0)
    return {
        "correct": after.entries[1].pk,
        "declined": after.entries[0].pk,
        "carry_out": appeal.pk,
        "reserve": after.stage.pk,
        "project": award.pk,
        "complete_project": award.pk,
        "end_project": award.pk,
        "resume_project": award.pk,
    }


def test_who_may_open_what(after: After) -> None:
    judge = make_judge(after.stage)
    people = {
        "anonymous": None,
        "team": after.member(0),
        "stranger": UserFactory(),
        "judge": judge.user,
        "officer elsewhere": make_officer(RegionFactory(code="E47000001", slug="gmca")),
    }
    addresses = pages(after)
    for name, pk in addresses.items():
        assert signed_in(after.first).get(url(name, pk)).status_code == 200, name
        for role, person in people.items():
            client = signed_in(person) if person else Client()
            for response in (client.get(url(name, pk)), client.post(url(name, pk))):
                assert response.status_code in ((302,) if person is None else (404, 302)), (
                    name,
                    role,
                )
    after.entry(0).refresh_from_db()
    assert after.entry(0).state == EntryState.AWARDED
    assert after.award(0).state == AwardState.ACTIVE


def test_officers_see_only_their_regions_projects(after: After) -> None:
    title = after.award(0).title
    elsewhere = make_officer(RegionFactory(code="E47000001", slug="gmca"))
    assert title in signed_in(after.first).get(url("projects")).content.decode()
    assert title not in signed_in(elsewhere).get(url("projects")).content.decode()


@pytest.mark.parametrize("many", [1, 12])
def test_the_list_of_projects_has_constant_queries(
    many: int, db: None, django_assert_num_queries: Any
) -> None:
    after = build(entries=many, winners=many, reserve=False)
    client = signed_in(after.first)
    client.get(url("projects"))
    with django_assert_num_queries(QUERIES_OF_PROJECTS):
        client.get(url("projects"))


@pytest.mark.parametrize("many", [2, 9])
def test_the_reserve_list_has_constant_queries(
    many: int, db: None, django_assert_num_queries: Any
) -> None:
    after = build(entries=many)
    client = signed_in(after.first)
    client.get(url("reserve", after.stage.pk))
    with django_assert_num_queries(QUERIES_OF_RESERVE):
        client.get(url("reserve", after.stage.pk))


def test_an_upheld_appeal_leads_to_a_correction_by_buttons(after: After) -> None:
    appeal = upheld(after)
    client = signed_in(after.first)
    assert url("appeal", appeal.pk) in client.get(url("appeals")).content.decode()
    home = client.get(reverse("wagtailadmin_home")).content.decode()
    assert "1 upheld appeal to be carried out" in home
    address = f"{url('correct', after.entries[1].pk)}?appeal={appeal.pk}"
    assert address in client.get(url("appeal", appeal.pk)).content.decode()
    page = client.get(address)
    assert "was upheld" in page.context["form"]["why"].value()
    data = form_data(page) | {
        "outcome": "awarded",
        "amount": "9000",
        "reason": "Scored again.",
        "explanation": "A score was left out.",
    }
    assert client.post(address, data).status_code == 302
    sign_off = SignOff.objects.waiting().get()
    other = signed_in(after.second)
    shown = other.get(url("sign_off", sign_off.pk)).content.decode()
    for words in ("Not awarded", "Awarded, £9,000", "A score was left out.", "What follows"):
        assert words in shown
    assert other.post(url("sign_off", sign_off.pk), {"sign": "1"}).status_code == 302
    appeal.refresh_from_db()
    assert appeal.correction and not appeal.is_to_carry_out
    assert after.entry(1).state == EntryState.AWARDED
    for page in (url("appeals"), reverse("wagtailadmin_home")):
        assert url("appeal", appeal.pk) not in client.get(page).content.decode()
    assert "corrected on" in client.get(url("appeal", appeal.pk)).content.decode()


def test_the_team_reads_that_it_is_looked_at_again_and_what_came_of_it(after: After) -> None:
    appeal = upheld(after, event="uphold-in-part")
    client = signed_in(after.member(1))
    address = after.entries[1].get_absolute_url()
    assert "upheld in part; the decision is being looked at again" in page_of(client, address)
    carry_out_appeal(appeal=appeal, words="Here is more feedback.", actor=after.first)
    assert "Here is more feedback." in page_of(client, address)
    told = Notification.objects.filter(recipient=after.member(1)).latest("pk")
    assert told.body == "Here is more feedback."


def page_of(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_what_is_not_closed(after: After) -> None:
    appeal = upheld(after)
    for words, actor, error in (
        (" ", after.first, Refused),
        ("Done.", UserFactory(), NotAllowed),
        ("Done.", make_judge(after.stage).user, NotAllowed),
    ):
        with pytest.raises(error):
            carry_out_appeal(appeal=appeal, words=words, actor=actor)
    carry_out_appeal(appeal=appeal, words="Done.", actor=after.first)
    with pytest.raises(WrongState):
        carry_out_appeal(appeal=appeal, words="Again.", actor=after.first)
    assert not Appeal.objects.to_carry_out().exists()
    assert Appeal.objects.get().state == AppealState.UPHELD


def test_a_corrected_team_may_appeal_anew_about_what_it_was_told_then(after: After) -> None:
    after.correct(0, "not-awarded")
    appeal = file_appeal(entry=after.entry(0), kind="appeal", grounds="Why?", actor=after.member(0))
    assert appeal.reviewer is None  # both officers had a part in it
    third = make_officer(after.call.region)
    for officer in (after.first, after.second):
        with pytest.raises(NotAllowed):
            answer_appeal(appeal=appeal, event="reject", answer="No.", actor=officer)
    answer_appeal(appeal=appeal, event="reject", answer="No.", actor=third)


def test_the_reserve_by_buttons_from_decline_to_acceptance(after: After) -> None:
    team, desk = signed_in(after.member(0)), signed_in(after.first)
    address = after.entries[0].get_absolute_url()
    decline = reverse("awards:decline", args=[after.entries[0].pitch.reference])
    assert decline in page_of(team, address)
    assert "You can’t take this back yourself" in page_of(team, decline)
    team.post(decline)
    assert "Your organisation declined this place." in page_of(team, address)
    place = after.place(1)
    offer = f"{url('offer_place', place.pk)}?vacated={after.entries[0].pk}"
    assert offer in page_of(desk, url("reserve", after.stage.pk))
    response = desk.post(offer, form_data(desk.get(offer)))
    assert response.status_code == 302
    sign(sign_off=SignOff.objects.waiting().get(), actor=after.second)
    next_team = signed_in(after.member(1))
    mine = after.entries[1].get_absolute_url()
    answer = reverse("awards:offer", args=[after.entries[1].pitch.reference])
    assert answer in page_of(next_team, mine)
    assert "A place is offered to you" in page_of(next_team, answer)
    next_team.post(answer, {"accept": "1"})
    assert "Awarded" in page_of(next_team, mine)
    assert "None. A place becomes free" in page_of(desk, url("reserve", after.stage.pk))
    assert Offer.objects.get().state == "accepted"


def test_other_teams_find_no_page_to_answer_or_decline(after: After) -> None:
    others = (signed_in(after.member(2)), signed_in(UserFactory()), signed_in(after.first))
    decline = reverse("awards:decline", args=[after.entries[0].pitch.reference])
    offer = reverse("awards:offer", args=[after.entries[1].pitch.reference])
    for client in others:
        assert client.get(decline).status_code == 404
        assert client.post(decline).status_code == 404
        assert client.get(offer).status_code == 404
    assert after.entry(0).state == EntryState.AWARDED


def test_the_list_is_put_together_on_its_page_and_another_order_needs_a_reason() -> None:
    after = build(reserve=False)
    from challenges.calls.models import Stage
    from challenges.pitches.models import Entry

    Stage.objects.update(released_at=None)
    Entry.objects.update(state=EntryState.SUBMITTED)
    client, address = signed_in(after.first), url("reserve", after.stage.pk)
    one, two = after.entries[1].pk, after.entries[2].pk
    data = {f"on_{one}": "on", f"on_{two}": "on", "held_until": "2999-01-31"}
    assert client.post(address, data).status_code == 302
    assert ReservePlace.objects.get(rank=1).entry_id == one
    turned = data | {f"rank_{one}": "2", f"rank_{two}": "1"}
    assert client.post(address, turned).status_code == 400
    assert client.post(address, turned | {"why": "One per place."}).status_code == 302
    assert ReservePlace.objects.get(rank=1).entry_id == two


def test_a_project_is_completed_ended_and_put_right(after: After) -> None:
    award, client = after.award(0), signed_in(after.first)
    assert client.post(url("end_project", award.pk), {"reason": " "}).status_code == 400
    client.post(url("end_project", award.pk), {"reason": "The supplier closed."})
    page = page_of(Client(), award.get_absolute_url())
    assert "Ended early" in page and "The supplier closed." in page
    told = Notification.objects.filter(recipient=after.member(0)).latest("pk")
    assert "The supplier closed." in told.body
    client.post(url("resume_project", award.pk), {"reason": "It was another project."})
    with pytest.raises(NotAllowed):
        sign(sign_off=SignOff.objects.waiting().get(), actor=after.first)
    sign(sign_off=SignOff.objects.waiting().get(), actor=after.second)
    assert Award.objects.get().state == AwardState.ACTIVE
    assert "It was another project." in page_of(Client(), award.get_absolute_url())
    client.post(url("complete_project", award.pk))
    assert Award.objects.get().state == AwardState.COMPLETED
