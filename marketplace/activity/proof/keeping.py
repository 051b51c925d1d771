"""A copy of each seal outside the database, on this machine: whoever takes the database back to
an earlier state, seals and all, leaves this file behind, and the check finds it out."""

import json
from collections.abc import Iterator
from pathlib import Path

import structlog
from django.conf import settings

from marketplace.activity.proof.lines import Line

log = structlog.get_logger(__name__)


def keep(seal: Line) -> bool:
    """Add a seal to the file that `RECORD_KEPT_SEALS_FILE` names; False if there is none."""
    place = settings.RECORD_KEPT_SEALS_FILE
    if not place:
        return False
    try:
        Path(place).parent.mkdir(parents=True, exist_ok=True)
        with open(place, "a", encoding="utf-8") as file:
            # On a line of its own, whatever a stopped process or a full disk left before it.
            file.write(f"\n{json.dumps(seal)}\n")
    except OSError as error:
        # The seal stands all the same; others may have it from the page, the feed or a mail.
        log.error("a seal could not be kept outside the database", error=str(error))
        return False
    return True


def kept() -> Iterator[Line]:
    """What was kept here; a line that a stopped process left unfinished is passed over."""
    place = settings.RECORD_KEPT_SEALS_FILE
    if not place or not Path(place).exists():
        return
    with open(place, encoding="utf-8", errors="replace") as file:
        for text in file:
            try:
                line = json.loads(text)
            except (ValueError, RecursionError):
                continue
            if isinstance(line, dict):
                yield line
