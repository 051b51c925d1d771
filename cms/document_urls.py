"""Wagtail's addresses of documents, by its own names; what they lead to is ours."""

from django.urls import path
from wagtail.documents.urls import urlpatterns as wagtails

from cms.kept_files import document

urlpatterns = [
    path(
        "<int:document_id>/<path:document_filename>",
        document,
        name="wagtaildocs_serve",
    ),
    *[pattern for pattern in wagtails if pattern.name != "wagtaildocs_serve"],
]
