"""What is searched: one declaration for each kind of public thing, and how a row becomes one.

A kind's `rows` are exactly the rows that the public may see: whatever is not among them is
not in any index, and falls out of it when it is next looked at. Upper floors add kinds of
their own with `register` when the project starts.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from html import unescape
from typing import Any

from django.db import connection, models
from django.utils.html import strip_tags

from challenges.awards.models import Award
from challenges.calls.models import Call
from challenges.people.models import Expert
from marketplace.activity.chain import sha256
from search.words import clean
from startups.models import Capability, Organisation

BATCH = 500
LONGEST_BODY = 200_000
"""Characters of one document that are searched; PostgreSQL takes 1 MB of distinct words."""


@dataclass(frozen=True)
class Facet:
    """A value to filter by: `value` stands in addresses, `label` is read by people."""

    value: str
    label: str


@dataclass(frozen=True)
class HeldCapability:
    """A capability asked for or claimed, at `level` (1 to 4)."""

    code: str
    name: str
    level: int
    essential: bool = False
    evidence: str = ""


@dataclass(frozen=True)
class Document:
    """One public thing as search knows it. All text is plain, never HTML.

    `version` is the database's clock in microseconds at the moment before the row was read:
    whichever write was read last wins, in whatever order they arrive. `keywords` are searched
    and never shown. A call's state follows from its dates when somebody asks.
    """

    kind: str
    id: int
    version: int
    title: str
    url: str
    summary: str = ""
    body: str = ""
    keywords: str = ""
    facets: dict[str, tuple[Facet, ...]] = field(default_factory=dict)
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    decided_at: datetime | None = None
    capabilities: tuple[HeldCapability, ...] = ()

    @property
    def text(self) -> str:
        """All that is searched, as one text."""
        return full_text_of(self.title, self.summary, self.body, self.keywords)

    @property
    def digest(self) -> str:
        """16 hex characters over everything but the version: equal for equal content."""
        content = asdict(self)
        del content["version"]
        for name in ("opens_at", "closes_at", "decided_at"):
            content[name] = content[name] and content[name].timestamp()
        return sha256(content)[:16]


def full_text_of(title: str, summary: str, body: str, keywords: str) -> str:
    """A document's fields as the one text that matching compares."""
    return "\n".join(part for part in (title, summary, body, keywords) if part)


@dataclass(frozen=True)
class DocumentKind:
    """A kind of thing that can be found.

    Args:
        name: as in addresses and in the index.
        one: what one of them is called.
        label: what many of them are called.
        rows: the public rows, with all that `build` reads selected or prefetched.
        build: one row and a version → its document, or None where it has no address.
    """

    name: str
    one: str
    label: str
    rows: Callable[[], models.QuerySet]
    build: Callable[[Any, int], Document | None]


_kinds: dict[str, DocumentKind] = {}


def register(kind: DocumentKind) -> None:
    """Make a kind findable; call it from `AppConfig.ready`. The last of a name counts."""
    _kinds[kind.name] = kind


def kinds() -> dict[str, DocumentKind]:
    return dict(_kinds)


def documents(kind: str, ids: Iterable[int] | None = None) -> Iterator[Document]:
    """The public documents of a kind, read in batches, each with a constant number of queries."""
    declared = _kinds[kind]
    if ids is not None:
        wanted = sorted(ids)
        for start in range(0, len(wanted), BATCH):
            yield from _built(declared, wanted[start : start + BATCH])
        return
    last = 0
    while True:
        rows = declared.rows().order_by("pk").filter(pk__gt=last)
        batch = list(rows.values_list("pk", flat=True)[:BATCH])
        if not batch:
            return
        yield from _built(declared, batch)
        last = batch[-1]


def every_document() -> Iterator[Document]:
    for kind in kinds():
        yield from documents(kind)


def public_ids(kind: str, ids: Iterable[int]) -> set[int]:
    """Which of these the public may see at this moment."""
    return set(_kinds[kind].rows().filter(pk__in=list(ids)).values_list("pk", flat=True))


def _built(declared: DocumentKind, ids: list[int]) -> Iterator[Document]:
    version = database_clock()
    for row in declared.rows().filter(pk__in=ids):
        if document := declared.build(row, version):
            yield document


def database_clock() -> int:
    """Microseconds since 1970 by the one clock that all processes share."""
    question = (
        "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
        if connection.vendor == "postgresql"
        else "SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) * 1000"
    )
    with connection.cursor() as cursor:
        cursor.execute(question)
        return int(cursor.fetchone()[0])


def not_restricted(page: str = "") -> models.Q:
    """Rows whose page (at the lookup `page`) nobody has put behind a password or a sign-in."""
    from wagtail.models import PageViewRestriction

    prefix = f"{page}__" if page else ""
    allowed = models.Q(**{f"{prefix}live": True})
    for path in PageViewRestriction.objects.values_list("page__path", flat=True):
        allowed &= ~models.Q(**{f"{prefix}path__startswith": path})
    return allowed


def page_text(page: models.Model) -> str:
    """The words of a page's stream and rich-text fields, read without a query."""
    found: list[str] = []
    for column in page._meta.get_fields():
        if column.concrete and hasattr(column, "get_searchable_content"):
            found.append(text_of_field(getattr(page, column.name)))
    return "\n".join(filter(None, found))


def text_of_field(value: Any) -> str:
    """The words of one stream or rich-text field, a block or paragraph a line, without a query."""
    return _plain("\n".join(_strings(getattr(value, "raw_data", value))))


def _strings(value: Any) -> Iterator[str]:
    """Every string of a stream's raw data, leaving out the names and ids of its blocks."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        inner = [value["value"]] if {"type", "value"} <= value.keys() else value.values()
        for part in inner:
            yield from _strings(part)
    elif not isinstance(value, (int, float, type(None))):
        for part in value:
            yield from _strings(part)


def _plain(markup: str) -> str:
    return unescape(strip_tags(re.sub(r"(</(p|li|h\d)>|<br\s*/?>)", r"\1\n", markup)))


# --- The kinds of this and the lower floors -----------------------------------------


def public_calls() -> models.QuerySet:
    return (
        Call.objects.approved()
        .with_dates()
        .filter(not_restricted("page"))
        .select_related("page", "programme")
        .prefetch_related("objectives", "sectors", "places", "wanted__capability")
    )


def call_document(call: Call, version: int) -> Document | None:
    page = call.page
    address = page.url
    if not address:
        return None
    wanted = [each.capability for each in call.wanted.all()]
    return Document(
        kind="call",
        id=call.pk,
        version=version,
        title=clean(page.title)[:255],
        url=address,
        summary=clean(call.summary),
        body=clean(page_text(page))[:LONGEST_BODY],
        keywords=_keywords(call.title, call.commissioner, call.partner, *_names(wanted)),
        facets=_call_facets(call) | {"place": _facets(call.places.all(), "code")},
        opens_at=call.opens_at,
        closes_at=call.closes_at,
        decided_at=call.decided_at,
        capabilities=tuple(
            HeldCapability(each.capability.code, each.capability.name, each.level, each.essential)
            for each in call.wanted.all()
        ),
    )


def public_organisations() -> models.QuerySet:
    return Organisation.objects.public().for_listing()


def organisation_document(organisation: Organisation, version: int) -> Document:
    claims = organisation.claims.all()
    return Document(
        kind="organisation",
        id=organisation.pk,
        version=version,
        title=clean(organisation.name),
        url=organisation.get_absolute_url(),
        summary=clean(organisation.summary),
        body=clean("\n".join([organisation.description, *(claim.evidence for claim in claims)]))[
            :LONGEST_BODY
        ],
        keywords=_keywords(
            organisation.place_label, *_names([claim.capability for claim in claims])
        ),
        facets={
            "sector": _facets(organisation.sectors.all(), "slug"),
            "place": _facets([organisation.place], "code"),
        },
        capabilities=tuple(
            HeldCapability(
                claim.capability.code,
                claim.capability.name,
                claim.level,
                evidence=clean(claim.evidence),
            )
            for claim in claims
        ),
    )


def public_projects() -> models.QuerySet:
    return (
        Award.objects.standing().for_listing().prefetch_related("call__objectives", "call__sectors")
    )


def project_document(award: Award, version: int) -> Document:
    organisation = award.organisation
    return Document(
        kind="project",
        id=award.pk,
        version=version,
        title=clean(award.title),
        url=award.get_absolute_url(),
        summary=clean(award.summary),
        keywords=_keywords(organisation.name, award.call.title, award.call.commissioner),
        facets=_call_facets(award.call) | {"place": _facets([organisation.place], "code")},
    )


def public_people() -> models.QuerySet:
    return Expert.objects.public().for_listing()


def person_document(expert: Expert, version: int) -> Document:
    """Never with an address to write to."""
    return Document(
        kind="person",
        id=expert.pk,
        version=version,
        title=clean(expert.name),
        url=expert.get_absolute_url(),
        summary=clean(expert.post),
        body=clean(expert.about),
        keywords=_keywords(expert.get_group_display(), *_names(expert.expertise.all())),
    )


def _call_facets(call: Call) -> dict[str, tuple[Facet, ...]]:
    return {
        "objective": _facets(call.objectives.all(), "code"),
        "sector": _facets(call.sectors.all(), "slug"),
        "programme": _facets([call.programme], "slug"),
    }


def _facets(rows: Iterable[Any], value: str) -> tuple[Facet, ...]:
    """In one order whatever the database's, so that equal content has an equal digest."""
    found = {Facet(getattr(row, value), row.name) for row in rows if row is not None}
    return tuple(sorted(found, key=lambda facet: facet.value))


def _names(capabilities: Iterable[Capability]) -> Iterator[str]:
    for capability in capabilities:
        yield capability.name
        yield from capability.also_known_as


def _keywords(*parts: str) -> str:
    return clean("\n".join(part for part in parts if part))


def register_kinds() -> None:
    register(DocumentKind("call", "Call", "Challenges and calls", public_calls, call_document))
    register(
        DocumentKind(
            "project", "Funded project", "Funded projects", public_projects, project_document
        )
    )
    register(
        DocumentKind(
            "organisation", "Start-up", "Start-ups", public_organisations, organisation_document
        )
    )
    register(DocumentKind("person", "Person", "People", public_people, person_document))
