"""What can't be quietly undone asks once more who it is; every such page is in the table."""

import re
import time
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from marketplace.access import signed_in
from marketplace.accounts.models import User
from marketplace.accounts.proving import proved_lately
from marketplace.accounts.session import SECOND_FACTOR, SIGNED_IN_AT
from startups.models import MemberRole, Membership
from tests.factories import (
    PASSWORD,
    OrganisationFactory,
    UserFactory,
    make_call,
    make_officer,
    sign_in,
)

pytestmark = pytest.mark.django_db

PROVEN = {
    "desk:release": "release results",
    "desk:sign_off": "sign",
    "desk:correct": "correct",
    "desk:carry_out": "appeal",
    "desk:cancel": "cancel",
    "desk:reopen": "open a stage again",
    "desk:approve": "approve",
    "desk:offer_place": "offer",
    "desk:complete_project": "complete",
    "desk:end_project": "end a project",
    "desk:export": "personal data",
    "desk:export_people": "personal data",
    "desk:people_csv": "personal data",
    "desk:export_panel": "personal data",
    "desk:export_reading": "personal data",
    "desk:reading_csv": "personal data",
    "desk:export_enquiries": "personal data",
    "desk:export_appeals": "personal data",
    "desk:export_sign_offs": "personal data",
    "judging:conflicts_csv": "personal data",
    "startups:make_owner": "owner",
    "account_copy": "download",
    "account_delete": "delete",
}
"""Name of an address → a word of what the proof is said to be for."""

HARMLESS = {
    "desk:stop_release": "keeps something from happening",
    "desk:take_back_offer": "keeps something from happening",
    "desk:return": "sends a call back to be changed",
    "desk:addendum": "reads; the second officer signs at a proposal of its own",
    "desk:sign_offs": "a list",
    "awards:offer": "a start-up answers what an officer offered",
    "desk:export_calls": "calls are public, or the officer's own words",
    "desk:export_projects": "funded projects are public",
    "desk:export_ranking": "pitches and scores, no people",
    "desk:export_fairness": "numbers",
    "judging:results_csv": "public",
    "awards:projects_csv": "public",
    "account_deleted": "says that it is done",
}
LOOKS_GRAVE = re.compile(
    r"release|sign_off|correct|carry_out|cancel(?!_invitation)|reopen|approve|offer_place|offers?$"
    r"|complete_project|end_project|export|_csv|make_owner|account_copy|account_delete|pay"
)


def named(patterns: Any, prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in patterns:
        if isinstance(each, URLResolver):
            inside = f"{prefix}{each.namespace}:" if each.namespace else prefix
            found.update(named(each.url_patterns, inside))
        elif isinstance(each, URLPattern) and each.name:
            found.setdefault(prefix + each.name, each.callback)
    return found


def proof_of(view: Any) -> str:
    """What a view asks for, under whatever stands around it."""
    while view is not None:
        if proves := getattr(view, "proves", ""):
            return proves
        view = getattr(view, "__wrapped__", None)
    return ""


OURS = ("desk:", "judging:", "awards:", "calls:", "pitches:", "startups:", "people:", "account_")


def test_every_grave_page_is_in_the_table() -> None:
    views = named(get_resolver().url_patterns)
    grave = {n for n in views if n.startswith(OURS) and LOOKS_GRAVE.search(n)}
    assert not grave - PROVEN.keys() - HARMLESS.keys()
    assert PROVEN.keys() <= views.keys()
    for name, view in views.items():
        if name in PROVEN:
            assert PROVEN[name] in proof_of(view), name
        elif name in HARMLESS:
            assert not proof_of(view), name


def grown_old(client: Client) -> Client:
    """Signed in an hour ago."""
    session = client.session
    session[SIGNED_IN_AT] = time.time() - 3600
    session.save()
    return client


def officer_client() -> tuple[User, Client]:
    officer, client = make_officer(), Client()
    sign_in(client, officer)
    return officer, client


def test_what_was_sent_is_kept_until_it_is_proved_and_then_stands_in_its_form() -> None:
    officer, client = officer_client()
    stage = make_call(region=officer.region_roles.get().region).first_stage
    page = reverse("desk:cancel", kwargs={"pk": stage.call_id})
    typed = {"reason": "The budget was withdrawn by the board on Monday"}
    grown_old(client)
    assert client.get(page).status_code == 200, "to read is not asked"
    response = client.post(page, typed, headers={"referer": f"http://testserver{page}"})
    assert response["Location"].startswith("/accounts/reauthenticate/?next=")
    asked = client.get(response["Location"]).content.decode()
    assert "You are about to cancel a call" in asked
    stage.call.refresh_from_db()
    assert stage.call.state != "cancelled"
    assert client.post(response["Location"], {"password": "wrong", "next": page}).status_code == 200
    response = client.post(response["Location"], {"password": PASSWORD, "next": page})
    assert response["Location"] == page
    assert typed["reason"] in client.get(page).content.decode()
    assert "reauthenticate" not in client.post(page, typed).headers.get("Location", "")


def test_whoever_may_not_is_asked_to_prove_nothing() -> None:
    _, client = officer_client()
    other = make_call()
    stranger = UserFactory()
    own = Client()
    own.force_login(stranger)
    grown_old(own)
    assert own.post(reverse("desk:cancel", kwargs={"pk": other.pk})).status_code in (302, 404)
    response = own.post(reverse("desk:cancel", kwargs={"pk": other.pk}), follow=True)
    assert "reauthenticate" not in str(response.redirect_chain)
    assert client


def test_a_file_with_personal_data_asks_before_it_is_opened() -> None:
    _, client = officer_client()
    address = reverse("desk:people_csv")
    assert client.get(address).status_code == 200
    grown_old(client)
    assert client.get(address)["Location"].startswith("/accounts/reauthenticate/?next=")


def test_a_team_gives_its_own_away_only_with_proof(client: Client) -> None:
    owner, member, organisation = UserFactory(), UserFactory(), OrganisationFactory()
    Membership.objects.create(organisation=organisation, user=owner, role=MemberRole.OWNER)
    held = Membership.objects.create(organisation=organisation, user=member)
    client.force_login(owner)
    grown_old(client)
    address = reverse("startups:make_owner", kwargs={"slug": organisation.slug, "pk": held.pk})
    assert "reauthenticate" in client.post(address)["Location"]
    held.refresh_from_db()
    assert held.role != MemberRole.OWNER


@pytest.mark.parametrize("path", ["/admin/users/", "/admin/users/new/", "/admin/groups/"])
def test_wagtails_pages_of_people_ask_too(path: str) -> None:
    root, client = User.objects.create_superuser("root@example.org", PASSWORD), Client()
    client.force_login(root)
    session = client.session
    session[SECOND_FACTOR] = root.pk
    session.save()
    grown_old(client)
    assert "reauthenticate" in client.get(path).headers.get("Location", "")
    assert "reauthenticate" in client.post(path).headers.get("Location", "")


LISTS = [
    "/admin/reports/site-history/",
    "/admin/reports/aging-pages/results/",
    "/admin/reports/locked/",
    "/admin/users/",
    "/admin/redirects/",
]


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_list_of_wagtails_is_taken_away_only_with_proof(path: str, kind: str) -> None:
    client = sign_in(Client(), UserFactory(is_superuser=True))
    assert client.get(path, {"export": kind}).status_code in (200, 404)
    grown_old(client)
    assert client.get(path).status_code in (200, 302, 404)
    answer = client.get(path, {"export": kind})
    assert "reauthenticate" in answer.headers.get("Location", ""), answer.status_code
    # The proof leads back to it.
    assert "export" in answer["Location"]


def test_an_address_is_changed_only_with_proof(client: Client) -> None:
    user = UserFactory()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    client.force_login(user)
    grown_old(client)
    response = client.post("/accounts/email/", {"action_add": "", "email": "new@example.org"})
    assert "reauthenticate" in response["Location"]


def test_who_has_nothing_to_prove_it_with_signs_in_anew(rf: Any, client: Client) -> None:
    """Somebody who gets in with codes by mail alone: a new one is the proof."""
    user = UserFactory()
    user.set_unusable_password()
    user.save()
    client.force_login(user)
    grown_old(client)
    response = client.get("/accounts/copy/")
    assert response["Location"] == "/accounts/login/?next=/accounts/copy/"
    assert "_auth_user_id" not in client.session


def test_the_guard_stands_below_the_one_that_asks_who_it_is(rf: Any) -> None:
    @signed_in
    @proved_lately("do it")
    def view(request: Any) -> HttpResponse:
        return HttpResponse("done")

    request = rf.get("/")
    request.user = AnonymousUser()
    assert view(request).status_code == 302
    assert proof_of(view) == "do it"
