"""The lives of a panel member, of one judge's review, of an appeal and of an offered place."""

from challenges.judging.models import AppealState as P
from challenges.judging.models import AssignmentState as A
from challenges.judging.models import MemberState as M
from challenges.judging.models import OfferState as O
from marketplace.workflow import Workflow, transition

MEMBER = Workflow(
    "invitation",
    states=M,
    transitions=[
        # event      from                       to           rule
        transition("accept", [M.INVITED], M.ACCEPTED, "judging.answer_invitation"),
        transition("decline", [M.INVITED], M.DECLINED, "judging.answer_invitation"),
        transition("step-down", [M.ACCEPTED], M.STEPPED_DOWN, "judging.step_down"),
        # Of who has stepped down: to leave out what they handed in.
        transition(
            "remove", [M.INVITED, M.ACCEPTED, M.STEPPED_DOWN], M.REMOVED, "judging.run_panel"
        ),
        transition(
            "invite-again",
            [M.DECLINED, M.REMOVED, M.STEPPED_DOWN],
            M.INVITED,
            "judging.run_panel",
        ),
    ],
)

ASSIGNMENT = Workflow(
    "review",
    states=A,
    transitions=[
        transition("submit", [A.ASSIGNED, A.SUBMITTED], A.SUBMITTED, "judging.score_entry"),
        transition("reopen", [A.SUBMITTED], A.ASSIGNED, "judging.score_entry"),
        transition("recuse", [A.ASSIGNED, A.SUBMITTED], A.RECUSED, "judging.recuse"),
        transition("reinstate", [A.RECUSED], A.ASSIGNED, "judging.reinstate"),
    ],
)

APPEAL = Workflow(
    "appeal",
    states=P,
    transitions=[
        transition("uphold", [P.OPEN], P.UPHELD, "judging.answer_appeal"),
        transition("uphold-in-part", [P.OPEN], P.PARTLY, "judging.answer_appeal"),
        transition("reject", [P.OPEN], P.REJECTED, "judging.answer_appeal"),
        transition("answer", [P.OPEN], P.ANSWERED, "judging.answer_appeal"),
        transition("withdraw", [P.OPEN], P.WITHDRAWN, "judging.withdraw_appeal"),
    ],
)

OFFER = Workflow(
    "offer",
    states=O,
    transitions=[
        transition("accept", [O.OPEN], O.ACCEPTED, "judging.answer_offer"),
        transition("decline", [O.OPEN], O.DECLINED, "judging.answer_offer"),
        transition("take-back", [O.OPEN], O.TAKEN_BACK, "judging.run_reserve"),
        # The clock does this one: nobody may hurry it.
        transition("lapse", [O.OPEN], O.LAPSED, "judging.lapse_offer"),
    ],
)
