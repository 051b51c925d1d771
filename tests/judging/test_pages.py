"""What judges see, what they can do there, and what nobody else sees."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from challenges.calls.models import Stage
from challenges.judging.models import (
    Assignment,
    AssignmentState,
    Conflict,
    MemberState,
    PanelMember,
)
from challenges.judging.services import invite_to_panel
from challenges.pitches.models import Entry
from marketplace.accounts.models import User
from marketplace.activity.models import Notification
from tests.factories import (
    UserFactory,
    assign,
    close_stage,
    make_call,
    make_entry,
    make_judge,
    make_officer,
    sign_in,
    submit,
)
from tests.judging.conftest import (
    World,
    attach,
    build_world,
    review_url,
    text_of,
    typed,
    write_review,
)

SIGN_IN = "/accounts/login/"


# --- Who opens what --------------------------------------------------------------------


def addresses(world: World) -> dict[str, str]:
    file = attach(world.entry)
    member, pk = {"pk": world.judge.pk}, {"pk": world.assignment.pk}
    return {
        "panel": reverse("judging:panel", kwargs=member),
        "declare": reverse("judging:declare", kwargs=member),
        "review": reverse("judging:review", kwargs=pk),
        "autosave": reverse("judging:autosave", kwargs=pk),
        "attachment": reverse(
            "judging:attachment", kwargs={"assignment": world.assignment.pk, "pk": file.pk}
        ),
    }


def persons(world: World) -> dict[str, User]:
    elsewhere = make_call(region=world.call.region).first_stage
    return {
        "judge": world.judge.user,
        "other judge": make_judge(world.stage).user,
        "judge elsewhere": make_judge(elsewhere).user,
        "officer": world.officer,
        "applicant": world.applicant,
        "stranger": UserFactory(),
    }


def undeclare(world: World) -> None:
    PanelMember.objects.filter(pk=world.judge.pk).update(declared_at=None)


def remove(world: World) -> None:
    PanelMember.objects.filter(pk=world.judge.pk).update(state=MemberState.REMOVED)


def recuse(world: World) -> None:
    Assignment.objects.filter(pk=world.assignment.pk).update(state=AssignmentState.RECUSED)


def release(world: World) -> None:
    Stage.objects.filter(pk=world.stage.pk).update(released_at=timezone.now())


# What the judge whose it is gets (GET; POST for autosave); everybody else gets 404.
STANDING = {"panel": 200, "declare": 200, "review": 200, "autosave": 200, "attachment": 200}
STATES: dict[str, tuple[Callable[[World], None], dict[str, int]]] = {
    "at work": (lambda world: None, STANDING),
    "undeclared": (
        undeclare,
        {"panel": 302, "declare": 200, "review": 404, "autosave": 404, "attachment": 404},
    ),
    "removed": (remove, dict.fromkeys(STANDING, 404)),
    "recused": (recuse, {**STANDING, "review": 404, "autosave": 404, "attachment": 404}),
    "released": (release, {**STANDING, "autosave": 409}),
}


@pytest.mark.parametrize("state", STATES)
def test_role_by_page_by_state(world: World, state: str) -> None:
    spoil, expected = STATES[state]
    pages, people = addresses(world), persons(world)
    spoil(world)
    for page, address in pages.items():
        for role, person in people.items():
            client = sign_in(Client(), person)
            ask = client.post if page == "autosave" else client.get
            got = ask(address, typed(world) if page == "autosave" else None)
            assert got.status_code == (expected[page] if role == "judge" else 404), (page, role)
        anonymous = Client().get(address)
        assert anonymous.status_code == 302
        assert anonymous.url.startswith(SIGN_IN)


def test_a_judge_sees_no_other_judges_scores(world: World, judge: Client) -> None:
    other = assign(make_judge(world.stage, name="Olive Other"), world.entry)
    write_review(
        other,
        scores={c.pk: (5, "Olive’s remark") for c in world.stage.criteria.all()},
        comment="Olive’s secret",
    )
    write_review(world.assignment, 1)
    for name, thing in (
        ("panel", world.judge),
        ("declare", world.judge),
        ("review", world.assignment),
    ):
        page = text_of(judge.get(reverse(f"judging:{name}", kwargs={"pk": thing.pk})))
        for secret in ("Olive", "100.0 of 100", "5 of 5"):
            assert secret not in page, (name, secret)


# --- The invitation --------------------------------------------------------------------


@pytest.fixture
def link(world: World) -> str:
    invite_to_panel(stage=world.stage, email="ann@example.org", name="Ann", actor=world.officer)
    return Notification.objects.first().path


def test_signed_out_it_says_what_it_is_and_leads_to_sign_in_and_back(
    world: World, link: str, client: Client
) -> None:
    page = text_of(client.get(link))
    assert world.call.title in page
    assert "ann@example.org" in page
    assert f"{SIGN_IN}?next={link}" in page
    assert f"/accounts/signup/?next={link}" in page
    assert client.post(link, {"answer": "accept"}).url == f"{SIGN_IN}?next={link}"
    assert PanelMember.objects.get(email="ann@example.org").state == MemberState.INVITED


def test_accepting_leads_to_the_second_factor_and_back_to_the_panel(
    link: str, client: Client
) -> None:
    client.force_login(UserFactory(email="ann@example.org"))
    accepted = client.post(link, {"answer": "accept"})
    member = PanelMember.objects.get(email="ann@example.org")
    assert member.state == MemberState.ACCEPTED
    assert accepted.url == reverse("judging:declare", kwargs={"pk": member.pk})
    assert client.get(accepted.url).url.startswith("/accounts/second-factor/")
    sign_in(client, member.user)
    assert client.get(link).url == reverse("judging:panel", kwargs={"pk": member.pk})


def test_declining(link: str, client: Client) -> None:
    client.force_login(UserFactory(email="ann@example.org"))
    assert "You have declined" in text_of(client.post(link, {"answer": "decline"}))
    again = client.get(link)
    assert (again.status_code, "was answered" in text_of(again)) == (410, True)


def test_an_answer_must_be_chosen(link: str, client: Client) -> None:
    client.force_login(UserFactory(email="ann@example.org"))
    assert "Choose whether" in text_of(client.post(link, {}))


def test_a_get_answers_nothing(link: str, client: Client) -> None:
    client.force_login(UserFactory(email="ann@example.org"))
    assert client.get(f"{link}?answer=accept").status_code == 200
    assert PanelMember.objects.get(email="ann@example.org").state == MemberState.INVITED


def test_the_wrong_address_is_told(link: str, client: Client) -> None:
    client.force_login(UserFactory(email="bob@example.org"))
    for response in (client.get(link), client.post(link, {"answer": "accept"})):
        assert response.status_code == 403
        assert "for somebody else" in text_of(response)
        assert "ann@example.org" not in text_of(response)


def test_an_expired_link_is_told(link: str, client: Client) -> None:
    PanelMember.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    client.force_login(UserFactory(email="ann@example.org"))
    for response in (client.get(link), client.post(link, {"answer": "accept"})):
        assert response.status_code == 410
        assert "has run out" in text_of(response)


def test_used_by_somebody_else_and_removed(link: str, client: Client) -> None:
    member = PanelMember.objects.get(email="ann@example.org")
    for state, says in (("accepted", "was answered"), ("removed", "no longer counts")):
        PanelMember.objects.filter(pk=member.pk).update(state=state, user=UserFactory())
        response = client.get(link)
        assert (response.status_code, says in text_of(response)) == (410, True)


@pytest.mark.parametrize("token", ["x", "a" * 43, "é" * 20, "-" * 3000])
def test_an_unknown_link_is_told(db: None, client: Client, token: str) -> None:
    response = client.get(f"/judging/invitations/{token}/")
    assert response.status_code == 404
    assert "We don’t know this invitation" in text_of(response)


# --- Interests -------------------------------------------------------------------------


def test_declaring_needs_an_answer_and_keeps_what_was_typed(world: World, judge: Client) -> None:
    undeclare(world)
    url = reverse("judging:declare", kwargs={"pk": world.judge.pk})
    first, second = (entry.pitch.organisation for entry in world.entries)
    assert "tick that you have none" in text_of(judge.post(url, {}))
    both = text_of(
        judge.post(url, {"none": "on", f"interest_{first.pk}": "on", f"nature_{first.pk}": "Kin"})
    )
    assert "clear that tick" in both
    assert ">Kin</textarea>" in both
    wordless = text_of(judge.post(url, {f"interest_{first.pk}": "on"}))
    assert f"Say what your interest in {first.name} is" in wordless
    tickless = text_of(judge.post(url, {f"nature_{second.pk}": "Kin", "none": "on"}))
    assert f"Tick {second.name}, or clear" in tickless
    assert not Conflict.objects.exists()
    done = judge.post(url, {f"interest_{first.pk}": "on", f"nature_{first.pk}": "Kin"})
    assert done.url == reverse("judging:panel", kwargs={"pk": world.judge.pk})
    assert Conflict.objects.get().entry == world.entry
    assert "Warm homes" not in text_of(judge.get(done.url))


def test_a_new_interest_later(world: World, judge: Client) -> None:
    url = reverse("judging:declare", kwargs={"pk": world.judge.pk})
    judge.post(url, {"none": "on"})
    organisation = world.entry.pitch.organisation
    judge.post(url, {f"interest_{organisation.pk}": "on", f"nature_{organisation.pk}": "New job"})
    assert judge.get(review_url(world.assignment)).status_code == 404
    page = text_of(judge.get(url))
    assert "Known already" in page
    assert "New job" in page


def test_a_blind_stage_names_applicants_apart_from_pitches(
    blind_world: World, client: Client
) -> None:
    world = blind_world
    sign_in(client, world.judge.user)
    declare = text_of(client.get(reverse("judging:declare", kwargs={"pk": world.judge.pk})))
    panel = text_of(client.get(reverse("judging:panel", kwargs={"pk": world.judge.pk})))
    review = text_of(client.get(review_url(world.assignment)))
    for entry in world.entries:
        assert entry.pitch.organisation.name in declare
        assert entry.pitch.title not in declare
        assert entry.pitch.reference not in declare
        for page in (panel, review):
            assert entry.pitch.organisation.name not in page
    assert f"Applicant {world.entry.pitch.reference}" in panel
    assert f"Applicant {world.entry.pitch.reference}" in review


def test_names_of_an_open_stage_are_shown(world: World, judge: Client) -> None:
    name = world.entry.pitch.organisation.name
    assert name in text_of(judge.get(review_url(world.assignment)))


# --- Lists -----------------------------------------------------------------------------


def test_filters_and_totals(world: World, judge: Client) -> None:
    Entry.objects.filter(pk=world.entries[1].pk).get().pitch.__class__.objects.filter(
        pk=world.entries[1].pitch_id
    ).update(title="Cool roofs")
    assign(world.judge, world.entries[1])
    write_review(world.assignment)
    url = reverse("judging:panel", kwargs={"pk": world.judge.pk})
    everything, to_score, scored = (
        text_of(judge.get(url, {"show": show})) for show in ("nonsense", "to-score", "scored")
    )
    assert "Warm homes" in everything and "Cool roofs" in everything
    assert "Warm homes" not in to_score and "Cool roofs" in to_score
    assert "Your total: 60.0 of 100" in scored and "Cool roofs" not in scored


def test_late_pitches_ask_for_a_new_declaration(db: None, client: Client) -> None:
    call = make_call()
    judge = make_judge(call.first_stage)
    submit(make_entry(call=call))
    close_stage(call.first_stage)
    url = reverse("judging:panel", kwargs={"pk": judge.pk})
    assert "1 pitch has come in since" in text_of(sign_in(client, judge.user).get(url))


@pytest.mark.parametrize("many", [1, 30])
def test_panel_queries(
    many: int, db: None, client: Client, django_assert_num_queries: Callable
) -> None:
    world = build_world(entries=many)
    for entry in world.entries[1:]:
        assign(world.judge, entry)
    sign_in(client, world.judge.user)
    with django_assert_num_queries(10):
        client.get(reverse("judging:panel", kwargs={"pk": world.judge.pk}))


@pytest.mark.parametrize("many", [1, 30])
def test_panels_queries(
    many: int, db: None, client: Client, django_assert_num_queries: Callable
) -> None:
    person = UserFactory()
    officer = make_officer()
    for _ in range(many):
        member = make_judge(make_call(owner=officer).first_stage)
        PanelMember.objects.filter(pk=member.pk).update(user=person)
    sign_in(client, person)
    with django_assert_num_queries(6):
        client.get(reverse("judging:panels"))


@pytest.mark.parametrize("many", [1, 30])
def test_declare_queries(
    many: int, db: None, client: Client, django_assert_num_queries: Callable
) -> None:
    world = build_world(entries=many)
    sign_in(client, world.judge.user)
    with django_assert_num_queries(6):
        client.get(reverse("judging:declare", kwargs={"pk": world.judge.pk}))


def test_nobody_elses_panels_are_listed(world: World, client: Client) -> None:
    page = text_of(sign_in(client, UserFactory()).get(reverse("judging:panels")))
    assert "You are on no panel" in page
    assert world.call.title not in page
