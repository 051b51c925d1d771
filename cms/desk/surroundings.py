"""What stands beside a pitch, brought along by the query that finds it: its people, its tags."""

from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Q, Subquery, TextField, Value
from django.db.models.functions import Concat

from challenges.pitches.models import Partner
from cms.desk.models import Tag
from marketplace.joined import Joined
from startups.models import Membership

BETWEEN, WITHIN = "\x1e", "\x1f"
"""Separators that no text holds: it is cleaned of them at the door."""


@dataclass(frozen=True)
class Contact:
    """One of the people whom a message to the pitch's team reaches."""

    organisation: str
    name: str
    email: str


def surroundings() -> dict[str, Subquery]:
    """Annotations of entries: what `contacts_of`, `tags_of` and `tags_on_offer` read."""
    partners = Partner.objects.confirmed().filter(pitch=OuterRef(OuterRef("pitch")))
    people = Membership.objects.filter(
        Q(organisation=OuterRef("pitch__organisation"))
        | Q(organisation__in=partners.values("organisation")),
        user__is_active=True,
    )
    parts = ("organisation__name", Value(WITHIN), "user__name", Value(WITHIN), "user__email")
    person = Concat(*parts, output_field=TextField())
    return {
        "contacts_joined": _joined(people, person),
        "tags_joined": _joined(Tag.objects.filter(pitches=OuterRef("pitch")), "name"),
        "tags_on_offer_joined": _joined(
            Tag.objects.filter(region=OuterRef("stage__call__region")), "name"
        ),
    }


def contacts_of(entry: Any) -> list[Contact]:
    """Active people of the lead, then of the confirmed partners, by name."""
    lead = entry.pitch.organisation.name
    found = {Contact(*each.split(WITHIN)) for each in _parts(entry.contacts_joined)}
    return sorted(found, key=lambda each: (each.organisation != lead, each.organisation, each.name))


def tags_of(entry: Any) -> list[str]:
    return sorted(_parts(entry.tags_joined), key=str.casefold)


def tags_on_offer(entry: Any) -> list[str]:
    """Tags of the region that the pitch has not got."""
    return sorted({*_parts(entry.tags_on_offer_joined)} - {*tags_of(entry)}, key=str.casefold)


def _joined(rows: Any, text: Any) -> Subquery:
    """The texts of all rows as one; grouped by nothing but a constant."""
    grouped = rows.order_by().annotate(one=Value(1)).values("one")
    return Subquery(grouped.annotate(all=Joined(text, between=BETWEEN)).values("all"))


def _parts(joined: str | None) -> list[str]:
    return joined.split(BETWEEN) if joined else []
