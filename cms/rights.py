"""Who may do what to a page in Wagtail's admin: by region, from the roles that people hold.

Wagtail asks two things, and both answer from here. A page's `PagePermissionTester` says what may
be done to this page; the policy that is registered for pages says which pages somebody finds in
the explorer, searches, choosers, reports, histories and the API. `cms.shelves` is the same for
pictures and documents.

An officer works on the pages of the calls and awards of their regions. Every other page is the
whole site's, and goes by the permissions of groups, as ever in Wagtail: `cms.setup` gives them to
site editors. A page of a region goes by no group, so that a site editor reads no region's drafts.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet
from wagtail.models import Page, PagePermissionTester, get_page_models
from wagtail.permission_policies.pages import PagePermissionPolicy
from wagtail.permissions import policy_registry, register_permission_policy

from marketplace.accounts.models import Role
from marketplace.accounts.rules import regions_where

OFFICERS_MAY = frozenset({"change", "publish"})
"""To a page of their own region; the page itself may say no to some of it."""

REGIONS_OF_PAGES = "_regions_of_pages"


@dataclass(frozen=True)
class Named:
    """As much of a permission as Wagtail's policies read."""

    codename: str


@dataclass(frozen=True)
class Place:
    """That an officer may add pages here: read as one of Wagtail's rows for a group."""

    permission: Named
    page: Page

    @property
    def page_id(self) -> int:
        return self.page.pk


def kinds_by_region() -> list[type[Page]]:
    """Page types that say which region their pages belong to, each counted once."""
    kinds = [kind for kind in get_page_models() if getattr(kind, "region_through", "")]
    return [k for k in kinds if k._meta.get_field(k.region_through).model is k]


def pages_in(regions: Iterable[int] | None = None) -> Q:
    """Pages of these regions; of any region if none are given."""
    found = Q(pk__in=[])
    for kind in kinds_by_region():
        wanted: dict[str, Any] = {f"{kind.region_lookup}__isnull": False}
        if regions is not None:
            wanted = {f"{kind.region_lookup}__in": list(regions)}
        found |= Q(pk__in=kind.objects.filter(**wanted).values("pk"))
    return found


def regions_of_pages(user: Any) -> dict[int, int | None]:
    """{id of a page that may belong to a region: id of its region}; read once a request."""
    if not hasattr(user, REGIONS_OF_PAGES):
        found: dict[int, int | None] = {}
        for kind in kinds_by_region():
            found.update(kind.objects.values_list("pk", kind.region_lookup))
        setattr(user, REGIONS_OF_PAGES, found)
    return getattr(user, REGIONS_OF_PAGES)


def region_of(page: Page, user: Any) -> int | None:
    """Id of the region whose page this is, as the database has it; none for the whole site's."""
    if page.pk is None or not getattr(page.specific_class, "region_through", ""):
        return None
    known = regions_of_pages(user)
    if page.pk not in known:  # made in this request
        lookup = page.specific_class.region_lookup
        rows = page.specific_class.objects.filter(pk=page.pk)
        known[page.pk] = rows.values_list(lookup, flat=True).first()
    return known[page.pk]


def officers_add_below(page: Page) -> bool:
    """Whether nothing but pages of regions can stand below a page."""
    kinds = page.specific_class.creatable_subpage_models() if page.specific_class else []
    return bool(kinds) and all(getattr(kind, "region_through", "") for kind in kinds)


class RightsTester(PagePermissionTester):
    """What this person may do to this page."""

    def __init__(self, user: Any, page: Page) -> None:
        super().__init__(user, page)
        if user.is_active and not user.is_superuser:
            region = region_of(page, user)
            if region is not None:
                own = region in regions_where(user, Role.OFFICER)
                self.permissions = set(OFFICERS_MAY) if own else set()

    def can_delete(self, ignore_bulk: bool = False) -> bool:
        return super().can_delete(ignore_bulk) and self._reaches_all_below()

    def can_copy_to(self, destination: Page, recursive: bool = False) -> bool:
        may = super().can_copy_to(destination, recursive)
        return may and (not recursive or self._reaches_all_below())

    def can_set_view_restrictions(self) -> bool:
        """Who sees a page is for site editors to say, of the pages of the whole site."""
        may = super().can_set_view_restrictions()
        return may and (self.user.is_superuser or region_of(self.page, self.user) is None)

    def _reaches_all_below(self) -> bool:
        """Whether nothing below the page is another region's: a copy would show it."""
        if self.user.is_superuser or self.page.is_leaf():
            return True
        below = Page.objects.descendant_of(self.page).filter(pages_in())
        return not below.exclude(pages_in(regions_where(self.user, Role.OFFICER))).exists()


class PagesByRegion(PagePermissionPolicy):
    """Which pages a person finds, and for what; registered for every page type."""

    def get_all_permissions_for_user(self, user: Any) -> list[Any]:
        rows = list(super().get_all_permissions_for_user(user))
        if user.is_active and not user.is_superuser and regions_where(user, Role.OFFICER):
            add = Named(self._get_permission_codename("add"))
            rows += [Place(add, page) for page in _pages_to_add_below()]
        return rows

    def user_has_any_permission(self, user: Any, actions: Iterable[str]) -> bool:
        if super().user_has_any_permission(user, actions):
            return True
        officer = user.is_active and bool(regions_where(user, Role.OFFICER))
        return officer and not OFFICERS_MAY.isdisjoint(actions)

    def user_has_any_permission_for_instance(
        self, user: Any, actions: Iterable[str], instance: Page
    ) -> bool:
        base = self._base_user_has_permission(user)
        if base is not None:
            return base
        region = region_of(instance, user)
        if region is None:
            return super().user_has_any_permission_for_instance(user, actions, instance)
        own = region in regions_where(user, Role.OFFICER)
        return own and not OFFICERS_MAY.isdisjoint(actions)

    def instances_user_has_any_permission_for(
        self, user: Any, actions: Iterable[str]
    ) -> QuerySet[Page]:
        base = self._base_queryset_for_user(user)
        return (
            self.model._default_manager.filter(self._reach(user, set(actions)))
            if (base is None)
            else base
        )

    def _reach(self, user: Any, actions: set[str]) -> Q:
        """The whole site's pages by groups, and those of the person's own regions."""
        codenames = self._get_permission_codenames(actions)
        adding = self._get_permission_codename("add")
        site = Q(pk__in=[])
        for row in self.get_cached_permissions_for_user(user):
            below = Q(path__startswith=row.page.path)
            if row.permission.codename == adding and "add" not in actions and "change" in actions:
                site |= below & Q(owner=user)
            elif row.permission.codename in codenames:
                site |= Q(pk=row.page_id) if isinstance(row, Place) else below
        reached = site & ~pages_in()
        regions = regions_where(user, Role.OFFICER)
        if regions and not OFFICERS_MAY.isdisjoint(actions):
            reached |= pages_in(regions)
        return reached

    def users_with_any_permission(
        self, actions: Iterable[str], include_superusers: bool = True
    ) -> QuerySet:
        found = super().users_with_any_permission(actions, include_superusers)
        if OFFICERS_MAY.isdisjoint(actions):
            return found
        return _active(Q(pk__in=found.values("pk")) | Q(region_roles__role=Role.OFFICER))

    def users_with_any_permission_for_instance(
        self, actions: Iterable[str], instance: Page, include_superusers: bool = True
    ) -> QuerySet:
        region = _stored_region(instance)
        if region is None:
            return super().users_with_any_permission_for_instance(
                actions, instance, include_superusers
            )
        who = Q(pk__in=[])
        if not OFFICERS_MAY.isdisjoint(actions):
            who |= Q(region_roles__role=Role.OFFICER, region_roles__region=region)
        if include_superusers:
            who |= Q(is_superuser=True)
        return _active(who)


def _active(who: Q) -> QuerySet:
    return get_user_model()._default_manager.filter(who, is_active=True).distinct()


def _stored_region(page: Page) -> int | None:
    kind = page.specific_class
    if not getattr(kind, "region_through", ""):
        return None
    return kind.objects.filter(pk=page.pk).values_list(kind.region_lookup, flat=True).first()


def _pages_to_add_below() -> QuerySet[Page]:
    """Where officers may add pages: they are found by their types."""
    kinds = [
        kind
        for kind in get_page_models()
        if (below := kind.creatable_subpage_models())
        and all(getattr(each, "region_through", "") for each in below)
    ]
    types = ContentType.objects.get_for_models(*kinds).values()
    return Page.objects.filter(content_type__in=types)


def pages_seen_by(user: Any) -> Q:
    """Pages that a person of the admin may be shown by name: those of their own and public ones."""
    explorable = policy_registry.get_by_type(Page).explorable_instances(user)
    return Q(live=True) | Q(pk__in=explorable.values("pk"))


def plug() -> None:
    register_permission_policy(Page, PagesByRegion(Page))
