"""The life of a call. Upcoming, open and closed are not here: the clock decides those."""

from challenges.calls.models import CallState as S
from marketplace.workflow import Workflow, transition

CALL = Workflow(
    "call",
    states=S,
    transitions=[
        # event     from                      to            rule
        transition("propose", [S.DRAFT], S.PROPOSED, "calls.propose_call"),
        transition("approve", [S.PROPOSED], S.APPROVED, "calls.approve_call"),
        transition("return", [S.PROPOSED], S.DRAFT, "calls.return_call"),
        transition("cancel", [S.DRAFT, S.PROPOSED, S.APPROVED], S.CANCELLED, "calls.cancel_call"),
    ],
)
