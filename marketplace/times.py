"""Moments as people read them, in the service's own zone."""

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format


def moment(at: datetime) -> str:
    """For example "31 January 2018 at 5:00pm GMT"."""
    local = timezone.localtime(at)
    clock = date_format(local, "g:i") + date_format(local, "A").lower().replace(".", "")
    return f"{date_format(local, 'j F Y')} at {clock} {local.tzname()}"
