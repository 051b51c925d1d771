"""The roads into the service, from the link in a mail to what it leads to, with nothing retyped."""

import html
import re
import time

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value
from django.core import mail
from django.core.management import call_command
from django.urls import reverse
from django.utils.http import urlencode

from challenges.judging.models import PanelMember
from challenges.judging.services import invite_to_panel
from marketplace.accounts.models import User
from startups.services import invite_to_team
from tests.factories import (
    PASSWORD,
    OrganisationFactory,
    RegionFactory,
    UserFactory,
    make_call,
    make_officer,
)
from tests.mails import code_in_mail

ADA = "ada@example.org"

pytestmark = pytest.mark.django_db(transaction=True)  # mail and signals wait for the commit


def team_invitation() -> str:
    owner = UserFactory()
    invite_to_team(organisation=OrganisationFactory(owner=owner), email=ADA, actor=owner)
    return path_in_mail()


def judges_invitation() -> str:
    call = make_call()
    officer = make_officer(region=call.region)
    invite_to_panel(stage=call.first_stage, email=ADA, name="Ada Lovelace", actor=officer)
    return path_in_mail()


def path_in_mail() -> str:
    return re.search(r"https?://[^/\s]+(/\S*invitations/[\w-]+/)", mail.outbox[-1].body)[1]


def link(response, text: str) -> str:
    """Where the link of this text leads, in the main part of the page."""
    page = response.content.decode().partition("<main")[2]
    found = re.search(rf'<a [^>]*href="([^"]+)"[^>]*>\s*{re.escape(text)}', page)
    assert found, f"no link {text!r} in {page}"
    return html.unescape(found[1])


def send(client, response, **typed: str):
    """Fill in the first form of the page that has these fields, and follow to what comes."""
    page = response.content.decode()
    for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", page, re.DOTALL):
        if all(f'name="{name}"' in form for name in typed):
            break
    else:
        raise AssertionError(f"no form with {sorted(typed)} in {page}")
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    action = re.search(r'<form[^>]*action="([^"]+)"', form)
    where = action[1] if action else response.wsgi_request.path
    data = {name: html.unescape(value) for name, value in hidden.items()} | typed
    return client.post(where, data, follow=True)


def at(response) -> str:
    return response.wsgi_request.get_full_path()


def code_for(secret: str) -> str:
    return f"{hotp_value(secret, int(time.time()) // 30):06}"


def ada(*, second_factor: bool = False) -> str:
    """Ada has an account; the secret of her authenticator app."""
    user = UserFactory(email=ADA)
    EmailAddress.objects.create(user=user, email=ADA, verified=True, primary=True)
    secret = generate_totp_secret()
    if second_factor:
        TOTP.activate(user, secret)
    return secret


def set_up_an_app(client, response):
    """From the page that asks for a second factor to the one after the recovery codes."""
    assert response.context["request"].path == reverse("second_factor_needed")
    response = client.get(link(response, "Set up an authenticator app"))
    assert response.status_code == 200, "asked for the password again"
    response = send(client, response, code=code_for(client.session["mfa.totp.secret"]))
    assert at(response) == reverse("mfa_view_recovery_codes")
    assert len(re.findall(r"<li>[0-9a-f]{8}</li>", response.content.decode())) == 10
    return client.get(link(response, "Continue"), follow=True)


@pytest.mark.parametrize(
    ("invitation", "register"),
    [(team_invitation, "Create an account"), (judges_invitation, "Register")],
)
def test_somebody_new_registers_and_is_back_at_the_invitation(client, invitation, register):
    path = invitation()
    response = client.get(link(client.get(path), register))
    assert f'value="{ADA}"' in response.content.decode()
    response = send(client, response, name="Ada", email=ADA, password1=PASSWORD)
    response = send(client, response, code=code_in_mail(ADA))
    assert at(response) == path
    assert response.wsgi_request.user.email == ADA


@pytest.mark.parametrize("pressed", ["Sign in", "Register"])
def test_the_links_at_the_top_of_a_page_lead_back_to_it_too(client, pressed):
    path = judges_invitation()
    for opened in (path, f"/accounts/login/?{urlencode({'next': path})}"):
        top = client.get(opened).content.decode().partition("<main")[0]
        href = re.search(rf'href="([^"]+)"[^>]*>(?:<strong[^>]*>)?{pressed}', top)[1]
        assert href.endswith(f"?{urlencode({'next': path})}")


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:1"])
def test_the_links_at_the_top_never_lead_to_another_site(client, elsewhere):
    page = client.get(f"/accounts/login/?{urlencode({'next': elsewhere})}").content.decode()
    assert f"?{urlencode({'next': elsewhere})}" not in page.partition("<main")[0]


@pytest.mark.parametrize(
    ("invitation", "sign_in"),
    [(team_invitation, "Sign in, if you have one"), (judges_invitation, "Sign in")],
)
@pytest.mark.parametrize("second_factor", [False, True])
def test_somebody_known_signs_in_and_is_back_at_the_invitation(
    client, invitation, sign_in, second_factor
):
    secret = ada(second_factor=second_factor)
    path = invitation()
    response = client.get(link(client.get(path), sign_in))
    response = send(client, response, login=ADA, password=PASSWORD)
    if second_factor:
        response = send(client, response, code=code_for(secret))
    assert at(response) == path
    assert response.wsgi_request.user.email == ADA


def test_a_new_judge_accepts_sets_up_a_second_factor_and_declares(client):
    path = judges_invitation()
    response = client.get(link(client.get(path), "Register"))
    response = send(client, response, name="Ada", email=ADA, password1=PASSWORD)
    response = send(client, response, code=code_in_mail(ADA))
    response = client.post(path, {"answer": "accept"}, follow=True)
    response = set_up_an_app(client, response)
    member = PanelMember.objects.get(email=ADA)
    assert at(response) == reverse("judging:declare", kwargs={"pk": member.pk})
    assert response.status_code == 200
    assert client.get(reverse("judging:panels")).status_code == 200


def test_a_judge_who_has_a_second_factor_goes_straight_on(client):
    secret = ada(second_factor=True)
    path = judges_invitation()
    response = client.get(link(client.get(path), "Sign in"))
    send(client, send(client, response, login=ADA, password=PASSWORD), code=code_for(secret))
    response = client.post(path, {"answer": "accept"}, follow=True)
    member = PanelMember.objects.get(email=ADA)
    assert at(response) == reverse("judging:declare", kwargs={"pk": member.pk})


def test_a_new_officer_sets_up_a_second_factor_and_goes_on_to_the_page_asked_for(client):
    RegionFactory()
    response = client.get("/accounts/signup/")
    response = send(client, response, name="Ada", email=ADA, password1=PASSWORD)
    send(client, response, code=code_in_mail(ADA))
    call_command("grant_role", ADA, "officer")
    response = set_up_an_app(client, client.get("/organisations/?q=damp", follow=True))
    assert at(response) == "/organisations/?q=damp"
    assert response.status_code == 200


def test_nothing_is_left_to_continue_to_afterwards(client):
    test_a_new_officer_sets_up_a_second_factor_and_goes_on_to_the_page_asked_for(client)
    for page in (reverse("mfa_view_recovery_codes"), reverse("mfa_index")):
        assert reverse("second_factor_continue") not in client.get(page).content.decode()
    # The page that asks for one is no dead end to whoever goes back to it.
    assert at(client.get(reverse("second_factor_needed"), follow=True)) == "/accounts/you/"


def test_a_form_sent_on_the_way_is_not_what_one_comes_back_to(client):
    """Its address may answer to forms only."""
    user = make_officer()
    client.force_login(user)
    client.post("/notifications/read/")
    assert at(client.get(reverse("second_factor_continue"), follow=True)) == "/accounts/you/"


def test_an_old_sign_in_is_asked_for_the_password_before_the_second_factor_changes(client):
    user = make_officer()
    client.force_login(user)
    session = client.session
    session["signed_in_at"] -= 1000
    session.save()
    response = client.get(reverse("mfa_activate_totp"), follow=True)
    assert at(response).startswith(reverse("account_reauthenticate"))
    response = send(client, response, password=PASSWORD)
    assert at(response) == reverse("mfa_activate_totp")


def test_a_fresh_sign_in_without_the_second_factor_set_up_since_proves_too_little(client):
    """Somebody with the password alone can't turn the second factor off or read the codes."""
    secret = ada()
    client.post("/accounts/login/", {"login": ADA, "password": PASSWORD})
    TOTP.activate(User.objects.get(email=ADA), secret)
    for name in ("mfa_deactivate_totp", "mfa_generate_recovery_codes"):
        response = client.get(reverse(name), follow=True)
        assert at(response).startswith(reverse("account_reauthenticate"))
