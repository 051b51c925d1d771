"""Wagtail's admin API over pictures and documents, as far as somebody sees them."""

from typing import Any

from wagtail.documents.api.admin.views import DocumentsAdminAPIViewSet
from wagtail.images.api.admin.views import ImagesAdminAPIViewSet

from cms.finding import seen_by


class Seen:
    """Mixed into a view set of the API: it has what its policy lets this person see."""

    request: Any

    @classmethod
    def as_view(cls, *args: Any, **kwargs: Any) -> Any:
        """Below Wagtail's own door, which lets nobody in who has no access to the admin."""
        view = super().as_view(*args, **kwargs)  # type: ignore[misc]
        view.access_rule = "signed in"
        return view

    def get_queryset(self) -> Any:
        found = super().get_queryset()  # type: ignore[misc]
        return found.filter(pk__in=seen_by(self.request.user, found.model).values("pk"))


class SeenImages(Seen, ImagesAdminAPIViewSet):
    pass


class SeenDocuments(Seen, DocumentsAdminAPIViewSet):
    pass
