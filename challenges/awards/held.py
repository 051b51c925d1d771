"""What funded projects hold: nothing of a person; the public reads the rest."""

from collections.abc import Iterator
from typing import Any

from challenges.awards.models import Award, AwardState
from marketplace.retention import kept, register, stays_for
from marketplace.retention.registry import Reason
from startups.models import Membership

register(
    Award,
    kept("title", "slug", "summary", "source", why="the public reads what its money bought"),
    kept("correction_note", "state_reason", why="the public reads what became of it"),
)


@stays_for
def projects_without_a_team(person: Any) -> Iterator[Reason]:
    """Funded projects under way, of organisations that would have nobody left."""
    teams = Membership.objects.filter(user=person).last_of_team()
    running = Award.objects.filter(
        organisation__in=teams.values("organisation"), state=AwardState.ACTIVE
    )
    for award in running.select_related("organisation"):
        yield Reason(
            f"“{award}” is funded and under way, and nobody else is on the team of "
            f"{award.organisation}. Bring a colleague onto the team and make them an owner first.",
            award.get_absolute_url(),
        )
