"""The state that a call is in, from its dates and the clock, for what search shows."""

from datetime import datetime

from challenges.calls.models import PUBLIC_STATUSES, CallStatus
from search.port import Hit

LABELS = {str(status.value): str(status.label) for status in PUBLIC_STATUSES}


def state_of(hit: Hit, now: datetime) -> CallStatus | None:
    """As `challenges.calls.models.Call.status_at`; None for what is not a call.

    A call without dates was imported from a record of the past: it is over.
    """
    if hit.kind != "call":
        return None
    if hit.opens_at is None:
        return CallStatus.DECIDED
    if now < hit.opens_at:
        return CallStatus.UPCOMING
    if hit.closes_at is None or now < hit.closes_at:
        return CallStatus.OPEN
    return CallStatus.DECIDED if hit.decided_at else CallStatus.ASSESSING
