"""What no page of Wagtail’s sends is refused in words by its forms, and is no fault of the site."""

import logging

import pytest
from django.test import Client
from wagtail.models import Page, Site

from cms.middleware import _is_made_up
from tests.attack.fields import CHOICES, NUMBERS
from tests.factories import UserFactory, sign_in

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
