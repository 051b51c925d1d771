"""Where somebody says that they came from or want to go leads nowhere else, and breaks nothing."""

from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import Group
from django.http import QueryDict
from django.test import Client
from wagtail.models import Page

from marketplace.activity.models import Follow
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
