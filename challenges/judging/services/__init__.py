"""The verbs of a panel: invite, answer, declare, assign, score."""

from challenges.judging.services.assigning import (
    assign_by_hand,
    assign_entries,
    hand_over,
    keep_by_hand,
    set_reviews_per_pitch,
    unassign,
)
from challenges.judging.services.blind_files import (
    ask_officers_to_look,
    keep_from_judges,
    let_judges_open,
)
from challenges.judging.services.calibrating import (
    end_calibration,
    hand_in_sample,
    open_calibration,
)
from challenges.judging.services.conflicts import (
    decide_conflict,
    declare_as_officer,
    look_for_conflicts,
)
from challenges.judging.services.leaving import (
    decline_by_link,
    decline_invitation,
    remove_member,
    share_of,
    step_down,
)
from challenges.judging.services.membership import (
    accept_invitation,
    declare_interests,
    find_invitation,
    invite_from_directory,
    invite_to_panel,
    resend_invitation,
    set_availability,
)
from challenges.judging.services.moderating import agree, close_meeting, open_meeting, unblind
from challenges.judging.services.reminding import remind_judges
from challenges.judging.services.reviewing import (
    resubmit_review,
    save_review,
    submit_review,
)
from challenges.judging.services.sharing import ask_to_share

__all__ = [
    "accept_invitation",
    "agree",
    "ask_officers_to_look",
    "ask_to_share",
    "assign_by_hand",
    "assign_entries",
    "close_meeting",
    "decide_conflict",
    "declare_as_officer",
    "declare_interests",
    "decline_by_link",
    "decline_invitation",
    "end_calibration",
    "find_invitation",
    "hand_in_sample",
    "hand_over",
    "invite_from_directory",
    "invite_to_panel",
    "keep_by_hand",
    "keep_from_judges",
    "let_judges_open",
    "look_for_conflicts",
    "open_calibration",
    "open_meeting",
    "remind_judges",
    "remove_member",
    "resend_invitation",
    "resubmit_review",
    "save_review",
    "set_availability",
    "set_reviews_per_pitch",
    "share_of",
    "step_down",
    "submit_review",
    "unassign",
    "unblind",
]
