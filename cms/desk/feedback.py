"""A first draft of an applicant's feedback: what the judges wrote, by criterion, unsigned."""

from challenges.judging.models import AssignmentState, Score
from challenges.pitches.models import Entry


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
