"""Staff are signed in for hours; everybody sees where they are; no copy lets anybody in."""

import time
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from marketplace.accounts import signed_in
from marketplace.accounts.models import Role, SignedIn, User
from marketplace.accounts.services import grant_role, revoke_role
from marketplace.accounts.session import SECOND_FACTOR, SIGNED_IN_AT
from marketplace.accounts.session_store import SessionStore, stored_key
from marketplace.accounts.tasks import forget_ended_sessions
from tests.factories import PASSWORD, RegionFactory, UserFactory, make_officer

pytestmark = pytest.mark.django_db

PAGE = "/accounts/sessions/"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1"
)


def confirmed(**fields) -> User:
    user = UserFactory(**fields)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def signs_in(user: User, agent: str = FIREFOX, address: str = "192.0.2.7") -> Client:
    client = Client(headers={"user-agent": agent}, REMOTE_ADDR=address)
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    assert is_in(client)
    return client


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session and client.get("/notifications/").status_code == 200


def staff(user: User) -> Client:
    """Signed in, the second factor shown."""
    client = Client()
    client.force_login(user)
    session = client.session
    session[SECOND_FACTOR] = user.pk
    session.save()
    return client


def later(**span):
    return time_machine.travel(timezone.now() + timedelta(**span), tick=False)


# --- How long --------------------------------------------------------------------------


def test_staff_who_do_nothing_are_signed_out_after_two_hours(settings):
    client = staff(make_officer())
    with later(minutes=settings.STAFF_SESSION_IDLE_MINUTES - 1):
        assert is_in(client)
    with later(minutes=2 * settings.STAFF_SESSION_IDLE_MINUTES - 3):
        assert is_in(client), "it was used in between"
    with later(minutes=3 * settings.STAFF_SESSION_IDLE_MINUTES):
        response = client.get("/notifications/", follow=True)
        assert "/accounts/login/" in response.redirect_chain[0][0]
        assert "had not used this for 120 minutes" in response.content.decode()


def test_staff_who_never_stop_are_signed_out_after_twelve_hours(settings):
    client = staff(make_officer())
    for hour in range(settings.STAFF_SESSION_HOURS):
        with later(hours=hour):
            assert is_in(client)
    with later(hours=settings.STAFF_SESSION_HOURS, minutes=1):
        assert not is_in(client)


def test_others_stay_for_two_weeks():
    client = signs_in(confirmed())
    with later(days=6):
        assert is_in(client)
    with later(days=13):
        assert is_in(client)
    with later(days=40):
        assert not is_in(client)


def test_being_remembered_makes_no_staff_session_longer(settings):
    user = confirmed()
    client = Client()
    typed = {"login": user.email, "password": PASSWORD, "remember": "on"}
    client.post("/accounts/login/", typed)
    assert is_in(client)
    with later(hours=settings.STAFF_SESSION_HOURS + 1):
        assert is_in(client)
        # A role shortens what runs already, at once.
        grant_role(user=user, region=RegionFactory(), role=Role.JUDGE)
        assert client.get("/notifications/")["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("off", [-40, 40])
def test_a_clock_that_was_wrong_makes_no_session_without_end(off, settings):
    user = make_officer()
    with later(days=off):
        client = staff(user)
    assert not is_in(client)


def test_a_clock_ten_minutes_off_signs_nobody_out():
    user = make_officer()
    with later(minutes=10):
        client = staff(user)
    assert is_in(client)


def test_what_was_typed_when_it_ended_is_kept_and_comes_back():
    user = make_officer()
    client = staff(user)
    assert client.get("/notifications/").status_code == 200
    asked = {"name": "Acme Limited of Dudley", "summary": "We find damp before it is seen"}
    with later(hours=3):
        response = client.post("/organisations/register/", asked)
        assert response["Location"].startswith("/accounts/login/?next=/organisations/register/")
        client.force_login(user)
        session = client.session
        session[SECOND_FACTOR] = user.pk
        session.save()
        page = client.get("/organisations/register/").content.decode()
        assert "We find damp before it is seen" in page


# --- Where ------------------------------------------------------------------------------


def test_they_see_where_they_are_signed_in():
    user = confirmed()
    this = signs_in(user)
    signs_in(user, IPHONE, "2001:db8:aaaa:bbbb::1")
    signs_in(confirmed(), address="198.51.100.1")
    page = this.get(PAGE).content.decode()
    assert (
        page.index("Firefox on Windows") < page.index("This one") < page.index("Safari on iPhone")
    )
    assert "192.0.…" in page
    assert "2001:0db8:aaaa:…" in page
    assert "198.51" not in page
    assert not SignedIn.objects.filter(network__contains="192.0.2").exists()


@pytest.mark.parametrize("agent", ["", "x" * 5000, "<script>alert(1)</script>", "Firefox/\x00"])
def test_whatever_a_browser_says_of_itself(agent):
    user = confirmed()
    client = Client(headers={"user-agent": agent})
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    page = client.get(PAGE)
    assert page.status_code == 200
    assert b"<script>alert" not in page.content


def test_one_is_ended_and_nobody_elses():
    user, other = confirmed(), confirmed()
    this, there, theirs = signs_in(user), signs_in(user, IPHONE), signs_in(other)
    for row in SignedIn.objects.all():
        if row.user == other or "iPhone" in row.browser:
            this.post(PAGE, {"end": row.pk})
    assert is_in(this)
    assert not is_in(there)
    assert is_in(theirs)


@pytest.mark.parametrize("chosen", ["", "x", "-1", "9" * 40, "٣", "1.0", "0"])
def test_a_choice_that_makes_no_sense_ends_nothing(chosen):
    client = signs_in(confirmed())
    assert client.post(PAGE, {"end": chosen}).status_code == 302
    assert is_in(client)


def test_everywhere_else():
    user = confirmed()
    this, there, third = signs_in(user), signs_in(user, IPHONE), signs_in(user)
    response = this.post(PAGE, {"end": "others"}, follow=True)
    assert "signed out in 2 other browsers" in response.content.decode()
    assert [is_in(each) for each in (this, there, third)] == [True, False, False]


def test_a_new_password_ends_all_others():
    user = confirmed()
    this, there = signs_in(user), signs_in(user, IPHONE)
    new = "a wholly new battery staple"
    typed = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert this.post("/accounts/password/change/", typed).status_code == 302
    assert is_in(this)
    assert not is_in(there)
    assert SignedIn.objects.filter(user=user).count() == 1


def test_a_role_taken_away_and_an_account_switched_off_end_all(django_capture_on_commit_callbacks):
    region, user = RegionFactory(), confirmed()
    grant_role(user=user, region=region, role=Role.BOARD)
    client = signs_in(user)
    with django_capture_on_commit_callbacks(execute=True):
        revoke_role(user=user, region=region, role=Role.BOARD)
    assert not is_in(client)
    client = signs_in(user)
    user.is_active = False
    user.save()
    assert not SignedIn.objects.filter(user=user).exists()
    assert not is_in(client)


def test_use_is_noted_once_a_minute_and_costs_nothing_in_between():
    client = signs_in(confirmed())
    with CaptureQueriesContext(connection) as queries:
        client.get("/notifications/")
    assert not [each for each in queries if "UPDATE" in each["sql"] or "INSERT" in each["sql"]]
    before = SignedIn.objects.get().last_used
    with later(seconds=90):
        client.get(PAGE)
        assert SignedIn.objects.get().last_used > before


def test_a_moment_without_writes_breaks_no_page(monkeypatch):
    client = signs_in(confirmed())

    def refuse(request):
        raise DatabaseError("cannot execute UPDATE in a read-only transaction")

    monkeypatch.setattr(signed_in, "_write", refuse)
    with later(minutes=5):
        assert client.get("/notifications/").status_code == 200


def test_rows_of_sessions_that_are_over_go():
    client = signs_in(confirmed())
    client.post("/accounts/logout/")
    signs_in(confirmed())
    assert SignedIn.objects.count() == 2
    assert forget_ended_sessions() == 1
    assert SignedIn.objects.count() == 1


# --- A copy of the database ------------------------------------------------------------


def test_no_key_in_the_database_opens_a_session():
    user = confirmed()
    client = signs_in(user)
    key = client.session.session_key
    keys = [*Session.objects.values_list("pk", flat=True)]
    keys += SignedIn.objects.values_list("session", flat=True)
    assert key not in keys
    for stolen in keys:
        thief = Client()
        thief.cookies["sessionid"] = stolen
        assert thief.get("/notifications/")["Location"].startswith("/accounts/login/")


def test_a_session_of_the_release_before_goes_on_and_its_key_goes():
    user = confirmed()
    client = Client()
    client.force_login(user)
    key = client.session.session_key
    Session.objects.filter(pk=stored_key(key)).update(session_key=key)
    assert is_in(client)
    assert Session.objects.get().pk == stored_key(key)
    assert is_in(client)


def test_a_store_does_all_that_djangos_does():
    store = SessionStore()
    store["a"] = 1
    store.save()
    key = store.session_key
    assert Session.objects.get().pk == stored_key(key)
    assert SessionStore(key)["a"] == 1
    assert store.exists(key)
    again = SessionStore(key)
    again["a"] = 2
    again.save()
    again.cycle_key()
    assert again.session_key != key
    assert SessionStore(again.session_key)["a"] == 2
    assert not store.exists(key)
    again.flush()
    assert not Session.objects.exists()
    assert dict(SessionStore("x" * 32).items()) == {}
    assert dict(SessionStore("").items()) == {}


def test_a_sign_in_that_lies_ahead_proves_nothing_of_now(client):
    """It was noted by a clock that was wrong, and would count for as long as it was."""
    person = confirmed()
    with time_machine.travel(timezone.now() + timedelta(hours=20), tick=False):
        client = signs_in(person)
        assert client.get("/accounts/copy/").status_code == 200
    assert client.session[SIGNED_IN_AT] > time.time()
    assert "reauthenticate" in client.get("/accounts/copy/")["Location"]
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert client.get("/accounts/copy/").status_code == 200
