"""The life of an entry: a pitch in one stage."""

from challenges.pitches.models import EntryState as S
from marketplace.workflow import Workflow, transition

ENTRY = Workflow(
    "pitch",
    states=S,
    transitions=[
        # event       from                         to              rule
        transition("submit", [S.DRAFT, S.SUBMITTED], S.SUBMITTED, "pitches.write_entry"),
        transition("withdraw", [S.SUBMITTED], S.WITHDRAWN, "pitches.withdraw_entry"),
        transition("restore", [S.WITHDRAWN], S.DRAFT, "pitches.write_entry"),
        # The officer's release of decisions does these, for a whole stage at once.
        transition("shortlist", [S.SUBMITTED], S.SHORTLISTED, "pitches.decide_entry"),
        transition("award", [S.SUBMITTED], S.AWARDED, "pitches.decide_entry"),
        transition("decline", [S.SUBMITTED], S.NOT_AWARDED, "pitches.decide_entry"),
    ],
)
