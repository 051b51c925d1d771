"""Who guesses is slowed down; who owns the account, and their whole office, still get in."""

import re
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth import hashers
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from kombu.exceptions import OperationalError

from marketplace.accounts import gate
from marketplace.accounts.devices import COOKIE
from marketplace.accounts.models import User
from marketplace.activity.models import Notification
from marketplace.limits.models import Tally
from marketplace.outages.owed import sweep
from marketplace.outages.tasks import carry_out
from tests.accounts.test_second_factor import code_for
from tests.factories import PASSWORD, UserFactory
from tests.mails import code_in_mail

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("commit_at_once")]

ADA = "ada@example.org"
LOGIN = "/accounts/login/"
RESET = re.compile(r"https?://[^/\s]+(/\S+/key/\S+)")
HOME, ELSEWHERE = "192.0.2.1", "198.51.100.7"


def confirmed(email: str = ADA) -> User:
    user = UserFactory(email=email)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def browser(address: str = HOME, **options) -> Client:
    return Client(REMOTE_ADDR=address, **options)


def types(client: Client, password: str, login: str = ADA):
    return client.post(LOGIN, {"login": login, "password": password})


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def guess(number: int, login: str = ADA, address: str = ELSEWHERE) -> list:
    client = browser(address)
    return [types(client, f"wrong {n}", login) for n in range(number)]


def wait_in(response) -> str:
    said = " ".join(map(str, response.context["form"].non_field_errors()))
    return said


def test_a_stranger_locks_nobody_out_of_their_own_browser():
    confirmed()
    own = browser()
    types(own, PASSWORD)
    own.post("/accounts/logout/")
    guess(60)
    types(own, PASSWORD)
    assert is_in(own)


def test_nor_out_of_another_network():
    confirmed()
    guess(12)
    own = browser(HOME)
    types(own, PASSWORD)
    assert is_in(own)


def test_the_stranger_is_slowed_down_and_told_how_long_and_what_else_there_is():
    confirmed()
    replies = guess(gate.OF_PAIR.free + 1)
    assert "Too many" not in wait_in(replies[-2])
    assert "Wait a minute" in wait_in(replies[-1])
    assert "passkey" in wait_in(replies[-1])
    # Even with the right password.
    client = browser(ELSEWHERE)
    assert "Too many" in wait_in(types(client, PASSWORD))
    with time_machine.travel(timezone.now() + timedelta(minutes=2), tick=False):
        types(client, PASSWORD)
        assert is_in(client)


def test_guesses_from_many_networks_are_bounded_and_the_owner_has_ways_past():
    confirmed()
    for n in range(gate.OF_ADDRESS.free):
        guess(1, address=f"203.0.113.{n}")
    new = browser("203.0.113.200")
    assert "Too many" in wait_in(types(new, PASSWORD))
    new.post("/accounts/login/code/", {"email": ADA})
    new.post("/accounts/login/code/confirm/", {"code": code_in_mail(ADA)})
    assert is_in(new)
    # From then on this browser is known, and its password works.
    new.post("/accounts/logout/")
    types(new, PASSWORD)
    assert is_in(new)


def test_a_new_password_by_mail_is_a_way_past_too():
    confirmed()
    guess(gate.OF_PAIR.free + 3, address=HOME)
    own = browser(HOME)
    own.post("/accounts/password/reset/", {"email": ADA})
    link = RESET.search(mail.outbox[-1].body)[1]
    page = own.get(link, follow=True)
    changed = "a wholly new battery staple"
    own.post(page.request["PATH_INFO"], {"password1": changed, "password2": changed})
    types(own, changed)
    assert is_in(own)


def test_a_passkey_needs_no_password_and_is_not_held_up():
    confirmed()
    guess(60, address=HOME)
    reply = browser(HOME).get(
        "/accounts/2fa/webauthn/login/",
        headers={"accept": "application/json", "x-requested-with": "XMLHttpRequest"},
    )
    assert reply.status_code == 200
    assert reply.json()["request_options"]


def test_a_whole_office_may_mistype_behind_one_address():
    people = [confirmed(f"p{n}@example.org") for n in range(40)]
    for person in people:
        guess(3, person.email, HOME)
    for person in people:
        client = browser(HOME)
        types(client, PASSWORD, person.email)
        assert is_in(client), person


def test_one_network_tries_so_many_addresses_an_hour(settings):
    settings.SIGN_IN_FAILURES_PER_NETWORK = 30
    victim = confirmed()
    own = browser(ELSEWHERE)
    types(own, PASSWORD)
    own.post("/accounts/logout/")
    for n in range(30):
        guess(1, f"nobody{n}@example.org")
    other = browser(ELSEWHERE)
    assert "Too many" in wait_in(types(other, PASSWORD))
    types(own, PASSWORD)
    assert is_in(own), "a known browser in the same office"
    assert victim


def test_ipv6_counts_by_the_network(settings):
    settings.SIGN_IN_FAILURES_PER_NETWORK = 5
    for n in range(5):
        guess(1, f"n{n}@example.org", f"2001:db8:1:2::{n + 1}")
    assert "Too many" in wait_in(guess(1, ADA, "2001:db8:1:2:ffff::1")[0])
    assert "Too many" not in wait_in(guess(1, ADA, "2001:db8:1:3::1")[0])


def test_right_passwords_use_nothing_up_and_wipe_nothing_away():
    confirmed(), confirmed("own@example.org")
    for _ in range(30):
        client = browser(ELSEWHERE)
        types(client, PASSWORD)
        assert is_in(client)
    # Whoever has one account can't reset what they guessed at another with it.
    client = browser(ELSEWHERE)
    for n in range(gate.OF_PAIR.free):
        types(browser(ELSEWHERE), f"wrong {n}")
        types(browser(ELSEWHERE), PASSWORD, "own@example.org")
    assert "Too many" in wait_in(types(client, PASSWORD))


def test_a_known_browser_has_tries_of_its_own_and_they_end():
    confirmed()
    own = browser()
    types(own, PASSWORD)
    own.post("/accounts/logout/")
    for n in range(gate.OF_BROWSER.free):
        assert "Too many" not in wait_in(types(own, f"wrong {n}"))
    assert "Too many" in wait_in(types(own, PASSWORD))


@pytest.mark.parametrize("cookie", ["", "x", "a:b:c", "é", "[1]"])
def test_a_cookie_that_was_made_up_is_a_strangers(cookie):
    confirmed()
    guess(gate.OF_PAIR.free, address=HOME)
    client = browser(HOME)
    client.cookies[COOKIE] = cookie
    assert "Too many" in wait_in(types(client, PASSWORD))


def test_a_cookie_serves_the_address_that_it_was_given_for():
    confirmed(), confirmed("other@example.org")
    own = browser(HOME)
    types(own, PASSWORD, "other@example.org")
    own.post("/accounts/logout/")
    guess(gate.OF_PAIR.free, address=HOME)
    assert "Too many" in wait_in(types(own, PASSWORD))


def test_what_another_site_sends_is_not_counted():
    confirmed()
    strict = browser(HOME, enforce_csrf_checks=True)
    for n in range(30):
        assert types(strict, f"wrong {n}").status_code == 403
        strict.post("/accounts/password/reset/", {"email": ADA})
    assert not Tally.objects.exists()
    assert not mail.outbox


def test_limits_hold_with_the_cache_away(monkeypatch):
    confirmed()

    def away(*args, **kwargs):
        raise ConnectionError("no Redis")

    for name in ("get", "set", "add", "incr", "delete"):
        monkeypatch.setattr(type(cache), name, away, raising=False)
    replies = guess(gate.OF_PAIR.free + 1)
    assert "Too many" in wait_in(replies[-1])
    own = browser(HOME)
    types(own, PASSWORD)
    assert is_in(own)


# --- Nothing tells which addresses have an account ----------------------------------


def test_guessing_shows_the_same_for_known_and_unknown_addresses():
    confirmed()
    shown = [
        [wait_in(each) for each in guess(9, login, f"203.0.113.{n}")]
        for n, login in enumerate((ADA, "nobody@example.org"))
    ]
    assert shown[0] == shown[1]


@pytest.fixture
def hashed(monkeypatch):
    """How often a password was hidden, which is where the time goes."""
    count = []
    encode = hashers.get_hasher().__class__.encode

    def counted(self, *args, **kwargs):
        count.append(1)
        return encode(self, *args, **kwargs)

    monkeypatch.setattr(hashers.get_hasher().__class__, "encode", counted)
    return count


PAGES = {
    "sign in": lambda c, a: types(c, "wrong password", a),
    "register": lambda c, a: c.post(
        "/accounts/signup/", {"name": "A B", "email": a, "password1": PASSWORD}
    ),
    "register by passkey": lambda c, a: c.post(
        "/accounts/signup/passkey/", {"name": "A B", "email": a}
    ),
    "reset": lambda c, a: c.post("/accounts/password/reset/", {"email": a}),
    "code": lambda c, a: c.post("/accounts/login/code/", {"email": a}),
}


@pytest.mark.parametrize("page", PAGES)
def test_it_takes_the_same_work(page, hashed):
    """Passwords hidden and mails queued, for an address with an account and one without."""
    confirmed()
    done = []
    for number, address in enumerate((ADA, "nobody@example.org")):
        hashed.clear(), mail.outbox.clear()
        response = PAGES[page](browser(f"203.0.113.{number}"), address)
        done.append((len(hashed), len(mail.outbox), response.status_code))
    assert done[0] == done[1]
    assert page not in ("sign in", "register") or done[0][0]


# --- The owner is told ----------------------------------------------------------------


def test_the_owner_is_told_once_a_day_and_nobody_else():
    user = confirmed()
    for n in range(4):
        guess(8, address=f"203.0.113.{n}")
    guess(8, "nobody@example.org", "203.0.113.99")
    told = Notification.objects.get()
    assert (told.recipient, told.subject) == (user, "Several wrong passwords for your account")
    with time_machine.travel(timezone.now() + timedelta(days=2), tick=False):
        guess(8)
        assert Notification.objects.count() == 2


def test_with_no_broker_the_sweep_tells_the_owner_and_no_page_breaks(monkeypatch, settings):
    def away(*args):
        raise OperationalError("no broker")

    monkeypatch.setattr(carry_out, "delay", away)
    confirmed()
    replies = guess(gate.OF_PAIR.free + 1)
    assert {each.status_code for each in replies} == {200}
    assert not Notification.objects.exists()
    settings.SWEEP_AFTER_SECONDS = 0
    sweep()
    assert Notification.objects.count() == 1


# --- Mail that anybody can ask for ------------------------------------------------------


@pytest.mark.parametrize("address", [ADA, "nobody@example.org"])
@pytest.mark.parametrize("page", ["register", "register by passkey", "reset", "code"])
def test_codes_and_links_to_one_address_have_an_end_and_the_page_says_so(page, address):
    confirmed()
    for _ in range(gate.MAIL_OF_ONE.most + 4):
        client = browser(ELSEWHERE)
        PAGES[page](client, address)
    assert len(mail.outbox) == gate.MAIL_OF_ONE.most
    said = client.get(LOGIN if page == "reset" else "/accounts/signup/", follow=True)
    assert "for now we send no more" in said.content.decode() or page != "reset"


def test_strangers_use_up_no_codes_of_the_owners_browser():
    confirmed()
    own = browser(HOME)
    types(own, PASSWORD)
    own.post("/accounts/logout/")
    for n in range(gate.MAIL_OF_ALL.most + 5):
        PAGES["code"](browser(f"203.0.113.{n}"), ADA)
    assert len(mail.outbox) == gate.MAIL_OF_ALL.most
    own.post("/accounts/login/code/", {"email": ADA})
    own.post("/accounts/login/code/confirm/", {"code": code_in_mail(ADA)})
    assert is_in(own)


def test_nor_the_way_past_of_an_owner_in_a_new_browser():
    """Strangers ask for codes first, and so for as many mails as there are in a day."""
    confirmed()
    for page in ("code", "register", "register by passkey", "reset"):
        for n in range(gate.MAIL_OF_ALL.most + 5):
            PAGES[page](browser(f"203.0.113.{n}"), ADA)
    for n in range(gate.OF_ADDRESS.free):
        guess(1, address=f"203.0.113.{n}")
    new = browser("203.0.113.200")
    assert "Too many" in wait_in(types(new, PASSWORD))
    PAGES["reset"](new, ADA)
    links = [link for each in mail.outbox if (link := RESET.search(each.body))]
    page = new.get(links[-1][1], follow=True)
    changed = "a wholly new battery staple"
    new.post(page.request["PATH_INFO"], {"password1": changed, "password2": changed})
    types(new, changed)
    assert is_in(new)


def test_addresses_that_lead_to_one_mailbox_count_as_one():
    same = [
        f"{name}@{host}"
        for name in ("ada.l", "a.dal", "AdaL", "adal+1", "adal+2")
        for host in ("gmail.com", "googlemail.com")
    ]
    for page in ("register", "reset", "code"):
        mail.outbox.clear()
        for number in range(2 * gate.MAIL_OF_ONE.most):
            PAGES[page](browser(ELSEWHERE), same[number % len(same)])
        assert len(mail.outbox) == (0 if page == "code" else gate.MAIL_OF_ONE.most), page


def test_whoever_did_not_register_ends_such_codes_for_a_month():
    PAGES["register"](browser(), "victim@example.net")
    link = re.search(r"/notifications/unexpected/\S+", mail.outbox[-1].body)[0]
    assert browser().post(link).status_code == 200
    mail.outbox.clear()
    for page in ("register", "reset", "code"):
        PAGES[page](browser(ELSEWHERE), "victim@example.net")
    assert not mail.outbox
    with time_machine.travel(timezone.now() + timedelta(days=31), tick=False):
        PAGES["code"](browser(ELSEWHERE), "victim@example.net")
        assert len(mail.outbox) == 1


def test_what_an_owner_gets_has_no_such_link():
    confirmed()
    for page in ("register", "reset", "code"):
        PAGES[page](browser(), ADA)
    assert len(mail.outbox) == 3
    assert not any("unexpected" in each.body for each in mail.outbox)


# --- The second factor ------------------------------------------------------------------


def at_the_second_step(user: User, address: str = HOME) -> Client:
    client = browser(address)
    types(client, PASSWORD, user.email)
    return client


def test_codes_are_counted_a_used_one_counts_no_more_and_the_owner_is_told():
    user = confirmed()
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    page = "/accounts/2fa/authenticate/"
    client = at_the_second_step(user, ELSEWHERE)
    for _ in range(gate.OF_CODES.free):
        client.post(page, {"code": "000000"})
    reply = client.post(page, {"code": code_for(secret)})
    assert "Too many wrong codes" in str(reply.context["form"].errors)
    assert not is_in(client)
    assert Notification.objects.get().subject == "Somebody knows your password"
    own = at_the_second_step(user)
    own.post(page, {"code": code_for(secret)})
    assert is_in(own)
    again = at_the_second_step(user)
    again.post(page, {"code": code_for(secret)})
    assert not is_in(again)


def test_a_new_password_ends_what_was_begun_with_the_old_one():
    """Somebody knows the password and waits at the second step, while its owner changes it."""
    user = confirmed()
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    thief = at_the_second_step(user, ELSEWHERE)
    page = "/accounts/2fa/authenticate/"
    user.set_password("a wholly new battery staple")
    user.save()
    reply = thief.post(page, {"code": code_for(secret)}, follow=True)
    assert not is_in(thief)
    assert "password was changed" in reply.content.decode()
    assert thief.get(page)["Location"].startswith(LOGIN)
    own = browser()
    types(own, "a wholly new battery staple")
    with time_machine.travel(timezone.now() + timedelta(minutes=5), tick=False):
        own.post(page, {"code": code_for(secret)})
    assert is_in(own)


def test_a_used_code_stays_used_with_the_cache_away(monkeypatch):
    user = confirmed()
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    cache.clear()
    own = at_the_second_step(user)
    own.post("/accounts/2fa/authenticate/", {"code": code_for(secret)})
    assert is_in(own)
    cache.clear()
    thief = at_the_second_step(user)
    thief.post("/accounts/2fa/authenticate/", {"code": code_for(secret)})
    assert not is_in(thief)


def test_a_recovery_code_gets_in_once_and_is_counted_like_any_code():
    user = confirmed()
    TOTP.activate(user, generate_totp_secret())
    codes = RecoveryCodes.activate(user).get_unused_codes()
    page = "/accounts/2fa/authenticate/"
    for code, gets_in in ((codes[0], True), (codes[0], False), (codes[1], True)):
        client = at_the_second_step(user)
        client.post(page, {"code": code})
        assert is_in(client) is gets_in
    assert Authenticator.objects.filter(user=user).count() == 2


def test_proving_it_again_is_counted_by_person_and_not_by_strangers():
    user = confirmed()
    own = browser()
    types(own, PASSWORD)
    guess(60, address=HOME)
    page = "/accounts/reauthenticate/"
    assert own.post(page, {"password": PASSWORD}).status_code == 302
    for n in range(gate.OF_PERSON.free):
        own.post(page, {"password": f"wrong {n}"})
    reply = own.post(page, {"password": PASSWORD})
    assert "Too many" in str(reply.context["form"].errors)
    assert user
