"""What was typed while signed out comes back, on every form that the URL configuration has."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from bs4 import BeautifulSoup, Tag
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.urls import reverse, reverse_lazy

from marketplace.accounts.models import User
from marketplace.typed import keeping
from marketplace.typed.refill import put_back
from tests.factories import OrganisationFactory, UserFactory, make_entry, sign_in, submit
from tests.judging.conftest import World, build_world
from tests.permissions.addresses import addresses
from tests.permissions.world import make_pages, values

pytestmark = pytest.mark.django_db
WORDS = "Kept “words” & <marks>,\non two lines"


@pytest.fixture
def world() -> World:
    return build_world()


def people(world: World) -> dict[str, User]:
    return {
        "applicant": world.applicant,
        "judge": User.objects.get(pk=world.judge.user_id),
        "officer": world.officer,
    }


def text_forms(html: str, page: str) -> Iterator[tuple[str, dict[str, Any], str]]:
    """(where it is sent, what is sent, name of its first text) of each form with a textarea."""
    for form in BeautifulSoup(html, "html.parser").find_all("form", method="post"):
        boxes = [tag for tag in form.find_all("textarea") if tag.get("name")]
        if not boxes or any(tag.get("data-controller") for tag in boxes):
            continue
        action = str(form.get("action") or "") or page
        yield action, {**_hidden(form), str(boxes[0]["name"]): WORDS}, str(boxes[0]["name"])


def _hidden(form: Tag) -> dict[str, str]:
    return {
        str(tag["name"]): str(tag.get("value", ""))
        for tag in form.find_all("input", type="hidden")
        if tag.get("name") and tag["name"] != "csrfmiddlewaretoken"
    }


def send_signed_out(client: Client, person: User, to: str, sent: Any, page: str) -> Any:
    """As from a page that was open when the session ended; the reply after signing in again."""
    client.cookies.pop(settings.SESSION_COOKIE_NAME, None)
    response = client.post(to, sent, headers={"referer": f"http://testserver{page}"})
    assert response.status_code == 302, f"{to}: {response.status_code}"
    where = urlsplit(response["Location"])
    assert where.path == "/accounts/login/", to
    way = parse_qs(where.query)["next"][0]
    asked = client.get(response["Location"]).content.decode()
    client.force_login(person)
    mark_second_factor(client, person)
    return asked, client.get(way, follow=True)


def mark_second_factor(client: Client, person: User) -> None:
    session = client.session
    session["second_factor"] = person.pk
    session.save()


def forms_of_ours(world: World) -> list[str]:
    """Addresses where our own forms may stand; Wagtail's editor keeps what is typed by itself."""
    everywhere = addresses(values(world, make_pages(world.call.region, world.officer)))
    return [
        each for each in everywhere if not re.match(r"/(admin/(?!desk)|documents|images)", each)
    ]


@pytest.mark.parametrize("who", ["applicant", "judge", "officer"])
def test_every_form_with_a_long_text_gives_it_back(world: World, who: str) -> None:
    person = people(world)[who]
    client = sign_in(Client(), person)
    tried, wrong = 0, []
    for page in forms_of_ours(world):
        if page.startswith("/accounts/"):
            continue
        shown = client.get(page)
        is_page = shown.headers.get("Content-Type", "").startswith("text/html")
        if shown.status_code != 200 or not is_page:
            continue
        for to, sent, name in text_forms(shown.content.decode(), page):
            tried += 1
            asked, back = send_signed_out(client, person, to, sent, page)
            boxes = BeautifulSoup(back.content, "html.parser").find_all("textarea", {"name": name})
            texts = [box.get_text().removeprefix("\n") for box in boxes]
            if WORDS not in texts or "not saved yet" not in back.content.decode():
                wrong.append(f"{page} → {to}: {back.status_code} {texts}")
            if "What you typed is safe" not in asked:
                wrong.append(f"{page}: the sign-in page says nothing")
            session = client.session
            session.pop(keeping.SESSION_KEY, None)
            session.save()
    assert wrong == []
    assert tried >= {"applicant": 5, "judge": 2, "officer": 8}[who]


@pytest.mark.parametrize("who", ["applicant", "judge", "officer"])
def test_no_button_ends_in_a_bare_error(world: World, who: str) -> None:
    """Every address that only takes forms: signed out, then signed in, a page and one press."""
    person = people(world)[who]
    client = sign_in(Client(), person)
    posted_to = []
    for address in forms_of_ours(world):
        if address.startswith("/accounts/"):
            continue
        shown = client.get(address)
        if shown.status_code == 405:
            posted_to.append(address)
            assert "There is no page at this address" in shown.content.decode(), address
    assert len(posted_to) >= 1
    for address in posted_to:
        client.cookies.pop(settings.SESSION_COOKIE_NAME, None)
        response = client.post(address, {"some": "value"})
        if response.status_code == 401:  # a script is told in JSON
            continue
        way = parse_qs(urlsplit(response["Location"]).query)["next"][0]
        client.force_login(person)
        mark_second_factor(client, person)
        page = client.get(way, follow=True)
        assert page.status_code == 200, f"{address}: {page.status_code}"
        assert f'action="{address}"' in page.content.decode(), address


class TestWhoGetsIt:
    path = reverse_lazy("calls:ask_region")

    def keep(self, client: Client) -> Any:
        client.cookies.pop(settings.SESSION_COOKIE_NAME, None)
        return client.post(self.path, {"topic": "other", "text": WORDS})

    def test_the_same_person(self) -> None:
        person, client = UserFactory(), Client()
        client.force_login(person)
        client.get("/dashboard/")
        self.keep(client)
        client.force_login(person)
        assert "Kept “words”" in client.get(self.path).content.decode()

    def test_nobody_else_at_a_shared_computer(self) -> None:
        person, other, client = UserFactory(), UserFactory(), Client()
        client.force_login(person)
        client.get("/dashboard/")
        self.keep(client)
        client.force_login(other)
        assert "Kept “words”" not in client.get(self.path).content.decode()
        # It is gone for good: not even its owner finds it in the other's session.
        client.force_login(person)
        assert "Kept “words”" not in client.get(self.path).content.decode()

    def test_the_first_who_signs_in_where_nobody_ever_was(self) -> None:
        client = Client()
        self.keep(client)
        client.force_login(UserFactory())
        assert "Kept “words”" in client.get(self.path).content.decode()

    def test_signing_out_ends_it(self) -> None:
        person, client = UserFactory(), Client()
        self.keep(client)
        client.force_login(person)
        client.post("/accounts/logout/")
        client.force_login(person)
        assert "Kept “words”" not in client.get(self.path).content.decode()

    def test_sending_it_ends_it(self) -> None:
        person, client = UserFactory(), Client()
        self.keep(client)
        client.force_login(person)
        client.post(self.path, {"topic": "", "text": "Newer"})
        assert "Kept “words”" not in client.get(self.path).content.decode()

    def test_two_hours_end_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        client = Client()
        self.keep(client)
        client.force_login(UserFactory())
        now = keeping.time.time()
        monkeypatch.setattr(keeping.time, "time", lambda: now + keeping.KEEP_SECONDS + 1)
        assert "Kept “words”" not in client.get(self.path).content.decode()

    def test_throwing_it_away_ends_it(self) -> None:
        client = Client()
        self.keep(client)
        client.force_login(UserFactory())
        page = BeautifulSoup(client.get(self.path).content, "html.parser")
        away = page.find("form", action=lambda to: to and to.startswith("/typed/"))
        assert client.post(str(away["action"])).status_code == 302
        assert "Kept “words”" not in client.get(self.path).content.decode()

    def test_what_is_secret_or_too_long_is_not_kept(self) -> None:
        client = Client()
        client.post(self.path, {"text": "x" * (keeping.MOST_CHARACTERS + 1)})
        assert keeping.SESSION_KEY not in client.session
        client.post(self.path, {"text": WORDS, "password": "hush", "csrfmiddlewaretoken": "t"})
        (kept,) = client.session[keeping.SESSION_KEY]
        assert set(kept["fields"]) == {"text"}


class TestTheButton:
    """What is offered says what it does, whatever the page has become since."""

    @pytest.mark.parametrize(
        ("form", "sent", "words"),
        [
            ("<button>Follow</button>", {}, "Follow"),
            ("<button name=stop value=1>Stop following</button>", {}, ""),
            ("<button name=stop value=1>Stop following</button>", {"stop": "1"}, "Stop following"),
            (
                "<button name=o value=good>Good</button><button name=o value=bad>Bad</button>",
                {"o": "bad"},
                "Bad",
            ),
            ("<button name=o value=none>Take that back</button>", {"o": "good"}, ""),
            ("<input type=hidden name=call value=B><button>Send</button>", {"call": "A"}, None),
            ("<button type=button>Show</button><button>Send</button>", {}, "Send"),
        ],
    )
    def test_is_the_one_that_was_pressed(self, form: str, sent: Any, words: str | None) -> None:
        post = keeping.KeptPost("k", "/do/", "/page/", {name: [v] for name, v in sent.items()})
        filled = put_back(f"<form method=post action=/do/>{form}</form>", "/page/", post)
        if words is None:
            assert filled.form is None
        else:
            assert filled.form is not None
            assert (filled.button, filled.is_over) == (words, not words)

    def test_every_kind_of_field_is_put_back(self) -> None:
        html = """<form method="post"><input type="hidden" name="version" value="9">
        <input name="a" value="old"><input type="checkbox" name="b" value="1" checked>
        <input type="checkbox" name="b" value="2"><input type="radio" name="c" value="x" checked>
        <input type="radio" name="c" value="y"><select name="d"><option value="1" selected>One
        <option value="2">Two</select><textarea name="e">old</textarea>
        <input name="row" value=""><input name="row" value=""><button>Save</button></form>"""
        fields = {
            "version": ["3"],
            "a": ['"new"'],
            "b": ["2"],
            "c": ["y"],
            "d": ["2"],
            "e": ["\nfirst line empty"],
            "row": ["one", "two"],
            "gone": ["A lost text"],
        }
        filled = put_back(html, "/page/", keeping.KeptPost("k", "/page/", "/page/", fields))
        form = filled.form
        assert form is not None
        value = lambda name: [tag.get("value") for tag in form.find_all("input", {"name": name})]  # noqa: E731
        assert value("a") == ['"new"']
        assert value("version") == ["3"]
        assert value("row") == ["one", "two"]
        checked = [tag["value"] for tag in form.find_all("input") if tag.has_attr("checked")]
        assert checked == ["2", "y"]
        assert [tag["value"] for tag in form.find_all("option") if tag.has_attr("selected")] == [
            "2"
        ]
        assert "\n\nfirst line empty</textarea>" in str(form)
        assert filled.left == [("Gone", "A lost text")]


class TestExpiredForm:
    def send(self, **headers: str) -> tuple[Client, Any, str]:
        path = str(reverse_lazy("calls:ask_region"))
        client = Client(enforce_csrf_checks=True)
        client.force_login(UserFactory())
        response = client.post(path, {"text": WORDS, "topic": "other"}, headers=headers)
        return client, response, path

    def test_is_filled_when_it_is_opened_again(self) -> None:
        client, response, path = self.send(origin="http://testserver")
        assert response.status_code == 403
        assert "what you typed is in it" in response.content.decode()
        assert "not saved yet" in client.get(path).content.decode()

    @pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
    def test_another_site_can_put_no_words_into_a_form(self, origin: str) -> None:
        client, response, path = self.send(**({"origin": origin} if origin else {}))
        assert response.status_code == 403
        assert "not saved yet" not in client.get(path).content.decode()


class TestRefused:
    """What a service would not do, told on the next page: the text is not lost with it."""

    def withdraw_twice(self) -> tuple[Client, Any]:
        person = UserFactory()
        entry = submit(make_entry(organisation=OrganisationFactory(owner=person)))
        client = Client()
        client.force_login(person)
        address = reverse("pitches:withdraw", args=[entry.pitch.reference])
        headers = {"referer": f"http://testserver{address}"}
        client.post(address, {"reason": "First."}, headers=headers)
        return client, client.post(address, {"reason": WORDS}, headers=headers, follow=True)

    def test_the_page_that_says_so_shows_it_to_copy(self) -> None:
        _, response = self.withdraw_twice()
        page = BeautifulSoup(response.content, "html.parser")
        assert "What you sent has not been saved" in page.get_text()
        assert WORDS in [tag.get_text() for tag in page.select(".app-put-back dd")]

    def test_it_can_be_thrown_away(self) -> None:
        client, response = self.withdraw_twice()
        page = BeautifulSoup(response.content, "html.parser")
        away = page.select_one(".app-put-back form[action^='/typed/']")
        assert away is not None
        shown = client.post(str(away["action"]), follow=True)
        assert "Kept “words”" not in shown.content.decode()

    def test_somebody_who_was_taken_off_the_team_can_copy_it(self) -> None:
        person = UserFactory()
        entry = make_entry(organisation=OrganisationFactory(owner=person))
        client = Client()
        client.force_login(person)
        address = reverse("pitches:write", args=[entry.pitch.reference])
        assert client.get(address).status_code == 200
        person.memberships.all().delete()
        gone = client.post(address, {"summary": WORDS, "version": "1"})
        assert gone.status_code == 404
        shown = BeautifulSoup(gone.content, "html.parser").select(".app-put-back dd")
        assert WORDS in [tag.get_text() for tag in shown]

    def test_a_button_that_is_refused_leaves_nothing_behind(self) -> None:
        client = Client()
        client.force_login(UserFactory())
        client.post("/follow/call/999999/", {"next": "/challenges/"})
        assert keeping.SESSION_KEY not in client.session

    def test_what_is_too_long_to_keep_is_told_before_signing_in(self) -> None:
        client = Client()
        sent = {"text": "words " * keeping.MOST_CHARACTERS}
        page = client.post(reverse("calls:ask_region"), sent, follow=True)
        assert "too long to be kept" in page.content.decode()


def test_more_than_a_form_takes_says_so(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    client = Client()
    for _ in range(2):
        page = client.post(reverse("calls:ask_region"), {"text": "words " * 100})
        assert page.status_code == 413
        assert "The text of one form can be" in page.content.decode()
        client.force_login(UserFactory())


def test_strangers_of_one_network_are_kept_so_much_and_no_more(monkeypatch: Any) -> None:
    """Counted where all limits are, so with the cache away too."""

    def away(*args: Any, **kwargs: Any) -> None:
        raise ConnectionError("no Redis")

    for name in ("get", "set", "add", "incr", "delete"):
        monkeypatch.setattr(type(cache), name, away, raising=False)
    monkeypatch.setattr(keeping, "KEPT", replace(keeping.KEPT, most=3 * keeping.LEAST_COUNTED))
    kept = []
    for number in range(5):
        client = Client(REMOTE_ADDR=f"2001:db8:1:2::{number + 1}")
        client.post("/calls/ask/", {"topic": "other", "text": f"Words of number {number}"})
        kept.append(bool(client.session.get(keeping.SESSION_KEY)))
    assert kept == [True, True, True, False, False]
    client = Client(REMOTE_ADDR="2001:db8:1:3::1")
    client.post("/calls/ask/", {"topic": "other", "text": "Words from elsewhere"})
    assert client.session.get(keeping.SESSION_KEY)
