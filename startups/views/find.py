"""Turns what stands in an address into the thing that a rule is asked about."""

from startups.models import Capability, Claim, Membership, Organisation, TeamInvitation


def organisation(slug: str) -> Organisation:
    return Organisation.objects.select_related("place").get(slug=slug)


def claim(slug: str, code: str) -> Claim:
    """The claim that stands, or a new one that is not saved."""
    of = Organisation.objects.get(slug=slug)
    capability = Capability.objects.select_related("group").get(code=code)
    found = Claim.objects.filter(organisation=of, capability=capability).first()
    found = found or Claim(organisation=of, capability=capability)
    found.organisation, found.capability = of, capability
    return found


def standing_claim(slug: str, code: str) -> Claim:
    return Claim.objects.select_related("organisation", "capability").get(
        organisation__slug=slug, capability__code=code
    )


def membership(slug: str, pk: int) -> Membership:
    return Membership.objects.select_related("organisation", "user").get(
        pk=pk, organisation__slug=slug
    )


def invitation(slug: str, pk: int) -> TeamInvitation:
    return TeamInvitation.objects.select_related("organisation").get(
        pk=pk, organisation__slug=slug, accepted_at=None
    )
