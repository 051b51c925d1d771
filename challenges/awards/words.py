"""What became of a funded project and what comes next, in words: each state has them."""

from dataclasses import dataclass

from challenges.awards.models import Award, AwardState

AGAIN = "If that is a mistake, two officers put it under way again."


@dataclass(frozen=True)
class Words:
    """`happened` for everybody; `next` for its people, a team's and its partners'; `at_desk` for
    officers."""

    happened: str
    next: str
    at_desk: str


WORDS: dict[str, Words] = {
    AwardState.ACTIVE: Words(
        "The project is under way.",
        "Its public page shows it. We write to you about the next steps.",
        "When the work is done, complete it. If it stops before that, end it early.",
    ),
    AwardState.COMPLETED: Words(
        "The project is completed.",
        "Its public page stays and says so. Nothing more is asked of you.",
        f"Nothing more is to be done. {AGAIN}",
    ),
    AwardState.ENDED: Words(
        "The project ended before its time.",
        "Its public page stays and says why. If you see it otherwise, write to us.",
        f"Nothing more is to be done. {AGAIN}",
    ),
    AwardState.WITHDRAWN: Words(
        "The award is withdrawn, because its decision changed or its place was given up.",
        "Its public page stays and says why. Your letter says how you can come back about it.",
        "Its money no longer counts. It comes back only if its decision is corrected.",
    ),
}


def words_of(award: Award) -> Words:
    """Raises: KeyError: its state has no words."""
    return WORDS[award.state]
