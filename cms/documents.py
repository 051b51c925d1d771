"""Pages that are found by search: case studies, and pages of plain words."""

from django.db import models

from cms.models import CaseStudyPage, StandardPage
from search.documents import (
    LONGEST_BODY,
    Document,
    DocumentKind,
    Facet,
    not_restricted,
    page_text,
    register,
)
from search.words import clean


def public_studies() -> models.QuerySet:
    return (
        CaseStudyPage.objects.filter(not_restricted())
        .select_related("award__organisation", "award__call")
        .prefetch_related("award__call__objectives", "award__call__sectors")
    )


def study_document(page: CaseStudyPage, version: int) -> Document | None:
    address = page.url
    if not address:
        return None
    award = page.award
    return Document(
        kind="case-study",
        id=page.pk,
        version=version,
        title=clean(page.title)[:255],
        url=address,
        summary=clean(page.summary),
        body=clean(f"{page.reuse}\n{page_text(page)}")[:LONGEST_BODY],
        keywords=clean(f"{award.organisation.name}\n{award.title}") if award else "",
        facets=_facets_of(page),
    )


def _facets_of(page: CaseStudyPage) -> dict[str, tuple[Facet, ...]]:
    if page.award is None:
        return {}
    call = page.award.call
    many = {"objective": (call.objectives, "code"), "sector": (call.sectors, "slug")}
    return {
        name: tuple(
            sorted(
                (Facet(getattr(row, value), row.name) for row in rows.all()),
                key=lambda facet: facet.value,
            )
        )
        for name, (rows, value) in many.items()
    }


def public_pages() -> models.QuerySet:
    return StandardPage.objects.filter(not_restricted())


def page_document(page: StandardPage, version: int) -> Document | None:
    address = page.url
    if not address:
        return None
    return Document(
        kind="page",
        id=page.pk,
        version=version,
        title=clean(page.title)[:255],
        url=address,
        summary=clean(page.search_description),
        body=clean(page_text(page))[:LONGEST_BODY],
    )


def register_kinds() -> None:
    register(
        DocumentKind("case-study", "Case study", "Case studies", public_studies, study_document)
    )
    register(DocumentKind("page", "Page", "Pages", public_pages, page_document))
