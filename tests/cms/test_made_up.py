"""What no page of Wagtail’s sends is refused in words by its forms, and is no fault of the site."""

import logging

import pytest
from django.test import Client
from wagtail.models import Page, Site

from cms.middleware import _is_made_up
from cms.services import create_page
from tests.attack.fields import CHOICES, NUMBERS
from tests.factories import UserFactory, make_call, make_officer, sign_in
from tests.permissions.walking import form_of

pytestmark = pytest.mark.django_db

IDS = sorted({*CHOICES, *NUMBERS, "9" * 40} - {"", "\ud800"}, key=ascii)


@pytest.fixture
def administrator() -> Client:
    return sign_in(Client(), UserFactory(is_superuser=True))


@pytest.mark.parametrize("sent", IDS, ids=ascii)
def test_an_id_that_is_none(administrator: Client, sent: str) -> None:
    home, site = Page.objects.get(depth=2), Site.objects.get()
    forms = {
        f"/admin/sites/edit/{site.pk}/": {"hostname": "x", "port": "80", "root_page": sent},
        "/admin/sites/new/": {"hostname": "", "port": "80", "root_page": sent},
        f"/admin/pages/{home.pk}/move/": {"new_parent_page": sent},
        f"/admin/pages/{home.pk}/copy/": {"new_title": "x", "new_parent_page": sent},
        "/admin/redirects/add/": {"old_path": "", "redirect_page": sent, "site": sent},
    }
    for path, fields in forms.items():
        assert administrator.post(path, fields).status_code < 500, path
        assert administrator.get(path, fields).status_code < 500, path


def test_a_form_without_its_fields(administrator: Client) -> None:
    home = Page.objects.get(depth=2)
    for path in (f"/admin/pages/{home.pk}/{verb}/" for verb in ("edit", "copy", "move")):
        assert administrator.post(path, {"title": "x"}).status_code < 500, path


def test_a_fault_of_our_own_stays_one() -> None:
    try:
        logging.getLogger().handle(None)  # type: ignore[arg-type]
    except AttributeError as error:
        assert not _is_made_up(error)


DEEP = ["[" * 5_000, "9" * 5_000, '{"blocks": 1}']


@pytest.mark.parametrize("text", DEEP, ids=lambda text: text[:12])
def test_words_of_a_page_that_are_no_words(administrator: Client, text: str) -> None:
    """Editors send rich text as JSON."""
    call = make_call(state="proposed")
    pages = [create_page(call=call, actor=make_officer(call.region)), Page.objects.get(depth=2)]
    for path in (f"/admin/pages/{page.pk}/edit/" for page in pages):
        sent = form_of(administrator.get(path).content.decode(), {})
        assert len(sent) > 5
        for name in sent:
            assert administrator.post(path, sent | {name: text}).status_code < 500, (path, name)
