"""Every address of the service. Wagtail's pages come last: they take whatever is left."""

from django.conf import settings
from django.urls import include, path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls

from marketplace.accounts.views import admin_login
from marketplace.files.serving import media
from marketplace.outages.views import healthz, readyz

# In production a proxy or an object store serves pictures; the demonstration has neither.
demonstration_media = [path("media/<path:path>", media)] if settings.DEMONSTRATION else []

urlpatterns = [
    path("healthz", healthz),
    path("readyz", readyz),
    path("accounts/", include("marketplace.accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("notifications/", include("marketplace.activity.urls")),
    path("record/", include("marketplace.activity.record_urls")),
    path("typed/", include("marketplace.typed.urls")),
    path("", include("startups.urls")),
    path("calls/", include("challenges.calls.urls")),
    path("pitches/", include("challenges.pitches.urls")),
    path("interests/", include("challenges.interests.urls")),
    path("people/", include("challenges.people.urls")),
    path("judging/", include("challenges.judging.urls")),
    path("projects/", include("challenges.awards.urls")),
    path("search/", include("search.urls")),
    path("", include("cms.urls")),
    path("admin/login/", admin_login),
    path("admin/", include(wagtailadmin_urls)),
    path("documents/", include("cms.document_urls")),
    *demonstration_media,
    path("", include(wagtail_urls)),
]

handler400 = "marketplace.errors.bad_request"
handler403 = "marketplace.errors.forbidden"
handler404 = "marketplace.errors.not_found"
handler500 = "marketplace.errors.server_error"
