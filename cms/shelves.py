"""Pictures and documents by region: a shelf for each region, and one that all share.

A shelf is one of Wagtail's collections. Officers work on the shelves of their regions, and choose
from the shared one, which site editors look after.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Collection
from wagtail.permission_policies.collections import (
    CollectionManagementPermissionPolicy,
    CollectionOwnershipPermissionPolicy,
    CollectionPermissionLookupMixin,
)
from wagtail.permissions import register_permission_policy

from cms.models import Shelf
from cms.rights import Named
from marketplace.accounts.models import Role, User
from marketplace.accounts.rules import regions_where
from marketplace.regions.models import Region

CHOOSE = ("choose_image", "choose_document")
WORK = ("add_image", "change_image", "add_document", "change_document", *CHOOSE)
SHARED = "Shared by all regions"


@dataclass(frozen=True)
class Grant:
    """That somebody may do this on a shelf: read as one of Wagtail's rows for a group."""

    permission: Named
    collection: Collection

    @property
    def collection_id(self) -> int:
        return self.collection.pk


class ByRegion(CollectionPermissionLookupMixin):
    """Adds to what groups may do what roles may do."""

    def get_all_permissions_for_user(self, user: Any) -> list[Any]:
        rows = list(super().get_all_permissions_for_user(user))
        if user.is_anonymous or not user.is_active or user.is_superuser:
            return rows
        if not (regions := regions_where(user, Role.OFFICER)):
            return rows
        for shelf in Shelf.objects.for_officers_of(regions):
            may = WORK if shelf.region_id else CHOOSE
            rows += [Grant(Named(codename), shelf.collection) for codename in may]
        return rows


class FilesByRegion(ByRegion, CollectionOwnershipPermissionPolicy):
    """For pictures and for documents."""


class ShelvesStay(ByRegion, CollectionManagementPermissionPolicy):
    """For collections themselves: a shelf can't be deleted, whoever asks."""

    def instances_user_has_permission_for(self, user: Any, action: str) -> QuerySet[Collection]:
        found = super().instances_user_has_permission_for(user, action)
        return found.filter(shelf=None) if action == "delete" else found


def plug() -> None:
    of = {get_image_model(): "wagtailimages.Image", get_document_model(): "wagtaildocs.Document"}
    for model, auth_model in of.items():
        policy = FilesByRegion(model, auth_model=auth_model, owner_field_name="uploaded_by_user")
        register_permission_policy(model, policy)
    register_permission_policy(Collection, ShelvesStay(Collection))


def ensure_shelf(region: Region | None) -> Shelf:
    """The shelf of a region, or the shared one, made if it is not there; renamed with its region.

    Does nothing where all is as it should be.
    """
    name = region.short_name if region else SHARED
    shelf = Shelf.objects.select_related("collection").filter(region=region).first()
    if shelf is None:
        root = Collection.get_first_root_node() or Collection.add_root(name="Root")
        collection = root.add_child(instance=Collection(name=name))
        return Shelf.objects.create(region=region, collection=collection)
    if shelf.collection.name != name:
        shelf.collection.name = name
        shelf.collection.save(update_fields=["name"])
    return shelf


def put_on_shelves(root: Collection) -> None:
    """What stands on no shelf goes to the region of whoever brought it, if they are an officer of
    one region only, and to the shared shelf otherwise."""
    shared = ensure_shelf(None).collection
    regions = dict(Shelf.objects.values_list("region", "collection"))
    for model in (get_image_model(), get_document_model()):
        loose = model.objects.filter(collection=root)
        for uploader in set(loose.values_list("uploaded_by_user", flat=True)):
            own = _only_region_of(uploader)
            to = regions.get(own, shared.pk) if own else shared.pk
            loose.filter(uploaded_by_user=uploader).update(collection=to)
    for collection in root.get_children().filter(shelf=None):
        collection.move(Collection.objects.get(pk=shared.pk), pos="last-child")


def _only_region_of(person: int | None) -> int | None:
    found = User.objects.filter(pk=person, region_roles__role=Role.OFFICER)
    found = found.annotate(count=Count("region_roles")).filter(count=1)
    return found.values_list("region_roles__region", flat=True).first()
