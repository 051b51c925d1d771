"""Where somebody says that they came from or want to go leads nowhere else, and breaks nothing."""

from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import Group
from django.forms import BaseFormSet
from django.http import QueryDict
from django.test import Client
from wagtail.models import Page

from marketplace.activity.models import Follow
from marketplace.middleware import with_rows_sent
from marketplace.ways import own_path, parts_of, with_own_ways
from tests.attack.fields import EVERYTHING
from tests.attack.hostile import NEXT
from tests.factories import UserFactory, make_call, make_officer, sign_in

ODD = sorted({text for text in (*EVERYTHING, *NEXT.values()) if len(text) < 2000}, key=ascii)
OWN = ("/", "/search/?q=a&page=2", "/calls/a%20b/", "/a:b/", "/[")
NO_ADDRESS = ("http://[", "http://[::1", "https://[x]/", "//[")


@pytest.mark.parametrize("text", OWN)
def test_a_page_of_ours(text: str) -> None:
    assert own_path(text) == text
    assert with_own_ways(QueryDict(urlencode({"next": text})))["next"] == text


@pytest.mark.parametrize("text", [*ODD, *NO_ADDRESS], ids=ascii)
def test_nothing_else_is_one(text: str) -> None:
    sent = QueryDict(mutable=True)
    sent.setlist("next", [text, "/search/"])
    sent["kept"] = text
    if text not in ("/", *OWN) and own_path(text):
        assert text.startswith("/") and parts_of(text).netloc == ""
    else:
        assert with_own_ways(sent).getlist("next") == ["/search/"]
    assert with_own_ways(sent)["kept"] == text
    parts_of(text)


def test_what_leads_nowhere_is_not_there() -> None:
    assert "next" not in with_own_ways(QueryDict("next=0&next=//evil.example&q=a"))


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["0", "x", "", "1e5", "dashboard", "//evil.example", "\x00", "["])
def test_whatever_goes_on_to_a_page_goes_to_one(text: str) -> None:
    """Ours and Wagtail’s."""
    call, person = make_call(), UserFactory()
    client = sign_in(Client(), person)
    answer = client.post(f"/follow/call/{call.pk}/", {"next": text})
    assert (answer.status_code, answer["Location"]) == (302, "/notifications/following/")
    assert Follow.objects.filter(person=person).exists()
    answer = client.post(f"/organisations/register/?next={text}", {"name": "Own Way Ltd"})
    assert answer.status_code in (200, 302)
    assert "evil" not in answer.headers.get("Location", "")

    administrator = make_officer(is_superuser=True)
    administrator.groups.set(Group.objects.all())
    client = sign_in(Client(), administrator)
    home = Page.objects.get(depth=2)
    for path in (f"/admin/pages/{home.pk}/unlock/", f"/admin/pages/{home.pk}/lock/"):
        answer = client.post(path, {"next": text})
        assert answer.status_code in (302, 404, 405), path
        assert "evil" not in answer.headers.get("Location", "")


@pytest.mark.django_db
@pytest.mark.parametrize("text", NO_ADDRESS)
def test_a_page_before_that_is_no_address(text: str) -> None:
    """Said by no browser; whoever says it is asked to sign in, or refused, like everybody."""
    for checks in (False, True):
        client = Client(enforce_csrf_checks=checks)
        for headers in ({"Referer": text}, {"Origin": text}, {"Referer": text, "Origin": text}):
            for path in ("/calls/ask/", "/accounts/login/", "/admin/desk/calls/new/"):
                answer = client.post(path, {"text": "Some words"}, headers=headers)
                assert answer.status_code < 500


@pytest.mark.parametrize(
    ("count", "lied"),
    [
        *((count, True) for count in ("1000", "٩٩٩", " 999 ", "+999", "1_000", "999.0", "9" * 40)),
        *((count, False) for count in ("3", "9" * 5000, "+3", "-1", "-1000", "x", "", "1e3")),
    ],
    ids=lambda each: ascii(each)[:9],
)
def test_no_set_of_forms_has_more_rows_than_were_sent(count: str, lied: bool) -> None:
    sent = QueryDict(mutable=True)
    sent.update({"a-TOTAL_FORMS": count, "b-INITIAL_FORMS": count, "a-0-name": "x", "n": "1000"})
    told = with_rows_sent(sent)
    for name in ("a-TOTAL_FORMS", "b-INITIAL_FORMS"):
        assert told[name] == ("4" if lied else count)
    assert (told["a-0-name"], told["n"]) == ("x", "1000")


@pytest.mark.django_db
def test_a_page_of_wagtails_draws_no_thousand_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    build = BaseFormSet._construct_form

    def counted(forms: BaseFormSet, number: int, **more: object) -> object:
        made.append(number)
        return build(forms, number, **more)

    monkeypatch.setattr(BaseFormSet, "_construct_form", counted)
    names = ("page", "document", "image", "collection")
    lies = {f"{name}_permissions-TOTAL_FORMS": "1000" for name in names}
    counts = {f"{name}_permissions-INITIAL_FORMS": "0" for name in names}
    client = sign_in(Client(), UserFactory(is_superuser=True))
    assert client.post("/admin/groups/new/", {**lies, **counts, "name": ""}).status_code == 200
    assert made and max(made) < len(lies) + len(counts) + 1
