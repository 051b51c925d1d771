"""The lives of a panel member, a judge's review, an appeal, a release and an offered place."""

from challenges.judging.models import AppealState as P
from challenges.judging.models import AssignmentState as A
from challenges.judging.models import MemberState as M
from challenges.judging.models import OfferState as O
from challenges.judging.models import ReleaseState as R
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
        # With its call.
        transition("cancel", [O.OPEN], O.TAKEN_BACK, "judging.end_offer"),
        # The clock does this one: nobody may hurry it.
        transition("lapse", [O.OPEN], O.LAPSED, "judging.lapse_offer"),
    ],
)

RELEASE = Workflow(
    "release",
    states=R,
    transitions=[
        # The clock does these, in the name of who signed: they must still be free to decide.
        transition("go-out", [R.WAITING], R.DONE, "judging.carry_out_release"),
        transition("refuse", [R.WAITING], R.REFUSED, "judging.refuse_release"),
        transition("stop", [R.WAITING], R.STOPPED, "judging.stop_release"),
    ],
)
