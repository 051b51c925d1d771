"""Signing up and in with a passkey, in a real browser with an authenticator of its own."""

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import Page, expect

from marketplace.accounts.models import Role, User
from marketplace.accounts.services import grant_role
from tests.factories import RegionFactory
from tests.mails import code_in_mail

pytestmark = pytest.mark.django_db(transaction=True)

ADA = "ada@example.org"
ON_THE_WAY_TO = "/organisations/?q=damp"


def plug_in_authenticator(page: Page, *, knows_its_user: bool = True) -> None:
    """One that asks who its user is, as a phone or a laptop does; the wrong finger fails."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": knows_its_user,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def press(page: Page, name: str) -> None:
    main = page.locator("main")
    main.get_by_role("button", name=name).or_(main.get_by_role("link", name=name)).first.click()


def sign_up_with_passkey(page: Page) -> None:
    page.goto(f"/accounts/signup/?next={ON_THE_WAY_TO}")
    press(page, "Register with a passkey")
    page.get_by_label("Full name").fill("Ada Lovelace")
    page.get_by_label("E-mail address").fill(ADA)
    press(page, "Continue")
    page.get_by_label("Code").fill(code_in_mail(ADA))
    press(page, "Continue")
    expect(page.locator("h1")).to_have_text("Create your passkey")
    expect(page.get_by_text("Your browser did not go on with that")).to_be_hidden()
    page.wait_for_load_state()  # the button does nothing before its script is there
    press(page, "Create the passkey")


def test_sign_up_sign_out_and_sign_in_with_a_passkey(new_person, axe):
    page = new_person()
    plug_in_authenticator(page)
    sign_up_with_passkey(page)
    expect(page).to_have_url(ON_THE_WAY_TO)
    ada = User.objects.get(email=ADA)
    assert not ada.has_usable_password()
    assert Authenticator.objects.get(user=ada).type == Authenticator.Type.WEBAUTHN

    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("navigation").get_by_role("link", name="Sign in")).to_be_visible()
    page.goto(f"/accounts/login/?next={ON_THE_WAY_TO}")
    axe(page)
    press(page, "Sign in with a passkey")
    expect(page).to_have_url(ON_THE_WAY_TO)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()

    # What proved them at sign-in is a second factor too.
    grant_role(user=ada, region=RegionFactory(), role=Role.OFFICER)
    page.goto("/organisations/")
    expect(page).to_have_url("/organisations/")


def test_a_new_officer_sets_up_a_passkey_and_goes_on(new_person, axe):
    page = new_person(viewport={"width": 320, "height": 640})
    plug_in_authenticator(page)
    sign_up_with_password(page)
    grant_role(user=User.objects.get(email=ADA), region=RegionFactory(), role=Role.OFFICER)
    page.goto(ON_THE_WAY_TO)
    press(page, "Set up a passkey")
    axe(page)
    press(page, "Add the key")
    expect(page.locator("h1")).to_have_text("Recovery codes")
    axe(page)
    press(page, "Continue")
    expect(page).to_have_url(ON_THE_WAY_TO)


def sign_up_with_password(page: Page) -> None:
    page.goto("/accounts/signup/")
    page.get_by_label("Full name").fill("Ada Lovelace")
    page.get_by_label("E-mail address").fill(ADA)
    page.get_by_label("Password", exact=True).fill("a golden thread runs through it")
    press(page, "Register")
    page.get_by_label("Code").fill(code_in_mail(ADA))
    press(page, "Continue")
    expect(page).to_have_url("/accounts/you/")


def test_a_passkey_that_fails_is_told(new_person, axe):
    page = new_person()
    plug_in_authenticator(page, knows_its_user=False)
    sign_up_with_passkey(page)
    expect(page.get_by_text("Your browser did not go on with that")).to_be_visible()
    axe(page)
    press(page, "Choose a password instead")
    expect(page.locator("h1")).to_have_text("Reset your password")
