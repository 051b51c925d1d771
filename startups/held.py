"""What start-ups’ profiles and teams hold of people."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef
from django.urls import reverse

from marketplace.activity.services import record
from marketplace.retention import Leaves, Stays, Term, by, kept, register, stays_for, with_person
from marketplace.retention.registry import Reason
from startups.models import (
    Capability,
    CapabilityGroup,
    Claim,
    MemberRole,
    Membership,
    Organisation,
    TeamInvitation,
)

PROFILE = Stays(
    "pitches and profiles of your organisations. If you are the last on a team, change or hide its "
    "profile first",
    "they are the organisation’s, and its team changes them",
)
SKILLS = "names of skills"
RUN_OUT = 90
"""Days for which an invitation that was used or has run out can still be sent again."""

register(CapabilityGroup, kept("name", why=SKILLS))
register(Capability, kept("code", "name", "also_known_as", why=SKILLS))
register(
    Organisation,
    kept("name", "slug", "company_number", "website", "summary", "description", why=PROFILE),
    kept("folded_name", "place_name", "source", why="public facts about an organisation"),
)
register(Claim, kept("evidence", "evidence_url", why=PROFILE))
register(
    Membership, by("user", leaves=Leaves.ROW, shows=["organisation__name", "role", "joined_at"])
)
register(
    TeamInvitation,
    by("invited_by", leaves=Leaves.ROW, shows=["created_at", "accepted_at"]),
    kept("email", "token_digest", why="goes with its row"),
    address="email",
    goes_with_address=True,
    term=Term("expires_at", lambda: timedelta(days=RUN_OUT)),
)


@stays_for
def teams_without_an_owner(person: Any) -> Iterator[Reason]:
    """Teams in which others would be left without anybody who may change them."""
    colleagues = (
        Membership.objects.filter(organisation=OuterRef("organisation"), user__is_active=True)
        .exclude(user=person)
        .order_by()
    )
    alone = (
        Membership.objects.filter(user=person, role=MemberRole.OWNER)
        .filter(Exists(colleagues))
        .exclude(Exists(colleagues.filter(role=MemberRole.OWNER)))
    )
    for own in alone.select_related("organisation"):
        yield Reason(
            f"You are the only owner of {own.organisation}. Make somebody else on its team an "
            "owner first.",
            reverse("startups:team", kwargs={"slug": own.organisation.slug}),
        )


@with_person
def leave_teams(person: Any) -> None:
    """The rows go with the account; that they left is recorded as ever."""
    for own in Membership.objects.filter(user=person).select_related("organisation"):
        record(
            "startups.left",
            own.organisation,
            chain=f"organisation:{own.organisation_id}",
            actor=person,
            member=person.pk,
        )
