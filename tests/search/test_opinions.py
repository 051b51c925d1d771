"""What both sides say of a match, invitations, partners, and what was done before."""

from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from challenges.awards.models import Award
from challenges.calls.models import Call
from marketplace.activity.models import Notification, Record
from marketplace.errors import NotAllowed, Refused, TooLate
from search.evaluation import own_set
from search.matching import (
    call_text,
    match_calls,
    match_organisations,
    match_partners,
    match_projects,
)
from search.models import Opinion, Side
from search.opinions import GOOD, IRRELEVANT, NONE, give_opinion, invite_to_apply
from startups.models import Level, Organisation
from tests.factories import (
    AwardFactory,
    ObjectiveFactory,
    UserFactory,
    make_officer,
    sign_in,
)
from tests.search.things import claim, organisation, public_call, want

Fill = Callable[[], None]
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.parametrize("backend", ["embedded"], indirect=True),
]


@pytest.fixture
def pair(fill: Fill) -> tuple[Call, Organisation]:
    """A call and the better of two organisations for it."""
    call = public_call(title="Damp in council homes")
    want(call, "Mapping")
    want(call, "Sensors")
    best, other = organisation("Best", owner=UserFactory()), organisation("Other")
    for name in ("Mapping", "Sensors"):
        claim(best, name, Level.EXPERT)
    claim(other, "Mapping")
    fill()
    return call, best


def names(call: Call) -> list[str]:
    return [match.thing.name for match in match_organisations(call)]


def owner_of(firm: Organisation) -> object:
    return firm.memberships.get().user


def test_what_an_officer_says_hides_lifts_and_can_be_taken_back(
    pair: tuple[Call, Organisation],
) -> None:
    call, best = pair
    officer, other = make_officer(), Organisation.objects.get(name="Other")

    def say(firm: Organisation, opinion: str) -> None:
        give_opinion(call=call, organisation=firm, side=Side.CALL, opinion=opinion, actor=officer)

    assert names(call) == ["Best", "Other"]
    before = match_organisations(call)[1].score
    say(other, GOOD)
    lifted = next(each for each in match_organisations(call) if each.thing == other)
    assert lifted.liked and lifted.score > before
    say(best, IRRELEVANT)
    assert names(call) == ["Other"]
    assert [match.thing for match in match_calls(best)] == [call], "the other side sees no change"
    say(best, NONE)
    assert names(call)[0] == "Best" and Opinion.objects.count() == 1
    assert Record.objects.filter(verb="search.match_judged", chain__key=call.chain).count() == 3


def test_what_a_team_says_hides_it_from_the_team_alone(pair: tuple[Call, Organisation]) -> None:
    call, best = pair
    give_opinion(
        call=call,
        organisation=best,
        side=Side.ORGANISATION,
        opinion=IRRELEVANT,
        actor=owner_of(best),
    )
    assert match_calls(best) == []
    assert "Best" in names(call)
    assert not Record.objects.filter(verb="search.match_judged", chain__key=call.chain).exists()


@pytest.mark.parametrize("side", Side.values)
def test_strangers_say_nothing(pair: tuple[Call, Organisation], side: str) -> None:
    call, best = pair
    with pytest.raises(NotAllowed):
        give_opinion(call=call, organisation=best, side=side, opinion=GOOD, actor=UserFactory())
    assert not Opinion.objects.exists()


def test_an_invitation_is_sent_once_and_is_on_record(pair: tuple[Call, Organisation]) -> None:
    call, best = pair
    officer = make_officer()
    assert invite_to_apply(call=call, organisation=best, actor=officer) == 1
    [note] = Notification.objects.filter(recipient=owner_of(best))
    assert call.title in note.subject and "no advantage" in note.body
    with pytest.raises(Refused, match="already"):
        invite_to_apply(call=call, organisation=best, actor=officer)
    with pytest.raises(NotAllowed):
        invite_to_apply(call=call, organisation=best, actor=owner_of(best))
    hidden = organisation("Hidden", is_public=False)
    with pytest.raises(Refused, match="no profile"):
        invite_to_apply(call=call, organisation=hidden, actor=officer)
    Call.objects.filter(pk=call.pk).update(state="cancelled")
    with pytest.raises(TooLate):
        invite_to_apply(call=call, organisation=organisation("Late"), actor=officer)


def test_the_pages_of_both_sides(pair: tuple[Call, Organisation]) -> None:
    call, best = pair
    officer, team = sign_in(Client(), make_officer()), sign_in(Client(), owner_of(best))
    page = officer.get(reverse("desk:suppliers", args=[call.pk])).content.decode()
    assert "Best" in page and "Expert in Mapping, asked for Working" in page
    assert "No award yet" in page
    said = {"organisation": best.pk}
    address = reverse("desk:judge_supplier", args=[call.pk])
    for extra in ({"invite": "1"}, {"opinion": "irrelevant"}):
        assert officer.post(address, said | extra).status_code == 302
    page = officer.get(reverse("desk:suppliers", args=[call.pk])).content.decode()
    assert "Called not relevant (1)" in page
    assert officer.post(address, said | {"opinion": "rubbish"}, follow=True).status_code == 200
    assert team.get(reverse("desk:suppliers", args=[call.pk])).status_code in (302, 404)
    assert team.post(address, said | {"opinion": "good"}).status_code in (302, 404)
    mine = reverse("judge_match", args=[best.slug])
    team.post(mine, {"call": call.reference, "opinion": "irrelevant"})
    page = team.get("/dashboard/").content.decode()
    assert "Calls you said are not relevant (1)" in page
    stranger = sign_in(Client(), UserFactory())
    assert stranger.post(mine, {"call": call.reference, "opinion": "good"}).status_code == 404


def test_partners_bring_what_is_lacking(pair: tuple[Call, Organisation], fill: Fill) -> None:
    call, best = pair
    other = Organisation.objects.get(name="Other")
    claim(organisation("Hidden", is_public=False), "Sensors")
    fill()
    [match] = match_partners(other, call)
    assert match.thing == best
    assert match.reasons == ["Expert in Sensors, which the call asks for and you lack"]
    assert match_partners(best, call) == []
    team = sign_in(Client(), owner_of(best))
    address = reverse("partners", args=[best.slug])
    page = team.get(f"{address}?call={call.reference}").content.decode()
    assert "Nobody found" in page
    assert team.get(f"{address}?call=none").status_code == 404


def test_done_before_names_funded_projects_of_other_calls(fill: Fill) -> None:
    call = public_call(title="Damp", summary="Sensors find mould in council homes.")
    AwardFactory(title="Mould watch", summary="Sensors that find mould early.")
    AwardFactory(title="Tram times", summary="Real-time boards.")
    AwardFactory(title="Own", summary="Sensors that find mould.", call=call)
    fill()
    [match] = match_projects(call_text(call), without=call.pk)
    assert match.thing.title == "Mould watch"
    assert "mould" in match.reasons[0] and "Sensors that find mould early." in match.reasons[0]


def test_an_award_for_the_same_objective_is_a_reason(fill: Fill) -> None:
    warm = ObjectiveFactory()
    call, earlier = public_call(title="New"), public_call(title="Old")
    for each in (call, earlier):
        each.objectives.add(warm)
    firm, newcomer = organisation("Known"), organisation("Newcomer")
    for each in (firm, newcomer):
        claim(each, "Mapping")
    want(call, "Mapping")
    Award.objects.create(call=earlier, organisation=firm, title="Warm", slug="warm", amount=1)
    fill()
    known, new = match_organisations(call)
    assert known.thing == firm and not known.is_new and new.is_new
    assert known.reasons[-1] == "Funded before for the same objective: “Warm”"


def test_what_people_said_is_a_set_to_measure_by(pair: tuple[Call, Organisation]) -> None:
    call, best = pair
    with pytest.raises(CommandError, match="Nobody has called"):
        call_command("search_evaluate", own=Side.CALL)
    with pytest.raises(CommandError, match="Name a folder"):
        call_command("search_evaluate")
    other = Organisation.objects.get(name="Other")
    for firm, opinion in ((best, GOOD), (other, IRRELEVANT)):
        give_opinion(
            call=call, organisation=firm, side=Side.CALL, opinion=opinion, actor=make_officer()
        )
    judged = own_set(Side.CALL)
    assert judged.grades == {str(call.pk): {str(best.pk): 1, str(other.pk): 0}}
    assert judged.corpus.keys() == {str(best.pk), str(other.pk)}
    out = StringIO()
    call_command("search_evaluate", own=Side.CALL, stdout=out)
    assert "2 documents, 1 queries" in out.getvalue()
