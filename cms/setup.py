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
from cms.page_records import unrecorded
from cms.shelves import ensure_shelf, put_on_shelves
from marketplace.accounts.models import Role, User
from marketplace.accounts.services import ROLE_GROUPS
from marketplace.regions.models import Region

IN_THE_ADMIN = {
    Role.OFFICER: ("wagtailadmin.access_admin",),
    Role.SITE_EDITOR: (
        "wagtailadmin.access_admin",
        "wagtailredirects.add_redirect",
        "wagtailredirects.change_redirect",
        "wagtailredirects.delete_redirect",
    ),
    Role.PLATFORM: (
        "wagtailadmin.access_admin",
        "wagtailcore.add_site",
        "wagtailcore.change_site",
        "wagtailcore.delete_site",
    ),
}
"""What a role may do anywhere in Wagtail's admin. What it may do in a region: `cms.rights`."""

TO_PAGES = ("add", "change", "publish", "lock", "unlock", "bulk_delete")
"""What site editors may do to the pages of the whole site."""

ON_SHARED_SHELF = (
    "wagtailimages.add_image",
    "wagtailimages.change_image",
    "wagtailimages.choose_image",
    "wagtaildocs.add_document",
    "wagtaildocs.change_document",
    "wagtaildocs.choose_document",
    "wagtailcore.add_collection",
    "wagtailcore.change_collection",
    "wagtailcore.delete_collection",
)


def ensure_site(**signal: Any) -> None:
    """Called on `post_migrate` of this app, which is the last."""
    locale, _ = Locale.objects.get_or_create(language_code="en-gb")
    root = Page.objects.filter(depth=1).first() or Page.add_root(
        instance=Page(title="Root", slug="root", locale=locale)
    )
    with unrecorded():
        home = HomePage.objects.first() or _make_home(root, locale)
        _point_site_at(home)
        _ensure_children(home)
    _ensure_shelves()
    _ensure_groups(home)


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


def _ensure_shelves() -> None:
    ensure_shelf(None)
    for region in Region.objects.all():
        ensure_shelf(region)
    put_on_shelves(Collection.get_first_root_node())


def _ensure_groups(home: HomePage) -> None:
    """The groups of roles, their permissions and their members.

    Rights on pages and collections that the group of officers was once given are taken away: one
    group for all regions let an officer of any region work on every page.
    """
    groups = {role: Group.objects.get_or_create(name=name)[0] for role, name in ROLE_GROUPS.items()}
    for role, names in IN_THE_ADMIN.items():
        groups[role].permissions.set([_permission(name) for name in names])
    for role in (Role.OFFICER, Role.PLATFORM):
        GroupPagePermission.objects.filter(group=groups[role]).delete()
        GroupCollectionPermission.objects.filter(group=groups[role]).delete()
    editors = groups[Role.SITE_EDITOR]
    for action in TO_PAGES:
        GroupPagePermission.objects.get_or_create(
            group=editors, page=home, permission=_permission(f"wagtailcore.{action}_page")
        )
    shared = ensure_shelf(None).collection
    for name in ON_SHARED_SHELF:
        GroupCollectionPermission.objects.get_or_create(
            group=editors, collection=shared, permission=_permission(name)
        )
    for role, group in groups.items():
        _put_members(group, role)


def _permission(name: str) -> Permission:
    app, _, codename = name.partition(".")
    return Permission.objects.get(content_type__app_label=app, codename=codename)


def _put_members(group: Group, role: Role) -> None:
    """Whoever holds the role is in its group, and nobody else."""
    holders = User.objects.filter(region_roles__role=role).distinct()
    group.user_set.remove(*group.user_set.exclude(pk__in=holders.values("pk")))
    group.user_set.add(*holders.exclude(groups=group))
