"""The page of a call that people rely on stays: every way to lose it, in every state."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.actions.unpublish_page import UnpublishPageAction
from wagtail.models import Page, Site

from challenges.calls.models import Call, CallState
from challenges.calls.sign_offs import propose, sign
from cms import keeping
from cms.headings import MATTER
from cms.keeping import PageIsKept, kept_call
from cms.models import CallPage, ChallengeIndexPage, ChallengePage, HomePage, StandardPage
from cms.services import approve_and_publish, create_page
from cms.tasks import publish_scheduled
from marketplace.accounts.models import User
from marketplace.activity.models import Notification
from marketplace.errors import Refused
from tests.factories import UserFactory, make_call, make_officer, sign_in

pytestmark = pytest.mark.django_db

STATES = CallState.values
KEPT = {CallState.APPROVED, CallState.CANCELLED}
ACTS = ["delete", "unpublish", "move"]


def page_of(state: str, slug: str = "damp") -> CallPage:
    call = make_call()
    Call.objects.filter(pk=call.pk).update(state=state)
    index = ChallengeIndexPage.objects.first()
    return index.add_child(
        instance=ChallengePage(title="Damp homes", slug=slug, call=Call.objects.get(pk=call.pk))
    )


@pytest.fixture
def boss() -> Client:
    """May do everything in Wagtail, and is an officer."""
    person = make_officer()
    User.objects.filter(pk=person.pk).update(is_superuser=True)
    return sign_in(Client(), User.objects.get(pk=person.pk))


def not_live(page: CallPage) -> ChallengePage:
    found = ChallengePage.objects.get(pk=page.pk)
    found.live = False
    return found


def other_index() -> ChallengeIndexPage:
    home = HomePage.objects.first()
    return home.add_child(instance=ChallengeIndexPage(title="Others", slug="others"))


def do(client: Client, act: str, page: Page, *, bulk: bool):
    """Carry an act out, past its confirmation."""
    name = page.get_site().site_name if page.get_site() else ""
    data = {"include_descendants": "on", "confirm_site_name": name or "Golden Thread"}
    if bulk:
        address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", act])
        address += f"?id={page.pk}&next=/admin/"
        if act == "move":
            data["chooser"] = str(other_index().pk)
    elif act == "move":
        address = reverse("wagtailadmin_pages:move_confirm", args=[page.pk, other_index().pk])
    else:
        address = reverse(f"wagtailadmin_pages:{act}", args=[page.pk])
    return client.post(address, data, follow=True)


def stands(page: Page, before: Page) -> bool:
    now = Page.objects.filter(pk=page.pk).first()
    return now is not None and now.live and now.url_path == before.url_path


@pytest.mark.parametrize("bulk", [False, True], ids=["single", "bulk"])
@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("state", STATES)
def test_a_page_is_lost_only_while_nobody_relies_on_it(boss, state, act, bulk):
    page = page_of(state)
    shown = do(boss, act, page, bulk=bulk).content.decode()
    assert stands(page, page) == (state in KEPT), shown[-2000:]
    if state in KEPT:
        assert "can’t be deleted, unpublished or moved" in shown
        assert f"/admin/desk/calls/{page.call_id}/" in shown


@pytest.mark.parametrize("bulk", [False, True], ids=["single", "bulk"])
@pytest.mark.parametrize("act", ["delete", "unpublish"])
@pytest.mark.parametrize("above", [ChallengeIndexPage, HomePage])
def test_nor_by_what_happens_to_a_page_above_it(boss, above, act, bulk):
    page = page_of(CallState.APPROVED)
    above = above.objects.ancestor_of(page).first()
    shown = do(boss, act, above, bulk=bulk).content.decode()
    assert stands(page, page) and stands(above, above)
    assert "can’t be deleted, unpublished or moved" in shown


def test_it_says_what_can_still_be_done(boss):
    """A decided call can’t be cancelled any more, so nobody is sent to do that."""
    page = page_of(CallState.APPROVED)
    assert "Cancel the call at the desk" in do(boss, "delete", page, bulk=False).content.decode()
    stage = page.call.first_stage
    now = timezone.now()
    type(stage).objects.filter(pk=stage.pk).update(
        opens_at=now - timedelta(days=9), closes_at=now - timedelta(days=1), released_at=now
    )
    shown = do(boss, "delete", page, bulk=False).content.decode()
    assert "is decided" in shown and "Cancel the call" not in shown


def test_a_list_of_pages_goes_together_or_not_at_all(boss):
    kept, free = page_of(CallState.APPROVED), page_of(CallState.DRAFT, "free")
    address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "delete"])
    boss.post(f"{address}?id={kept.pk}&id={free.pk}&next=/admin/", {})
    assert CallPage.objects.filter(pk__in=[kept.pk, free.pk]).count() == 2


@pytest.mark.parametrize("state", STATES)
def test_below_the_hooks(state):
    """What code does by itself, past every page of the admin."""
    page, person, others = page_of(state), UserFactory(), other_index()
    acts = {
        "delete": lambda: Page.objects.get(pk=page.pk).delete(),
        "delete as what it is": lambda: ChallengePage.objects.get(pk=page.pk).delete(),
        "delete many": lambda: ChallengePage.objects.filter(pk=page.pk).delete(),
        "delete above": lambda: page.get_parent().delete(),
        "move": lambda: ChallengePage.objects.get(pk=page.pk).move(others, pos="last-child"),
        "unpublish": lambda: ChallengePage.objects.get(pk=page.pk).unpublish(user=person),
        "unpublish, nobody": lambda: ChallengePage.objects.get(pk=page.pk).unpublish(),
        "unpublish as any page": lambda: Page.objects.get(pk=page.pk).unpublish(),
        "unpublish as its kind's parent": lambda: CallPage.objects.get(pk=page.pk).unpublish(),
        "unpublish many": lambda: ChallengePage.objects.filter(pk=page.pk).unpublish(),
        "unpublish above": lambda: page.get_parent().specific.unpublish(),
        "unpublish by the action": lambda: UnpublishPageAction(page).execute(),
        "unpublish above and below": lambda: UnpublishPageAction(
            page.get_parent(), include_descendants=True
        ).execute(),
        "expire": lambda: ChallengePage.objects.get(pk=page.pk).unpublish(set_expired=True),
        "save past the checks": lambda: not_live(page).save(clean=False),
    }
    if state not in KEPT:
        acts["delete"]()
        return
    for name, act in acts.items():
        with pytest.raises(PageIsKept), transaction.atomic():
            act()
        assert stands(page, page), name


def test_an_index_may_be_sorted(boss):
    page = page_of(CallState.APPROVED)
    page_of(CallState.APPROVED, "second")
    page.move(page.get_parent(), pos="last-child")
    assert ChallengePage.objects.get(pk=page.pk).url_path == page.url_path


@pytest.mark.parametrize(
    "change",
    [
        {"live": False},
        {"expire_at": timezone.now() + timedelta(days=1)},
        {"go_live_at": timezone.now() + timedelta(days=1)},
        {"call": None},
    ],
    ids=lambda change: next(iter(change)),
)
@pytest.mark.parametrize("state", STATES)
def test_saving_it_otherwise(state, change):
    page = page_of(state)
    for name, value in change.items():
        setattr(page, name, value)
    if state in KEPT:
        with pytest.raises(ValidationError):
            page.save()
    else:
        page.save()


def test_a_page_above_is_not_timed_to_go():
    index = page_of(CallState.APPROVED).get_parent().specific
    index.expire_at = timezone.now() + timedelta(days=1)
    with pytest.raises(ValidationError):
        index.save()


@pytest.mark.parametrize("run", [publish_scheduled, lambda: call_command("publish_scheduled")])
def test_a_date_to_go_that_was_set_long_ago_goes_itself(run):
    kept, free = page_of(CallState.APPROVED), page_of(CallState.DRAFT, "free")
    owner = make_officer()
    Call.objects.filter(pk=kept.call_id).update(owner=owner)
    past = timezone.now() - timedelta(days=1)
    Page.objects.filter(pk__in=[kept.pk, free.pk]).update(expire_at=past)
    for _ in range(2):
        run()
    assert stands(kept, kept) and not stands(free, free)
    assert Page.objects.get(pk=kept.pk).expire_at is None
    told = Notification.objects.get(address=owner.email)
    assert "timed to go" in told.body and "people rely on its page" in told.body


class TestTimed:
    """What editors time is carried out by the clock, each page by itself."""

    past = timezone.now() - timedelta(minutes=5)

    def timed(self, page, author, **fields):
        """A revision that says this, as one of before people came to rely on the page may."""
        revision = page.save_revision(user=author)
        type(revision).objects.filter(pk=revision.pk).update(
            approved_go_live_at=self.past, content={**revision.content, **fields}
        )
        return revision

    def test_what_is_due_goes_live_and_what_is_not_waits(self):
        home, author = HomePage.objects.first(), UserFactory()
        due, later = (
            home.add_child(instance=StandardPage(title=name, slug=name, live=False))
            for name in ("due", "later")
        )
        self.timed(due, author, title="Due now")
        revision = self.timed(later, author)
        soon = timezone.now() + timedelta(hours=1)
        type(revision).objects.filter(pk=revision.pk).update(approved_go_live_at=soon)
        assert publish_scheduled() == 1
        assert publish_scheduled() == 0
        assert StandardPage.objects.get(pk=due.pk).live
        assert StandardPage.objects.get(pk=due.pk).title == "Due now"
        assert not StandardPage.objects.get(pk=later.pk).live

    @pytest.mark.parametrize(
        ("state", "change", "reason"),
        [
            (CallState.DRAFT, {}, "with the approval"),
            (CallState.APPROVED, {"call": None}, "with the approval"),
            (
                CallState.APPROVED,
                {"expire_at": (past + timedelta(days=9)).isoformat()},
                "timed to go",
            ),
        ],
    )
    def test_what_can_not_go_live_is_told_and_keeps_no_other_waiting(self, state, change, reason):
        author, page = UserFactory(), page_of(state)
        revision = self.timed(page, author, title="Changed", **change)
        other = HomePage.objects.first().add_child(
            instance=StandardPage(title="Other", slug="other", live=False)
        )
        self.timed(other, author)
        assert publish_scheduled() == 1
        assert StandardPage.objects.get(pk=other.pk).live
        now = ChallengePage.objects.get(pk=page.pk)
        assert (now.title, now.call_id) == ("Damp homes", page.call_id or now.call_id)
        revision.refresh_from_db()
        assert revision.approved_go_live_at is None
        assert reason in Notification.objects.get(address=author.email).body

    def test_one_that_breaks_keeps_no_other_waiting(self, monkeypatch):
        broken, whole = page_of(CallState.DRAFT, "broken"), page_of(CallState.DRAFT, "whole")
        Page.objects.filter(pk__in=[broken.pk, whole.pk]).update(expire_at=self.past)
        find = keeping.kept_call

        def breaks(page):
            if page.pk == broken.pk:
                raise RuntimeError("a part is away")
            return find(page)

        with monkeypatch.context() as patch:
            patch.setattr(keeping, "kept_call", breaks)
            assert publish_scheduled() == 1
        assert stands(broken, broken) and not stands(whole, whole)
        assert publish_scheduled() == 1


def edit(client: Client, page: Page, **changed):
    address = reverse("wagtailadmin_pages:edit", args=[page.pk])
    form = client.get(address).context["form"]
    data = {
        "title": page.title,
        "slug": page.slug,
        "call": page.call_id,
        "body-count": "0",
        "faqs-count": "0",
        "comments-TOTAL_FORMS": "0",
        "comments-INITIAL_FORMS": "0",
        "action-publish": "1",
        **changed,
    }
    assert form is not None
    return client.post(address, data, follow=True)


def words(text: str) -> dict[str, str]:
    """A page's text, as the editor sends one heading."""
    return {
        "body-count": "1",
        "body-0-deleted": "",
        "body-0-order": "0",
        "body-0-type": "heading",
        "body-0-value": text,
    }


def two_change(page: Page, **content):
    """As one officer proposes and another signs."""
    region = page.call.region
    first, second = make_officer(region), make_officer(region)
    proposed = propose(
        matter=MATTER, thing=page.call, reason="A slip.", actor=first, content=content
    )
    sign(sign_off=proposed, actor=second)


class TestEditor:
    def test_a_new_address_leads_on_from_the_old_one(self, django_capture_on_commit_callbacks):
        page = page_of(CallState.APPROVED)
        with django_capture_on_commit_callbacks(execute=True):
            two_change(page, slug="dry")
        moved = ChallengePage.objects.get(pk=page.pk)
        assert moved.slug == "dry"
        reply = Client().get("/challenges/damp/")
        assert (reply.status_code, reply.headers["Location"]) == (301, moved.get_url())

    def test_no_new_address_without_that(self, boss, settings):
        settings.WAGTAILREDIRECTS_AUTO_CREATE = False
        page = page_of(CallState.APPROVED)
        with pytest.raises(Refused, match="stays as it is"):
            two_change(page, slug="dry")
        assert ChallengePage.objects.get(pk=page.pk).slug == "damp"

    def test_its_words_may_change(self, boss):
        page = page_of(CallState.APPROVED)
        edit(boss, page, **words("Dry homes for all."))
        assert "Dry homes" in str(ChallengePage.objects.get(pk=page.pk).body)

    def test_it_stays_with_its_call_whatever_is_sent(self, boss):
        page, other = page_of(CallState.APPROVED), make_call(state=CallState.DRAFT)
        for sent in (other.pk, ""):
            edit(boss, page, call=sent)
            assert ChallengePage.objects.get(pk=page.pk).call_id == page.call_id

    def test_an_older_revision_with_another_call_is_not_taken_up(self, boss):
        page, other = page_of(CallState.DRAFT), make_call(state=CallState.DRAFT)
        page.call, mine = other, page.call
        old = page.save_revision()
        page.call = mine
        page.save_revision().publish()
        Call.objects.filter(pk=mine.pk).update(state=CallState.APPROVED)
        edit(boss, page, revision=old.pk, call=other.pk)
        assert ChallengePage.objects.get(pk=page.pk).call_id == mine.pk
        with pytest.raises(ValidationError):
            old.publish()
        assert ChallengePage.objects.get(pk=page.pk).call_id == mine.pk

    def test_a_date_to_go_is_refused_in_words(self, boss):
        page = page_of(CallState.APPROVED)
        soon = (timezone.localtime() + timedelta(days=2)).strftime("%Y-%m-%d %H:%M")
        shown = edit(boss, page, expire_at=soon).content.decode()
        assert "can’t be timed to go" in shown
        assert Page.objects.get(pk=page.pk).expire_at is None

    def test_it_leads_back_to_its_call(self, boss):
        page = page_of(CallState.APPROVED)
        shown = boss.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()
        assert reverse("desk:call", args=[page.call_id]) in shown

    def test_it_is_copied_with_its_call_at_the_desk(self, boss):
        page = page_of(CallState.APPROVED)
        reply = boss.get(reverse("wagtailadmin_pages:copy", args=[page.pk]))
        assert reply.headers["Location"] == reverse("desk:duplicate", args=[page.call_id])

    def test_a_copy_made_by_code_speaks_for_no_call(self):
        page = page_of(CallState.APPROVED)
        copy = page.copy(update_attrs={"slug": "copy", "title": "Copy"})
        assert copy.call_id is None
        assert ChallengePage.objects.get(pk=page.pk).call_id == page.call_id

    def test_an_alias_of_the_pages_above_is_refused(self, boss):
        page = page_of(CallState.APPROVED)
        index = page.get_parent()
        shown = boss.post(
            reverse("wagtailadmin_pages:copy", args=[index.pk]),
            {
                "new_title": "Again",
                "new_slug": "again",
                "new_parent_page": index.get_parent().pk,
                "copy_subpages": "on",
                "alias": "on",
            },
            follow=True,
        ).content.decode()
        assert "a call has one page only" in shown
        assert not Page.objects.filter(slug="again").exists()

    def test_it_is_not_hidden_behind_a_password(self, boss):
        page = page_of(CallState.APPROVED)
        address = reverse("wagtailadmin_pages:set_privacy", args=[page.pk])
        boss.post(address, {"restriction_type": "login"})
        assert not page.view_restrictions.exists()


def test_a_page_that_no_call_needs_is_as_free_as_ever():
    home = HomePage.objects.first()
    page = home.add_child(instance=StandardPage(title="About us", slug="about-us"))
    page_of(CallState.APPROVED)
    assert kept_call(page) is None
    page.unpublish()
    page.delete()


def test_a_cancelled_call_that_was_never_public_keeps_no_page():
    officer = make_officer()
    call = make_call(state=CallState.DRAFT)
    page = create_page(call=call, actor=officer)
    Call.objects.filter(pk=call.pk).update(state=CallState.CANCELLED)
    page.delete()
    assert not CallPage.objects.exists()


@pytest.mark.parametrize("field", ["expire_at", "go_live_at"])
def test_a_page_with_a_schedule_is_not_approved(field):
    author = make_officer()
    call = make_call(state=CallState.PROPOSED, owner=author, proposed_by=author)
    page = create_page(call=call, actor=author)
    setattr(page, field, timezone.now() + timedelta(days=3))
    page.save_revision()
    with pytest.raises(Refused, match="schedule"):
        approve_and_publish(call=call, actor=make_officer())
    assert Call.objects.get(pk=call.pk).state == CallState.PROPOSED


def test_a_page_lost_all_the_same_is_made_again_at_the_desk(boss):
    call = make_call()
    address = reverse("desk:call", args=[call.pk])
    assert "Nobody finds it" in boss.get(address).content.decode()
    boss.post(reverse("desk:make_page", args=[call.pk]))
    page = CallPage.objects.get(call=call)
    assert not page.live
    assert "The page is not public" in boss.get(address).content.decode()
    edit(boss, page.specific)
    assert CallPage.objects.get(call=call).live


def test_no_host_turns_away_from_what_people_rely_on(boss):
    """Whoever keeps host names could take every page from the public at once."""
    page_of(CallState.APPROVED)
    site, home = Site.objects.get(is_default_site=True), HomePage.objects.first()
    about = home.get_children().type(StandardPage).first()
    for changed in ({"root_page": about.pk}, {"root_page": other_index().pk}):
        sent = {"hostname": "localhost", "port": "80", "is_default_site": "on", **changed}
        reply = boss.post(reverse("wagtailsites:edit", args=[site.pk]), sent)
        assert reply.status_code == 409 and "people rely on" in reply.content.decode()
    assert boss.post(reverse("wagtailsites:delete", args=[site.pk])).status_code == 409
    assert Site.objects.get(pk=site.pk).root_page_id == home.pk
    second = Site.objects.create(hostname="second.example", root_page=home)
    site.root_page = about
    site.save()
    with pytest.raises(PageIsKept):
        second.delete()


def test_a_host_may_turn_to_another_page_while_nobody_relies_on_one():
    page_of(CallState.DRAFT)
    site = Site.objects.get(is_default_site=True)
    site.root_page = other_index()
    site.save()
    Site.objects.get(pk=site.pk).delete()
