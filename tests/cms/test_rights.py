"""Who may do what in Wagtail's admin: each case that was once possible, with its own request."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.files.images import ImageFile
from django.test import Client
from django.urls import reverse
from wagtail.images import get_image_model
from wagtail.images.tests.utils import get_test_image_file
from wagtail.models import (
    Collection,
    GroupCollectionPermission,
    GroupPagePermission,
    Page,
    PageViewRestriction,
    get_page_models,
)

from challenges.calls.models import Call, CallState
from cms.bases import OfARegion
from cms.models import (
    CaseStudyIndexPage,
    CaseStudyPage,
    ChallengeIndexPage,
    ChallengePage,
    HomePage,
    Shelf,
    StandardPage,
)
from cms.rights import RightsTester, kinds_by_region
from cms.services import create_page
from cms.setup import ensure_site
from cms.shelves import SHARED
from marketplace.accounts.models import RegionRole, Role, User
from marketplace.accounts.rules import needs_second_factor
from marketplace.accounts.services import ROLE_GROUPS, grant_role, revoke_role
from marketplace.activity.models import Record
from marketplace.errors import Refused
from tests.factories import (
    AwardFactory,
    RegionFactory,
    UserFactory,
    make_call,
    make_officer,
    make_site_person,
    sign_in,
)
from tests.permissions.walking import form_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> User:
    return make_officer(RegionFactory())


@pytest.fixture
def elsewhere() -> Client:
    """An officer of a second region only."""
    region = RegionFactory(code="E47000009", slug="elsewhere", short_name="EW", name="Elsewhere")
    return sign_in(Client(), make_officer(region))


@pytest.fixture
def draft(here: User) -> Page:
    call = make_call(region=RegionFactory(), state=CallState.DRAFT, owner=here, title="Zq waits")
    return create_page(call=call, actor=here)


@pytest.fixture
def public(here: User) -> Page:
    call = make_call(region=RegionFactory(), owner=here, title="Food")
    page = ChallengeIndexPage.objects.get().add_child(
        instance=ChallengePage(title="Food", slug="food", call=call, owner=here)
    )
    page.save_revision(user=here).publish()
    return page


def address(name: str, page: Page) -> str:
    return reverse(f"wagtailadmin_pages:{name}", args=[page.pk])


def picture(collection: Collection, title: str = "Zq picture", **fields: Any) -> Any:
    file = ImageFile(get_test_image_file().file, name="zq.png")
    return get_image_model().objects.create(title=title, file=file, collection=collection, **fields)


def digest() -> list[Any]:
    models = (Page, ChallengePage, HomePage, PageViewRestriction)
    return [list(model.objects.order_by("pk").values()) for model in models]


# --- Of another region --------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["view_draft", "edit", "history", "usage", "delete", "unpublish", "copy", "move"]
)
def test_another_regions_page_is_not_read(elsewhere, draft, name):
    reply = elsewhere.get(address(name, draft))
    assert reply.status_code in (302, 403, 404)
    assert "Zq waits" not in elsewhere.get(reply.headers.get("Location", "/")).content.decode()


@pytest.mark.parametrize("name", ["edit", "unpublish", "delete", "lock", "set_privacy", "move"])
def test_another_regions_public_page_is_not_moved(elsewhere, public, name):
    boss = sign_in(Client(), UserFactory(is_superuser=True))
    sent = form_of(boss.get(address(name, public)).content.decode(), {"restriction_type": "login"})
    before = digest()
    elsewhere.post(address(name, public), {**sent, "title": "HACKED", "call": ""})
    assert digest() == before
    assert Client().get("/challenges/food/").status_code == 200


def test_its_own_officers_work_on_it(here, public):
    client = sign_in(Client(), here)
    sent = form_of(client.get(address("edit", public)).content.decode(), {})
    client.post(address("edit", public), {**sent, **heading("New words")})
    assert "New words" in str(ChallengePage.objects.get(pk=public.pk).body)


def heading(text: str) -> dict[str, str]:
    return {
        "body-count": "1",
        "body-0-deleted": "",
        "body-0-order": "0",
        "body-0-type": "heading",
        "body-0-value": text,
    }


@pytest.mark.parametrize("kind", [HomePage, ChallengeIndexPage, CaseStudyIndexPage, StandardPage])
@pytest.mark.parametrize("name", ["edit", "unpublish", "delete", "set_privacy"])
def test_no_officer_rules_pages_of_the_whole_site(here, kind, name):
    client, page, before = sign_in(Client(), here), kind.objects.first(), digest()
    client.post(address(name, page), {"restriction_type": "password", "password": "x"})
    client.post(address(name, page), {"title": "HACKED", "slug": page.slug})
    assert digest() == before
    assert client.get("/").status_code == 200


def test_nobody_hides_what_people_rely_on_not_even_from_above(public):
    """Not by a form, and not by a row that code writes."""
    for who in (make_site_person(Role.SITE_EDITOR), UserFactory(is_superuser=True)):
        client = sign_in(Client(), who)
        client.post(address("set_privacy", HomePage.objects.get()), {"restriction_type": "login"})
        assert not PageViewRestriction.objects.exists()
    with pytest.raises(Refused):
        PageViewRestriction.objects.create(page=HomePage.objects.get(), restriction_type="login")


@pytest.mark.parametrize(
    "where",
    [
        "/admin/pages/{index}/",
        "/admin/pages/search/?q=Zq",
        "/admin/choose-page/{index}/",
        "/admin/choose-page/search/?q=Zq",
        "/admin/choose-page/chosen-multiple/?id={page}",
        "/admin/reports/site-history/",
        "/admin/reports/aging-pages/",
        "/admin/reports/page-types-usage/",
        "/admin/pages/usage/cms/challengepage/",
        "/admin/api/main/pages/",
        "/admin/api/main/pages/{page}/",
        "/admin/bulk/wagtailcore/page/delete/?id={page}",
        "/admin/bulk/wagtailcore/page/delete/?id=all",
    ],
)
def test_lists_reports_and_choosers_show_no_draft_of_others(elsewhere, here, draft, where):
    where = where.format(index=draft.get_parent().pk, page=draft.pk)
    assert "Zq waits" not in elsewhere.get(where, follow=True).content.decode()
    editor = sign_in(Client(), make_site_person(Role.SITE_EDITOR))
    assert "Zq waits" not in editor.get(where, follow=True).content.decode()
    # The index of Wagtail's search is written after commit; aging pages were public once.
    if not any(part in where for part in ("types-usage", "aging", "search")):
        assert "Zq waits" in sign_in(Client(), here).get(where, follow=True).content.decode()


def test_lists_ask_no_more_for_more_pages(here, draft, django_assert_max_num_queries):
    client = sign_in(Client(), here)
    index = f"/admin/pages/{draft.get_parent().pk}/"
    client.get(index)
    with django_assert_max_num_queries(60) as few:
        client.get(index)
    for number in range(4):
        call = make_call(region=RegionFactory(), state=CallState.DRAFT, title=f"More {number}")
        create_page(call=call, actor=here)
    with django_assert_max_num_queries(len(few)):
        client.get(index)


# --- What links a page to a region ----------------------------------------------------------


def test_a_page_is_not_taken_over_to_another_region(here, draft):
    there = RegionFactory(code="E47000009", slug="elsewhere", short_name="EW")
    draft.call = make_call(region=there, state=CallState.DRAFT)
    with pytest.raises(Exception, match="another region"):
        draft.save_revision(user=here)


def test_an_officer_starts_pages_of_their_own_region_only(elsewhere, here):
    award = AwardFactory(call=make_call(region=RegionFactory()))
    index = CaseStudyIndexPage.objects.get()
    add = reverse("wagtailadmin_pages:add", args=["cms", "casestudypage", index.pk])
    client = sign_in(Client(), here)
    sent = form_of(client.get(add).content.decode(), {"title": "A study", "summary": "Done."})
    sent |= {"slug": "a-study", "award": str(award.pk)}
    sent.pop("action-publish")
    elsewhere.post(add, sent)
    elsewhere.post(add, {**sent, "award": ""})
    assert list(CaseStudyPage.objects.values_list("award", "owner__email")) == []
    client.post(add, sent)
    assert CaseStudyPage.objects.get().award == award


def test_a_picture_of_another_region_is_not_put_on_a_page(here, draft):
    there = RegionFactory(code="E47000009", slug="elsewhere", short_name="EW")
    client = sign_in(Client(), here)
    sent = form_of(client.get(address("edit", draft)).content.decode(), {})
    sent.pop("action-publish")
    for region, put in ((there, False), (None, True), (RegionFactory(), True)):
        image = picture(Shelf.objects.get(region=region).collection)
        client.post(address("edit", draft), {**sent, "lead_image": str(image.pk)})
        draft.refresh_from_db()
        saved = draft.get_latest_revision_as_object()
        assert (saved.lead_image_id == image.pk) == put


# --- Pictures and documents -----------------------------------------------------------------


@pytest.mark.parametrize(
    "where",
    [
        "/admin/images/",
        "/admin/images/{pk}/",
        "/admin/images/{pk}/delete/",
        "/admin/images/usage/{pk}/",
        "/admin/images/chooser/",
        "/admin/images/chooser/chosen/{pk}/",
        "/admin/images/chooser/chosen-multiple/?id={pk}",
        "/admin/images/chooser/{pk}/select_format/",
        "/admin/api/main/images/",
        "/admin/api/main/images/{pk}/",
        "/admin/bulk/wagtailimages/image/delete/?id={pk}",
        "/admin/bulk/wagtailimages/image/delete/?id=all",
    ],
)
def test_pictures_of_others_are_not_shown(elsewhere, here, where):
    image = picture(Shelf.objects.get(region=RegionFactory()).collection)
    where = where.format(pk=image.pk)
    assert "Zq picture" not in elsewhere.get(where, follow=True).content.decode()
    assert "Zq picture" in sign_in(Client(), here).get(where, follow=True).content.decode()


def test_shared_pictures_are_chosen_by_all_and_kept_by_site_editors(elsewhere):
    image = picture(Shelf.objects.get(region=None).collection)
    edit = reverse("wagtailimages:edit", args=[image.pk])
    assert "Zq picture" in elsewhere.get("/admin/images/chooser/").content.decode()
    assert elsewhere.get(edit).status_code == 302
    editor = sign_in(Client(), make_site_person(Role.SITE_EDITOR))
    assert editor.get(edit).status_code == 200


def test_a_shelf_stays(here):
    shelf = Shelf.objects.get(region=RegionFactory())
    boss = sign_in(Client(), UserFactory(is_superuser=True))
    assert boss.post(f"/admin/collections/{shelf.collection_id}/delete/").status_code == 404
    shelf.refresh_from_db()


# --- Roles ------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.SITE_EDITOR, Role.PLATFORM])
def test_roles_of_the_whole_site(role):
    person = make_site_person(role)
    assert person.groups.get().name == ROLE_GROUPS[role]
    assert needs_second_factor(person)
    grant_role(user=person, region=None, role=role)
    assert RegionRole.objects.filter(user=person).count() == 1
    record = Record.objects.filter(chain__key="site:roles").last()
    assert (record.verb, record.detail["role"]) == ("accounts.role_granted", role)
    revoke_role(user=person, region=None, role=role)
    assert not person.groups.exists()
    with pytest.raises(Refused):
        grant_role(user=person, region=RegionFactory(), role=role)


def test_a_role_of_a_region_names_one():
    with pytest.raises(Refused, match="say which"):
        grant_role(user=UserFactory(), region=None, role=Role.OFFICER)


def test_who_loses_the_role_loses_the_pages(here, draft):
    client = sign_in(Client(), here)
    assert client.get(address("edit", draft)).status_code == 200
    revoke_role(user=here, region=RegionFactory(), role=Role.OFFICER)
    assert client.get(address("edit", draft)).status_code == 404


def test_a_site_editor_keeps_the_pages_of_the_site():
    client = sign_in(Client(), make_site_person(Role.SITE_EDITOR))
    page = StandardPage.objects.first()
    sent = form_of(client.get(address("edit", page)).content.decode(), {"title": "About all"})
    client.post(address("edit", page), sent)
    assert StandardPage.objects.get(pk=page.pk).title == "About all"
    record = Record.objects.filter(chain__key="site:pages").last()
    assert record.verb == "site.page_published"


# --- An installation that is brought up to date ---------------------------------------------


def test_what_an_older_release_gave_is_put_right_and_once_is_enough(here):
    """One group ruled every page, and all pictures stood in one place."""
    home, root = HomePage.objects.get(), Collection.get_first_root_node()
    group = Group.objects.get(name="Officers")
    for codename in ("add_page", "change_page", "publish_page"):
        GroupPagePermission.objects.create(
            group=group, page=home, permission=Permission.objects.get(codename=codename)
        )
    GroupCollectionPermission.objects.create(
        group=group, collection=root, permission=Permission.objects.get(codename="add_image")
    )
    left = UserFactory()
    left.groups.add(group)
    Group.objects.get(name="Officers").user_set.remove(here)
    own = picture(root, uploaded_by_user=here)
    loose = picture(root, uploaded_by_user=None)
    for _ in range(2):
        ensure_site()
        assert not group.page_permissions.exists()
        assert not group.collection_permissions.exists()
        assert set(group.user_set.all()) == {here}
        own.refresh_from_db(), loose.refresh_from_db()
        assert own.collection == Shelf.objects.get(region=RegionFactory()).collection
        assert loose.collection.name == SHARED


def test_a_new_region_has_a_shelf_and_a_renamed_one_keeps_it():
    region = RegionFactory(code="E47000010", slug="new", short_name="New")
    shelf = Shelf.objects.get(region=region)
    assert shelf.collection.name == "New"
    region.short_name = "Newer"
    region.save()
    assert Shelf.objects.get(region=region).collection.name == "Newer"


# --- Every page type ---------------------------------------------------------------------------


def test_every_page_type_of_ours_asks_the_one_tester():
    ours = [kind for kind in get_page_models() if kind._meta.app_label == "cms"]
    person = UserFactory()
    assert len(ours) >= 8
    for kind in ours:
        assert isinstance(kind(depth=3, path="0" * 12).permissions_for_user(person), RightsTester)
    assert set(kinds_by_region()) == {
        kind for kind in ours if issubclass(kind, OfARegion) and OfARegion in kind.__bases__
    }


def test_a_call_that_was_never_approved_is_not_published_by_cancelling_it(here, draft):
    Call.objects.filter(pk=draft.call_id).update(state=CallState.CANCELLED)
    page = ChallengePage.objects.get(pk=draft.pk)
    assert not page.permissions_for_user(here).can_publish()
    with pytest.raises(Refused, match="approval"):
        page.save_revision(user=here).publish()
    assert not ChallengePage.objects.get(pk=draft.pk).live


def test_a_public_page_goes_by_its_public_title_until_the_next_is_published() -> None:
    """In lists and choosers, which people see who may not read the draft."""
    page = HomePage.objects.get().add_child(instance=StandardPage(title="Before", slug="a-page"))

    def shown() -> str:
        return Page.objects.get(pk=page.pk).get_admin_display_title()

    page.title = "After"
    revision = page.save_revision()
    assert shown() == "Before"
    revision.publish()
    assert shown() == "After"
    page = StandardPage.objects.get(pk=page.pk)
    page.unpublish()
    page.title = "Again"
    page.save_revision()
    assert shown() == "Again", "it is a draft, which only those see who work on it"
