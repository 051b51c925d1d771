"""A first draft of an applicant's feedback: what the judges wrote, by criterion, unsigned."""

from statistics import fmean

from challenges.judging.doubts import Said, doubts
from challenges.judging.models import AssignmentState, Score
from challenges.judging.services.conflicts import names_to_keep_back
from challenges.pitches.models import Entry


def doubts_about(entry: Entry, text: str) -> list[str]:
    """What to read again before this goes out beside the judges' comments."""
    rows = Score.objects.filter(
        assignment__entry=entry, assignment__state=AssignmentState.SUBMITTED
    ).values_list("criterion", "value", "comment")
    given = list(rows)
    said = []
    for criterion in entry.rulebook.content["criteria"]:
        own = [(value, comment) for pk, value, comment in given if pk == criterion["id"]]
        values = [value for value, _ in own if value is not None]
        share = fmean(values) / criterion["scale"] if values else None
        said.append(Said(criterion["name"], share, [comment for _, comment in own]))
    return doubts(text, names_to_keep_back(entry.stage), said)


def feedback_from_judges(entry: Entry) -> str:
    """Lines of text: each criterion's name, then every comment on it."""
    comments: dict[str, list[str]] = {}
    scores = (
        Score.objects.filter(assignment__entry=entry, assignment__state=AssignmentState.SUBMITTED)
        .exclude(comment="")
        .select_related("criterion")
        # Never in the order of the judges: that could tell who wrote what.
        .order_by("criterion__sort_order", "criterion", "comment")
    )
    for score in scores:
        comments.setdefault(score.criterion.name, []).append(score.comment.strip())
    return "\n\n".join(
        "\n".join([f"{name}:", *(f"- {comment}" for comment in said)])
        for name, said in comments.items()
    )
