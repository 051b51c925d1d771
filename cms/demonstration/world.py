"""What every step of the loader needs, and the start-ups that it made."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from cms.demonstration.history import History
from cms.demonstration.people import SignIn
from cms.demonstration.texts import Firm
from cms.models import ChallengeIndexPage
from marketplace.accounts.models import User
from marketplace.regions.models import Region
from startups.models import Organisation

DATA = Path(__file__).parent / "data"
SEED = 20171107
"""The day on which the first real call opened."""


@dataclass(frozen=True)
class Startup:
    """An invented organisation, the person who owns it, and what its texts are made from."""

    organisation: Organisation
    owner: User
    firm: Firm

    @property
    def place(self) -> str:
        return self.organisation.place_name.partition(",")[0]

    def overlap(self, codes: set[str]) -> int:
        """How many of these capabilities it claims."""
        return len(codes & set(self.firm["capabilities"]))


@dataclass
class World:
    """`now` is one moment for the whole load, so that dates relative to it agree."""

    region: Region
    index: ChallengeIndexPage
    people: dict[SignIn, User]
    judges: list[User]
    now: datetime
    startups: list[Startup] = field(default_factory=list)
    history: History = field(default_factory=History)
    random: Random = field(default_factory=lambda: Random(SEED))  # noqa: S311


def read(name: str) -> dict[str, Any]:
    return json.loads((DATA / name).read_text(encoding="utf-8"))
