"""The lives of a panel member and of one judge's review."""

from challenges.judging.models import AssignmentState as A
from challenges.judging.models import MemberState as M
from marketplace.workflow import Workflow, transition

MEMBER = Workflow(
    "invitation",
    states=M,
    transitions=[
        # event      from                       to           rule
        transition("accept", [M.INVITED], M.ACCEPTED, "judging.answer_invitation"),
        transition("decline", [M.INVITED], M.DECLINED, "judging.answer_invitation"),
        transition("remove", [M.INVITED, M.ACCEPTED], M.REMOVED, "judging.run_panel"),
        transition("invite-again", [M.DECLINED, M.REMOVED], M.INVITED, "judging.run_panel"),
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
