"""The life of a funded project."""

from challenges.awards.models import AwardState as S
from marketplace.workflow import Workflow, transition

AWARD = Workflow(
    "project",
    states=S,
    transitions=[
        # event       from         to           rule
        transition("complete", [S.ACTIVE], S.COMPLETED, "awards.manage_award"),
        transition("end", [S.ACTIVE], S.ENDED, "awards.manage_award"),
        # A second officer signs it: completed or ended by mistake.
        transition("resume", [S.COMPLETED, S.ENDED], S.ACTIVE, "awards.manage_award"),
        # Its decision was corrected, or the organisation gives it up: no act of its own.
        transition(
            "withdraw", [S.ACTIVE, S.COMPLETED, S.ENDED], S.WITHDRAWN, "awards.follow_decision"
        ),
        transition("reinstate", [S.WITHDRAWN], S.ACTIVE, "awards.follow_decision"),
    ],
)
