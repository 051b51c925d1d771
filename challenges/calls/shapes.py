"""Common shapes of a call: questions and criteria to start from, and to change as needed.

The criteria follow how UK innovation competitions usually score: the problem, the idea, the
team, the plan and the money.
"""

from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class StageShape:
    """One stage: fields of `Question` and `Criterion`, in order; days count from its opening."""

    name: str
    questions: tuple[dict[str, Any], ...]
    criteria: tuple[dict[str, Any], ...]
    open_days: int
    scoring_days: int
    places: int | None = None


@dataclass(frozen=True)
class Shape:
    name: str
    help_text: str
    stages: tuple[StageShape, ...]
    is_rolling: bool = False


def _question(label: str, guidance: str = "", **fields: Any) -> dict[str, Any]:
    return {"label": label, "guidance": guidance, "kind": "long-text", "max_words": 300, **fields}


def _criterion(name: str, weight: int, guidance: str) -> dict[str, Any]:
    return {"name": name, "weight": weight, "guidance": guidance, "scale": 5}


def _weighing(weight: int, criterion: dict[str, Any]) -> dict[str, Any]:
    """The criterion where it stands among fewer, whose weights add up to 100 too."""
    return {**criterion, "weight": weight}


PROPOSAL = _question(
    "What would you do, and how would it solve the problem?",
    "Say what you would build or change, who would use it and what would be better for them.",
    max_words=500,
)
NOVELTY = _question("What is new about it?", "Compare it with what is done or sold today.")
TEAM = _question("Who would do the work?", "Name the roles, the skills and what you did before.")
PLAN = _question("What is your plan, with dates?", "Milestones, risks and what you need from us.")
BENEFIT = _question(
    "How will you know that it worked?", "Say what you would measure, and from what start."
)
COST = {
    "label": "What would it cost in all, in pounds?",
    "guidance": "With VAT, if you charge it.",
    "kind": "money",
    "is_ask": True,
    "max_words": None,
}
COSTS = {
    "label": "What would it cost?",
    "guidance": "One line for each thing, with VAT if you charge it.",
    "kind": "costs",
    "is_ask": True,
    "max_words": None,
}
TEAM_LIST = {"label": "Who is in your team?", "kind": "team", "max_words": None}
OFFER = {
    "label": "What can you do of what is wanted?",
    "kind": "capabilities",
    "max_words": None,
    "required": False,
}
REUSE = _question(
    "How could other places use it?", "Open standards, data, licence and price.", max_words=200
)

FITS = _criterion("Fit to the problem", 30, "5: solves the heart of it. 0: another problem.")
NEW = _criterion("Innovation", 20, "5: clearly better than what exists. 0: nothing new.")
ABLE = _criterion("Team and delivery", 25, "5: right people, sound plan. 0: could not be done.")
WORTH = _criterion("Value for money", 15, "5: cost is clear and low for the good done.")
SPREADS = _criterion("Reuse by others", 10, "5: ready for others to take up. 0: one place only.")

ONE_STAGE = Shape(
    "One stage",
    "One round of written pitches that a panel scores. Seven questions, five criteria.",
    (
        StageShape(
            "Application",
            (PROPOSAL, NOVELTY, TEAM, PLAN, BENEFIT, COST, REUSE),
            (FITS, NEW, ABLE, WORTH, SPREADS),
            open_days=42,
            scoring_days=14,
        ),
    ),
)
SIFT_AND_PITCH_DAY = Shape(
    "Sift and pitch day",
    "A short written sift, then a day on which the best five pitch to a panel.",
    (
        StageShape(
            "Sift",
            (PROPOSAL, TEAM, COST),
            (_weighing(40, FITS), _weighing(25, NEW), _weighing(35, ABLE)),
            open_days=28,
            scoring_days=14,
            places=5,
        ),
        StageShape(
            "Pitch day",
            (),
            (
                _criterion("Answer to the problem", 40, "What the panel saw and heard."),
                _criterion("Team", 30, "Would you trust them with it?"),
                _criterion("Plan and value", 30, "Can it be done, at this price?"),
            ),
            open_days=7,
            scoring_days=2,
            places=1,
        ),
    ),
)
SIFT_INTERVIEW_AND_PITCH_DAY = Shape(
    "Sift, interview and pitch day",
    "A written sift, interviews with the best ten, and a day on which five pitch to a panel.",
    (
        replace(SIFT_AND_PITCH_DAY.stages[0], places=10),
        StageShape(
            "Interview",
            (),
            (
                _criterion("Understanding of the problem", 40, "From what they said."),
                _criterion("Team", 30, "Would you trust them with it?"),
                _criterion("Readiness", 30, "Could they start next month?"),
            ),
            open_days=7,
            scoring_days=5,
            places=5,
        ),
        SIFT_AND_PITCH_DAY.stages[1],
    ),
)
TWO_PHASES = Shape(
    "Two-phase research contract",
    "Feasibility studies for several, then development by those who are invited on.",
    (
        StageShape(
            "Phase 1: feasibility",
            (PROPOSAL, NOVELTY, TEAM, PLAN, COSTS),
            (FITS, NEW, ABLE, _weighing(25, WORTH)),
            open_days=42,
            scoring_days=14,
            places=5,
        ),
        StageShape(
            "Phase 2: development",
            (
                _question("What did phase 1 show?", "What you built, who tried it, what changed."),
                PLAN,
                BENEFIT,
                COSTS,
                REUSE,
            ),
            (
                _criterion("Result of phase 1", 35, "5: shown with users. 0: not shown."),
                ABLE,
                _weighing(25, WORTH),
                _weighing(15, SPREADS),
            ),
            open_days=28,
            scoring_days=14,
            places=2,
        ),
    ),
)
COHORT = Shape(
    "Accelerator cohort",
    "A long open application, then interviews for the places of the cohort.",
    (
        StageShape(
            "Application",
            (
                _question("What do you do, and for whom?", max_words=200),
                TEAM_LIST,
                _question("What would you use the accelerator for?", max_words=250),
                OFFER,
            ),
            (
                _criterion("Need and idea", 40, "5: a real need, met. 0: neither."),
                _criterion("Team", 35, "5: able to take it on. 0: not yet."),
                _criterion("Use of the accelerator", 25, "5: it would change their course."),
            ),
            open_days=84,
            scoring_days=10,
            places=20,
        ),
        replace(SIFT_INTERVIEW_AND_PITCH_DAY.stages[1], places=10),
    ),
)
ROUND = replace(COHORT.stages[0], open_days=56, scoring_days=7, places=8)
ROLLING = Shape(
    "Rolling intake",
    "Four rounds of eight weeks, one after the other. People apply at any time; each round is "
    "judged and decided by itself.",
    tuple(replace(ROUND, name=f"Round {number}") for number in range(1, 5)),
    is_rolling=True,
)
SHAPES = {
    "one-stage": ONE_STAGE,
    "sift-and-pitch-day": SIFT_AND_PITCH_DAY,
    "sift-interview-pitch-day": SIFT_INTERVIEW_AND_PITCH_DAY,
    "two-phases": TWO_PHASES,
    "cohort": COHORT,
    "rolling": ROLLING,
}
