"""The lives of a call, of an addendum to it, of an enquiry, and of an act that two must sign.

Upcoming, open and closed are not here: the clock decides those.
"""

from challenges.calls.models import AddendumState as A
from challenges.calls.models import CallState as S
from challenges.calls.models import EnquiryState as E
from challenges.calls.models import SignOffState as O
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

ADDENDUM = Workflow(
    "change",
    states=A,
    transitions=[
        transition("publish", [A.PROPOSED], A.PUBLISHED, "calls.publish_addendum"),
        transition("return", [A.PROPOSED], A.RETURNED, "calls.return_addendum"),
        # At once, by whoever gives it: more time takes nothing from anyone.
        transition("extend", [A.PROPOSED], A.PUBLISHED, "calls.extend_deadline"),
    ],
)

ENQUIRY = Workflow(
    "enquiry",
    states=E,
    transitions=[
        # An answer may be put right; it stays dated.
        transition("answer", [E.WAITING, E.ANSWERED, E.DECLINED], E.ANSWERED, "calls.answer"),
        transition("decline", [E.WAITING], E.DECLINED, "calls.answer"),
    ],
)

SIGN_OFF = Workflow(
    "proposal",
    states=O,
    transitions=[
        # The matter's own rule is asked beside these: see `challenges.calls.sign_offs`.
        transition("sign", [O.PROPOSED], O.SIGNED, "calls.sign"),
        transition("send-back", [O.PROPOSED], O.RETURNED, "calls.sign"),
        transition("take-back", [O.PROPOSED], O.TAKEN_BACK, "calls.take_back_sign_off"),
    ],
)
