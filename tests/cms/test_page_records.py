"""What happens to a page of a call stands in the call's chain, with who did it, by any door."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Page, PageLogEntry

from challenges.calls.models import Call, CallState
from cms.desk.history import history_of
from cms.models import ChallengeIndexPage, ChallengePage, HomePage, StandardPage
from cms.page_records import DONE
from cms.services import approve_and_publish, create_page
from marketplace.accounts.models import User
from marketplace.activity.models import Record
from tests.factories import RegionFactory, UserFactory, make_call, make_officer, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss() -> User:
    """May do everything in Wagtail, and is an officer."""
    person = make_officer()
    User.objects.filter(pk=person.pk).update(is_superuser=True)
    return User.objects.get(pk=person.pk)


@pytest.fixture
def page(boss: User) -> Page:
    call = make_call(region=RegionFactory(), state=CallState.DRAFT, owner=boss)
    return create_page(call=call, actor=boss)


def verbs(page: ChallengePage) -> list[tuple[str, int | None]]:
    """(verb, who did it) of the records of the page's call, the oldest first."""
    rows = Record.objects.filter(chain__key=page.call.chain, verb__startswith="calls.page_")
    return list(rows.order_by("number").values_list("verb", "actor"))


ACTS = {
    "delete": ("calls.page_deleted", {}),
    "lock": ("calls.page_locked", {}),
}


@pytest.mark.parametrize("act", ACTS)
def test_what_the_admin_does(boss, page, act):
    verb, sent = ACTS[act]
    client = sign_in(Client(), boss)
    client.post(reverse(f"wagtailadmin_pages:{act}", args=[page.pk]), sent)
    assert (verb, boss.pk) in verbs(page)


def test_what_bulk_actions_and_the_api_do(boss, page):
    client = sign_in(Client(), boss)
    client.post(f"/admin/api/main/pages/{page.pk}/action/delete/")
    assert verbs(page)[-1] == ("calls.page_deleted", boss.pk)
    again = create_page(call=Call.objects.get(pk=page.call_id), actor=boss)
    client.post(f"/admin/bulk/wagtailcore/page/delete/?id={again.pk}&next=/admin/", {})
    assert verbs(page)[-1] == ("calls.page_deleted", boss.pk)
    assert not ChallengePage.objects.exists()


def test_edits_say_what_changed_and_not_to_what(boss, page):
    page.title, page.body = "Zq another title", [("heading", "Zq")]
    page.save_revision(user=boss, log_action=True)
    record = Record.objects.filter(verb="calls.page_edited").get()
    assert record.actor == boss
    assert record.detail["changed"] == ["title", "body"]
    assert "Zq" not in str(record.detail)
    line = history_of(page.call.chain)[0]
    assert line.what == "edited its page"
    assert "title" in line.detail


def test_a_page_that_goes_over_to_another_call_is_told_in_both(boss, page):
    first, other = page.call, make_call(region=RegionFactory(), state=CallState.DRAFT)
    page.call = other
    page.save_revision(user=boss, log_action=True)
    chains = {record.chain.key for record in Record.objects.filter(verb="calls.page_edited")}
    assert chains == {first.chain, other.chain}


def test_approval_makes_and_publishes_once():
    author, approver = make_officer(), make_officer()
    call = make_call(state=CallState.PROPOSED, owner=author, proposed_by=author)
    page = create_page(call=call, actor=author)
    approve_and_publish(call=call, actor=approver)
    assert verbs(page) == [
        ("calls.page_created", author.pk),
        ("calls.page_published", approver.pk),
    ]


def test_what_the_clock_does(boss):
    index = ChallengeIndexPage.objects.get()
    call = make_call(region=RegionFactory())
    page = index.add_child(instance=ChallengePage(title=call.title, slug="x", call=call))
    page.save_revision(user=boss).publish()
    page = ChallengePage.objects.get(pk=page.pk)
    page.go_live_at = timezone.now() + timedelta(days=1)
    page.save_revision(user=boss).publish(user=boss)
    assert verbs(page)[-1] == ("calls.page_scheduled", boss.pk)


def test_a_copy_that_code_makes_is_no_calls_page_and_told_of_the_site(page):
    """Nobody makes one by hand: the desk copies call and page together."""
    page.copy(update_attrs={"slug": "copy"})
    assert Record.objects.filter(chain__key="site:pages").last().verb == "site.page_copied"


def test_pages_of_the_whole_site_have_a_chain_of_their_own(boss):
    page = HomePage.objects.get().add_child(
        instance=StandardPage(title="News", slug="news", owner=boss)
    )
    page.unpublish(user=boss)
    told = Record.objects.filter(chain__key="site:pages").order_by("number")
    assert list(told.values_list("verb", "thing_id")) == [
        ("site.page_created", str(page.pk)),
        ("site.page_unpublished", str(page.pk)),
    ]


def test_it_is_one_with_the_act(boss, page):
    """What is rolled back was not done, and isn't told."""
    from django.db import transaction

    before = verbs(page)
    with transaction.atomic():
        page.save_revision(user=boss, log_action=True)
        transaction.set_rollback(True)
    assert verbs(page) == before


def test_an_act_that_no_release_knew_is_told_all_the_same(page):
    PageLogEntry.objects.log_action(page, "wagtail.comments.create", user=UserFactory())
    assert verbs(page)[-1][0] == "calls.page_acted_on"
    assert "wagtail.comments.create" not in DONE
