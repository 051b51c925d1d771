"""A first draft of an applicant's feedback: what the panel wrote, by criterion, unsigned."""

from collections.abc import Sequence

from challenges.judging.doubts import Said, doubts
from challenges.judging.results import CriterionFeedback, criteria_of
from challenges.judging.services.conflicts import names_to_keep_back
from challenges.pitches.models import Entry


def said_of(entry: Entry) -> list[CriterionFeedback]:
    """What judges gave and wrote, and what the meeting agreed, in the rulebook's order."""
    return criteria_of([entry])[entry.pk]


def doubts_about(entry: Entry, text: str, said: Sequence[CriterionFeedback]) -> list[str]:
    """What to read again before this goes out beside what the panel said."""
    found = [Said(one.name, _share(one), _words(one)) for one in said]
    return doubts(text, names_to_keep_back(entry.stage), found)


def feedback_from_panel(said: Sequence[CriterionFeedback]) -> str:
    """Lines of text: each criterion's name, then why the meeting agreed on its score, and every
    comment on it."""
    return "\n\n".join(
        "\n".join([f"{one.name}:", *(f"- {words}" for words in _words(one))])
        for one in said
        if _words(one)
    )


def _share(one: CriterionFeedback) -> float | None:
    """Of the scale, 0 to 1: what was agreed stands in the place of the judges' mean."""
    value = one.mean if one.agreed is None else one.agreed
    return None if value is None else float(value / one.scale)


def _words(one: CriterionFeedback) -> list[str]:
    return [*filter(None, [one.agreed_why.strip()]), *one.comments]
