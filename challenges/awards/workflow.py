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
    ],
)
