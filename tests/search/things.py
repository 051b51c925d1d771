"""Public things to find."""

from itertools import count
from typing import Any

from challenges.calls.models import Call, WantedCapability
from cms.models import ChallengeIndexPage, ChallengePage
from startups.models import Claim, Level, Organisation
from tests.factories import CapabilityFactory, OrganisationFactory, make_call

_numbers = count(1)


def publish(call: Call, *, body: str = "", live: bool = True) -> ChallengePage:
    """Give a call its page."""
    page = ChallengePage(
        title=call.title,
        slug=f"challenge-{next(_numbers)}",
        call=call,
        live=live,
        body=[("paragraph", f"<p>{body}</p>")] if body else [],
    )
    return ChallengeIndexPage.objects.first().add_child(instance=page)


def public_call(*, body: str = "", **fields: Any) -> Call:
    call = make_call(**fields)
    publish(call, body=body)
    return call


def want(call: Call, name: str, level: int = Level.WORKING, *, essential: bool = False) -> None:
    capability = CapabilityFactory(code=name.lower().replace(" ", "-"), name=name)
    WantedCapability.objects.create(
        call=call, capability=capability, level=level, essential=essential
    )


def claim(organisation: Organisation, name: str, level: int = Level.WORKING) -> Claim:
    capability = CapabilityFactory(code=name.lower().replace(" ", "-"), name=name)
    return Claim.objects.create(
        organisation=organisation, capability=capability, level=level, evidence="Done it."
    )


def organisation(name: str, summary: str = "", **fields: Any) -> Organisation:
    return OrganisationFactory(name=name, summary=summary, **fields)
