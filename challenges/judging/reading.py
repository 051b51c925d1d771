"""What a judge reads of a pitch: the latest submission, without names where the stage is blind."""

from dataclasses import dataclass, field
from typing import Any

from challenges.calls.models import Audience, QuestionKind
from challenges.judging.models import Assignment
from challenges.pitches.models import Attachment, Entry, Submission
from challenges.pitches.parts import gone_since


@dataclass(frozen=True)
class Answered:
    """One question with its answer as people read it; `attachment` is a file's id."""

    label: str
    text: str
    attachment: int | None = None
    size: int = 0


@dataclass(frozen=True)
class Reading:
    """One submission: `applicant` is a name, or "Applicant 7F3K2MN" where it is blind."""

    stage: str
    applicant: str
    title: str
    summary: str
    answers: list[Answered] = field(default_factory=list)
    changed: str = ""
    """What to know of the consortium since this was submitted; empty where nothing changed."""


def applicant_name(entry: Entry, *, blind: bool) -> str:
    return f"Applicant {entry.pitch.reference}" if blind else entry.pitch.organisation.name


def readings(assignment: Assignment) -> list[Reading]:
    """As `readings_of`, of the pitch that a judge was given."""
    return readings_of(assignment.entry)


def readings_of(entry: Entry) -> list[Reading]:
    """The latest submission of this stage first, then of the stages before, latest first.

    A stage that is blind hides names in what came before it too.
    """
    blind = entry.stage.hides_names
    return [_reading(submission, blind) for submission in readable_submissions(entry)]


def readable_submissions(entry: Entry) -> list[Submission]:
    """The latest submission of an entry and of each stage before it."""
    submissions = (
        Submission.objects.filter(
            entry__pitch=entry.pitch_id, entry__stage__order__lte=entry.stage.order
        )
        .select_related("entry__pitch__organisation", "entry__stage")
        .order_by("entry__stage__order", "number")
    )
    # Later versions take the place of earlier ones.
    latest = {submission.entry_id: submission for submission in submissions}
    return list(reversed(latest.values()))


def find_attachment(assignment: Assignment, pk: int) -> Attachment:
    """A file that stands in what this judge reads.

    Raises:
        Attachment.DoesNotExist: it is not in a submission of this pitch, was replaced before
            it was submitted, or says who the applicant is and the stage is blind.
    """
    for submission, answer in _answers(assignment):
        value = answer["value"]
        if answer["kind"] == QuestionKind.FILE and value and value["attachment"] == pk:
            return Attachment.objects.get(pk=pk, entry=submission.entry_id)
    raise Attachment.DoesNotExist


def _answers(assignment: Assignment) -> list[tuple[Submission, dict[str, Any]]]:
    blind = assignment.entry.stage.hides_names
    return [
        (submission, answer)
        for submission in readable_submissions(assignment.entry)
        for answer in submission.content["answers"]
        if is_for_judges(answer, blind)
    ]


def is_for_judges(answer: dict[str, Any], blind: bool) -> bool:
    """Not what only officers read; nor, where the stage is blind, what says who applied."""
    return answer.get("audience") != Audience.OFFICERS and not (blind and answer["identifies"])


def _reading(submission: Submission, blind: bool) -> Reading:
    content = submission.content
    partners = [] if blind else content.get("partners", [])
    told = [Answered(f"Partner: {each['organisation']}", each["part"]) for each in partners]
    return Reading(
        stage=content["stage"],
        applicant=applicant_name(submission.entry, blind=blind),
        title=content["title"],
        summary=content["summary"],
        answers=[
            _answered(answer, blind)
            for answer in content["answers"]
            if is_for_judges(answer, blind)
        ]
        + told,
        changed=_changed(submission, blind),
    )


def _changed(submission: Submission, blind: bool) -> str:
    gone = gone_since(submission)
    if not gone:
        return ""
    if blind:
        who = "A partner" if len(gone) == 1 else f"{len(gone)} partners"
        return f"{who} in this pitch left it after it was submitted."
    return f"Not in this pitch any more since it was submitted: {', '.join(gone)}."


def _answered(answer: dict[str, Any], blind: bool) -> Answered:
    if answer["kind"] != QuestionKind.FILE or not answer["value"]:
        return Answered(answer["label"], answer["text"])
    file = answer["value"]
    # People put their firm's name into the names of files.
    name = "Open the file" if blind else file["name"]
    return Answered(answer["label"], name, file["attachment"], file["size"])
