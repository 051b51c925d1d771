"""The lives of an entry, a pitch in one stage, and of a partner in it."""

from challenges.pitches.models import EntryState as S
from challenges.pitches.models import PartnerState as P
from marketplace.workflow import Workflow, transition

DECIDED = [S.SHORTLISTED, S.AWARDED, S.NOT_AWARDED, S.DECLINED]

ENTRY = Workflow(
    "pitch",
    states=S,
    transitions=[
        # event       from                         to              rule
        transition("submit", [S.DRAFT, S.SUBMITTED], S.SUBMITTED, "pitches.submit_entry"),
        transition("withdraw", [S.SUBMITTED], S.WITHDRAWN, "pitches.withdraw_entry"),
        transition("restore", [S.WITHDRAWN], S.DRAFT, "pitches.submit_entry"),
        # The officer's release of decisions does these, for a whole stage at once.
        transition("shortlist", [S.SUBMITTED], S.SHORTLISTED, "pitches.decide_entry"),
        transition("award", [S.SUBMITTED], S.AWARDED, "pitches.decide_entry"),
        transition("decline", [S.SUBMITTED], S.NOT_AWARDED, "pitches.decide_entry"),
        # With its call. A draft stays one, and its team's alone: its call can't be entered.
        transition("cancel", [S.SUBMITTED], S.CANCELLED, "pitches.end_entry"),
        # After the release: a second officer signs a correction.
        transition("correct-to-shortlisted", DECIDED, S.SHORTLISTED, "pitches.decide_entry"),
        transition("correct-to-awarded", DECIDED, S.AWARDED, "pitches.decide_entry"),
        transition("correct-to-not-awarded", DECIDED, S.NOT_AWARDED, "pitches.decide_entry"),
        # The team says no to its place, or yes to one that was offered to it.
        transition("turn-down", [S.SHORTLISTED, S.AWARDED], S.DECLINED, "pitches.turn_down"),
        transition("take-up-shortlisted", [S.NOT_AWARDED], S.SHORTLISTED, "pitches.take_up"),
        transition("take-up-awarded", [S.NOT_AWARDED], S.AWARDED, "pitches.take_up"),
        # What becomes of its entry in the next stage.
        transition("close", [S.DRAFT, S.SUBMITTED, S.WITHDRAWN], S.CLOSED, "pitches.close_entry"),
        transition("reopen", [S.CLOSED], S.DRAFT, "pitches.close_entry"),
        transition("reopen-submitted", [S.CLOSED], S.SUBMITTED, "pitches.close_entry"),
    ],
)

PARTNER = Workflow(
    "partner",
    states=P,
    transitions=[
        transition("confirm", [P.INVITED], P.CONFIRMED, "pitches.answer_as_partner"),
        transition("decline", [P.INVITED], P.DECLINED, "pitches.answer_as_partner"),
        transition("leave", [P.CONFIRMED], P.LEFT, "pitches.answer_as_partner"),
        transition("remove", [P.INVITED, P.CONFIRMED], P.REMOVED, "pitches.lead_partners"),
        transition(
            "ask-again", [P.DECLINED, P.LEFT, P.REMOVED], P.INVITED, "pitches.lead_partners"
        ),
    ],
)
