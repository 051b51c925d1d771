"""Shapes of forms and people that several tests of this floor use."""

from typing import Any

from marketplace.accounts.models import User
from startups.models import Membership, Organisation
from tests.factories import LocalAuthorityFactory, OrganisationFactory, UserFactory


def good_form(**changes: Any) -> dict[str, Any]:
    """What a person types to register; `changes` replaces or adds."""
    place = LocalAuthorityFactory(code="E08000025", name="Birmingham")
    return {
        "name": "Damp Sense",
        "company_number": "",
        "website": "https://damp.example",
        "place": str(place.pk),
        "place_name": "",
        "stage": "early",
        "size": "micro",
        "summary": "We find damp before it spreads.",
        "description": "Sensors and forecasts.",
        "is_public": "yes",
        **changes,
    }


def organisation_with_team(**fields: Any) -> tuple[Organisation, User, User]:
    """An organisation, its owner and a plain member."""
    owner, member = UserFactory(name="Olive Owner"), UserFactory(name="Max Member")
    organisation = OrganisationFactory(owner=owner, **fields)
    Membership.objects.create(organisation=organisation, user=member)
    return organisation, owner, member
