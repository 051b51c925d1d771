"""The register of interests: each person’s own."""

from challenges.interests.models import Interest, Register
from marketplace.retention import Leaves, by, kept, register

register(Register, by("person", leaves=Leaves.ROW, shows=["confirmed_at"]))
register(
    Interest,
    by(
        "person",
        leaves=Leaves.ROW,
        shows=["kind", "organisation_name", "began_on", "ended_on", "note"],
    ),
    kept("organisation_name", "note", why="goes with its row"),
)
