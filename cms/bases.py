"""What page types are made of: whose they are, and whether people rely on them."""

from typing import Any, cast

from django.core.exceptions import ValidationError
from wagtail.models import Page, PagePermissionTester

from cms import keeping
from cms.rights import RightsTester


class SitePage(Page):
    """A page of ours. Unless its type says otherwise it is the whole site's, a site editor's."""

    class Meta:
        abstract = True

    def permissions_for_user(self, user: Any) -> PagePermissionTester:
        return RightsTester(user, self)

    def save(self, *args: Any, **kwargs: Any) -> Any:
        """Of a public page Wagtail’s lists show everybody the public title: what a draft calls it
        is for those who may read the draft."""
        names = kwargs.get("update_fields")
        if self.live and (names is None or "title" in names):
            self.draft_title = self.title
        elif self.live and names and "draft_title" in names:
            self.draft_title = Page.objects.values_list("title", flat=True).get(pk=self.pk)
        return super().save(*args, **kwargs)


class OfARegion:
    """Mixed into a page type whose pages belong to a region: its officers work on them.

    Attributes:
        region_through: the page's own foreign key that says which region it is.
        region_lookup: the path from the page to its region; a page without one is the whole
            site's.
    """

    region_through = ""
    region_lookup = ""

    def clean(self) -> None:
        super().clean()  # type: ignore[misc]
        if moved := self._out_of_its_region():
            raise ValidationError(moved)

    def _out_of_its_region(self) -> str:
        """Why it can't be saved so, if it would go over to another region."""
        page, kind = cast(Page, self), cast(type[Page], type(self))
        link: Any = kind._meta.get_field(self.region_through)
        stored = kind.objects.filter(pk=page.pk).values_list(self.region_lookup, flat=True).first()
        target = getattr(self, link.attname)
        if stored is None or target is None:
            return ""
        through = self.region_lookup.partition("__")[2]
        there = link.remote_field.model.objects.filter(pk=target)
        if there.values_list(through, flat=True).first() in (stored, None):
            return ""
        return f"This page belongs to a region, and its {link.verbose_name} is another region’s."


class Stays(SitePage):
    """A page that may be one on which applicants rely, or stand above one."""

    class Meta:
        abstract = True

    def clean(self) -> None:
        super().clean()
        self._stay()

    def minimal_clean(self) -> None:
        """What Wagtail asks of a page that is not live: as one that is being taken away is."""
        super().minimal_clean()
        self._stay()

    def _stay(self) -> None:
        if lost := self.lost_by_saving():
            raise ValidationError(lost)

    def lost_by_saving(self) -> list[str]:
        return keeping.lost_by_saving(self)

    def unpublish(self, *args: Any, **kwargs: Any) -> None:
        """Raises: PageIsKept: somebody relies on it, whoever or whatever would take it away."""
        keeping.refuse_if_kept(self)
        super().unpublish(*args, **kwargs)

    def permissions_for_user(self, user: Any) -> PagePermissionTester:
        return StaysTester(user, self)


class StaysTester(RightsTester):
    def can_set_view_restrictions(self) -> bool:
        """Nobody hides what applicants rely on behind a password, nor a page above it."""
        return super().can_set_view_restrictions() and keeping.kept_call(self.page) is None


class CallPageTester(StaysTester):
    """A call's page goes public with the call's approval, and not before."""

    def can_publish(self) -> bool:
        return super().can_publish() and self.page.specific.may_be_public

    def can_copy_to(self, destination: Page, recursive: bool = False) -> bool:
        """A call has one page: the desk copies both."""
        return False
