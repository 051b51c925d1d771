"""A released result as a letter to keep: an accessible PDF."""

from typing import Any

from challenges.judging.decisions import compose
from challenges.judging.results import CriterionFeedback, released_result
from challenges.pitches.models import Entry
from marketplace.documents import make_pdf
from marketplace.errors import Refused
from marketplace.times import moment

SAID = "What the panel said:"
"""Stands in a letter that tells of the scores itself."""


def letter_pdf(entry: Entry) -> bytes:
    """The letter, and what the panel said on each criterion.

    Raises:
        Refused: nothing is released.
    """
    result = released_result(entry)
    if result is None:
        raise Refused("Nothing is decided yet.")
    letter = compose(entry.decision)
    facts = [
        ["Call", entry.stage.call.title],
        ["Stage", entry.stage.name],
        ["Organisation", entry.pitch.organisation.name],
        ["Reference", entry.pitch.reference],
        ["Decided", moment(result.released_at)],
        ["Result", result.label],
    ]
    return make_pdf(
        "answers",
        {
            "title": letter.subject,
            "subtitle": "",
            "note": "",
            "region": entry.stage.call.region.name,
            "facts": facts,
            "parts": [
                {"label": "Our letter", "text": letter.body},
                *([] if SAID in letter.body else map(_part, result.criteria)),
            ],
        },
    )


def _part(criterion: CriterionFeedback) -> dict[str, Any]:
    said = []
    if criterion.mean is not None:
        said.append(f"{criterion.mean_said} of {criterion.scale} on average.")
    if criterion.agreed is not None:
        said.append(f"{criterion.agreed} of {criterion.scale} agreed in the panel’s meeting.")
    if criterion.agreed_why:
        said.append(criterion.agreed_why)
    return {
        "label": f"The panel on “{criterion.name}”",
        "text": "\n".join([*said, *(f"• {comment}" for comment in criterion.comments)])
        or "No comment",
    }
