"""What the editor offers: of one's own regions, and of what may still change."""

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.models import Page, ReferenceIndex
from wagtail.permissions import policy_registry

from challenges.awards.models import Award
from challenges.calls.models import Call
from cms import keeping
from cms.rights import pages_seen_by
from marketplace.accounts.models import Role
from marketplace.accounts.rules import is_site_editor, regions_where

NOT_YOURS = (
    "Something that you chose can’t be used here: “{}” is another region’s. Choose from the "
    "pictures, documents and pages of your own region, or from those that all share."
)


class PageForm(WagtailAdminPageForm):
    """Uses no picture, document or unpublished page that its editor could not have chosen."""

    def _post_clean(self) -> None:
        super()._post_clean()  # what was sent is on the page now
        for other in self._taken_from_others():
            self.add_error(None, NOT_YOURS.format(other))

    def _taken_from_others(self) -> list[Model]:
        if self.for_user is None or self.for_user.is_superuser:
            return []
        stood = _references(type(self.instance).objects.filter(pk=self.instance.pk).first())
        latest = self.instance.pk and self.instance.get_latest_revision()
        stood |= _references(latest.as_object() if latest else None)
        return [
            found
            for type_id, pk in _references(self.instance) - stood
            if (found := _hidden_from(self.for_user, type_id, pk))
        ]


def _references(page: Page | None) -> set[tuple[int, str]]:
    """(content type id, id) of whatever a page refers to, in fields, streams and rich text."""
    if page is None:
        return set()
    found = ReferenceIndex._extract_references_from_object(page)
    return {(type_id, pk) for type_id, pk, *_ in found}


def _hidden_from(user: Any, type_id: int, pk: str) -> Model | None:
    model: Any = ContentType.objects.get_for_id(type_id).model_class()
    if model is None:
        return None
    if issubclass(model, Page):
        seen = Page.objects.filter(pages_seen_by(user))
        model = Page
    elif hasattr(model, "collection"):
        policy = policy_registry.get_by_type(model)
        seen = policy.instances_user_has_any_permission_for(user, ["choose", "change"])
    else:
        return None
    return None if seen.filter(pk=pk).exists() else model.objects.filter(pk=pk).first()


class RegionPageForm(PageForm):
    """Links the page to something of the editor's own regions; only a site editor may leave that
    open, as the page is the whole site's then."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields[self.instance.region_through]
        field.queryset = self.choices_for(self.for_user)
        self.is_linked_from_the_start = not (
            self.for_user.is_superuser or is_site_editor(self.for_user)
        )
        field.required |= self.is_linked_from_the_start

    def defer_required_fields(self) -> None:
        """A draft may wait for much, but not for whose page it is."""
        super().defer_required_fields()
        if self.is_linked_from_the_start:
            self.fields[self.instance.region_through].required = True

    def choices_for(self, user: Any) -> Any:
        raise NotImplementedError


class CaseStudyForm(RegionPageForm):
    def choices_for(self, user: Any) -> Any:
        if user.is_superuser:
            return Award.objects.all()
        own = Q(call__region__in=regions_where(user, Role.OFFICER)) | Q(pk=self.instance.award_id)
        return Award.objects.filter(own)


class CallPageForm(RegionPageForm):
    """Offers the calls of the editor’s own regions that no other page speaks for."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = keeping.held_values(self.instance)
        if kept := self.instance.kept_for():
            held["call"] = kept
        for name, value in held.items():
            # An older revision may say otherwise: what stands is what was approved.
            if name in self.fields:
                self.initial[name] = value
                self.fields[name].disabled = True

    def choices_for(self, user: Any) -> Any:
        calls = Call.objects.all()
        if not user.is_superuser:
            calls = calls.in_regions(regions_where(user, Role.OFFICER))
        own = Q(pk=self.instance.call_id) | Q(pk=self.instance.kept_for())
        return Call.objects.filter(own | Q(pk__in=calls.filter(page=None)))
