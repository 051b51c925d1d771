"""A copy of the database makes nobody's codes; keys change without locking anybody out."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.mfa.utils import decrypt
from django.core.management import CommandError, call_command
from django.test import Client

from marketplace import boxes
from marketplace.accounts.models import User
from marketplace.accounts.sealing import IS_SEALED, SALT, seal_all
from marketplace.accounts.tasks import seal_second_factors
from marketplace.activity import sealing as mail_sealing
from marketplace.activity.models import Notification, Record
from tests.accounts.test_second_factor import code_for
from tests.factories import PASSWORD, UserFactory, make_officer

pytestmark = pytest.mark.django_db

PAGE = "/accounts/2fa/authenticate/"
NEW, OLD, ELSE = ("n" * 40, "o" * 40, "e" * 40)


@pytest.fixture
def person() -> tuple[User, str, list[str]]:
    user = UserFactory()
    from allauth.account.models import EmailAddress

    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return user, secret, RecoveryCodes.activate(user).get_unused_codes()


def gets_in(user: User, code: str) -> bool:
    client = Client()
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    response = client.post(PAGE, {"code": code})
    assert response.status_code in (200, 302)
    return "_auth_user_id" in client.session


def stored() -> str:
    return " ".join(str(data) for data in Authenticator.objects.values_list("data", flat=True))


def open_all() -> None:
    """As an older release left them."""
    for held in Authenticator.objects.all():
        name = "secret" if held.type == "totp" else "seed"
        held.data[name] = decrypt(held.data[name])
        held.save()


def test_nothing_stands_in_the_clear(person):
    user, secret, codes = person
    assert secret not in stored()
    assert gets_in(user, code_for(secret))
    assert gets_in(user, codes[0])
    assert not gets_in(user, codes[0])


def test_what_stood_open_works_and_is_sealed_by_the_clock_or_at_once(person):
    user, secret, codes = person
    open_all()
    assert secret in stored()
    assert gets_in(user, codes[1]), "before it is sealed"
    assert seal_second_factors() == 2
    assert secret not in stored()
    before = stored()
    assert seal_second_factors() == 0
    assert stored() == before
    assert gets_in(user, code_for(secret))
    assert not gets_in(user, codes[1]), "what was used stays used"
    assert gets_in(user, codes[2])


def test_codes_of_another_programme_are_sealed_too():
    user = UserFactory()
    held = Authenticator.objects.create(
        user=user, type="recovery_codes", data={"migrated_codes": ["abc-1", "abc-2"]}
    )
    assert seal_all() == (1, 0)
    assert "abc" not in stored()
    held.refresh_from_db()
    assert held.wrap().validate_code("abc-2")


def test_a_new_key_is_put_first_and_the_old_one_taken_away(person, settings):
    user, secret, codes = person
    settings.MFA_KEYS = [NEW, *settings.MFA_KEYS]
    assert gets_in(user, codes[0])
    call_command("seal_second_factors", anew=True)
    settings.MFA_KEYS = [NEW]
    assert gets_in(user, code_for(secret))
    assert gets_in(user, codes[1])


def test_with_the_key_lost_no_code_is_right_no_page_breaks_and_they_are_let_in(person, settings):
    user, secret, codes = person
    settings.MFA_KEYS = [ELSE]
    for code in ("", "000000", code_for(secret), codes[0]):
        assert not gets_in(user, code)
    with pytest.raises(CommandError, match="2 can’t be opened"):
        call_command("seal_second_factors", anew=True)
    client = Client()
    client.force_login(user)
    for page in ("/accounts/2fa/recovery-codes/", "/accounts/2fa/recovery-codes/download/"):
        assert client.get(page).status_code in (200, 302)
    call_command("let_in", user.email, "--second-factor")
    client = Client()
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    assert "_auth_user_id" in client.session
    assert Record.objects.get(verb="accounts.let_in").detail == {"kind": "second-factor"}
    assert Notification.objects.filter(recipient=user, subject="You can sign in again").exists()


def test_nobody_unknown_is_let_in():
    with pytest.raises(CommandError, match="Nobody"):
        call_command("let_in", "x@example.org")


@pytest.mark.parametrize("text", ["", "a", "Ω" * 500])
def test_boxes_open_with_any_of_their_keys_and_with_no_other(text):
    sealed = boxes.seal(text, SALT, [OLD])
    assert sealed.startswith(IS_SEALED)
    assert boxes.unseal(sealed, SALT, [NEW, OLD]) == text
    for salt, keys in ((SALT, [NEW]), ("another use", [OLD])):
        with pytest.raises(boxes.Unreadable):
            boxes.unseal(sealed, salt, keys)
    with pytest.raises(boxes.Unreadable):
        boxes.unseal(sealed[:-4] + "AAAA", SALT, [OLD])


def test_mail_and_second_factors_share_a_way_and_no_key(settings):
    settings.MFA_KEYS = [settings.SECRET_KEY]
    sealed = mail_sealing.seal("words")
    with pytest.raises(boxes.Unreadable):
        boxes.unseal(sealed, SALT, settings.MFA_KEYS)


def test_an_officer_who_lost_theirs_sets_up_another_one(client):
    officer = make_officer()
    TOTP.activate(officer, generate_totp_secret())
    call_command("let_in", officer.email, "--second-factor")
    client.force_login(officer)
    assert client.get("/organisations/")["Location"] == "/accounts/second-factor/"
