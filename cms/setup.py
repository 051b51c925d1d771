"""The least that a site needs to stand: a locale, a root, a home, a site, and its groups.

Runs after every migrate and after every flush, and changes nothing that is there already.
"""

from typing import Any

from django.contrib.auth.models import Group, Permission
from wagtail.models import (
    Collection,
    GroupCollectionPermission,
    GroupPagePermission,
    Locale,
    Page,
    Site,
)

from cms import standard_text
from cms.models import CaseStudyIndexPage, ChallengeIndexPage, HomePage, StandardPage
from marketplace.accounts.services import OFFICERS_GROUP

OFFICER_PAGE_PERMISSIONS = ("add_page", "change_page", "publish_page")
OFFICER_COLLECTION_PERMISSIONS = (
    ("wagtailimages", "add_image"),
    ("wagtailimages", "change_image"),
    ("wagtailimages", "choose_image"),
    ("wagtaildocs", "add_document"),
    ("wagtaildocs", "change_document"),
    ("wagtaildocs", "choose_document"),
)


def ensure_site(**signal: Any) -> None:
    """Called on `post_migrate` of this app, which is the last."""
    locale, _ = Locale.objects.get_or_create(language_code="en-gb")
    root = Page.objects.filter(depth=1).first() or Page.add_root(
        instance=Page(title="Root", slug="root", locale=locale)
    )
    home = HomePage.objects.first() or _make_home(root, locale)
    _point_site_at(home)
    _ensure_children(home)
    _ensure_officers(home)


def _make_home(root: Page, locale: Locale) -> HomePage:
    for placeholder in root.get_children().filter(slug="home"):
        placeholder.delete()
    root.refresh_from_db()
    return root.add_child(
        instance=HomePage(
            title="Golden Thread",
            slug="home",
            locale=locale,
            intro="Public-service challenges, and the start-ups that answer them.",
        )
    )


def _point_site_at(home: HomePage) -> None:
    site = Site.objects.filter(is_default_site=True).first()
    if site is None:
        Site.objects.create(
            hostname="localhost",
            root_page=home,
            is_default_site=True,
            site_name=home.title,
        )
    elif site.root_page_id != home.pk and not HomePage.objects.filter(pk=site.root_page_id):
        site.root_page = home
        site.save()


def _ensure_children(home: HomePage) -> None:
    if not ChallengeIndexPage.objects.exists():
        home.add_child(instance=ChallengeIndexPage(title="Challenges", slug="challenges"))
    if not CaseStudyIndexPage.objects.exists():
        home.add_child(instance=CaseStudyIndexPage(title="Case studies", slug="case-studies"))
    for title, text in standard_text.PAGES.items():
        if not StandardPage.objects.filter(title=title).exists():
            home.add_child(instance=StandardPage(title=title, slug=title.lower(), body=text))


def _ensure_officers(home: HomePage) -> None:
    group, _ = Group.objects.get_or_create(name=OFFICERS_GROUP)
    group.permissions.add(
        Permission.objects.get(content_type__app_label="wagtailadmin", codename="access_admin")
    )
    for codename in OFFICER_PAGE_PERMISSIONS:
        permission = Permission.objects.get(
            content_type__app_label="wagtailcore", codename=codename
        )
        GroupPagePermission.objects.get_or_create(group=group, page=home, permission=permission)
    collection = Collection.get_first_root_node() or Collection.add_root(name="Root")
    for app, codename in OFFICER_COLLECTION_PERMISSIONS:
        permission = Permission.objects.get(content_type__app_label=app, codename=codename)
        GroupCollectionPermission.objects.get_or_create(
            group=group, collection=collection, permission=permission
        )
