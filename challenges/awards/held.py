"""What funded projects hold: nothing of a person; the public reads the rest."""

from challenges.awards.models import Award
from marketplace.retention import kept, register

register(
    Award,
    kept("title", "slug", "summary", "source", why="the public reads what its money bought"),
)
