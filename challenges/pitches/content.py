"""What a submission holds: the answers as they were checked, beside the questions asked.

Content is plain JSON:

    {"pitch": reference, "organisation": name, "stage": name, "rulebook": digest,
     "title": text, "summary": text, "partners"?: [{"organisation", "part", "share"}, …],
     "answers": [{"question": id, "kind", "label", "identifies", "audience", "value": JSON,
                  "text": what a person reads}, …]}

A file's value is {"attachment": id, "name", "size", "sha256"}.
"""

from typing import Any

from django.core.exceptions import ValidationError

from challenges.calls.conditions import asked_specs
from challenges.calls.models import QuestionKind
from challenges.calls.question_types import Spec, type_of
from challenges.pitches.models import Attachment, Entry, PartnerState, ScanState
from marketplace.error_words import in_our_words

HEADINGS = ("title", "summary")
LONGEST_TITLE = 120
LONGEST_SUMMARY = 600
"""Characters."""

Problems = list[tuple[str, str]]
"""(form field or place, sentence) for each thing that is wrong."""


def field_name(spec: Spec) -> str:
    """The name of a question's field in forms: "q12"."""
    return f"q{spec['id']}"


def build_content(entry: Entry) -> tuple[dict[str, Any], Problems]:
    """The content that this entry would submit now, and what is wrong or missing in it."""
    typed = {answer.question_id: answer.value for answer in entry.answers.all()}
    files = {file.question_id: file for file in entry.attachments.all() if file.replaced_at is None}
    problems = heading_problems(entry)
    answers = []
    for spec in asked_specs(entry.specs, typed):
        value, problem = checked(spec, typed.get(spec["id"]), files.get(spec["id"]))
        if problem:
            label = spec["label"].removesuffix("?")
            problems.append((field_name(spec), f"{label}: {problem}"))
        answers.append(
            {
                "question": spec["id"],
                "kind": spec["kind"],
                "label": spec["label"],
                "identifies": spec["identifies"],
                "audience": spec.get("audience", "judges"),
                "value": value,
                "text": type_of(spec).to_text(value),
            }
        )
    content = {
        "pitch": entry.pitch.reference,
        "organisation": entry.pitch.organisation.name,
        "stage": entry.stage.name,
        "rulebook": entry.rulebook.digest,
        "title": entry.title.strip(),
        "summary": entry.summary.strip(),
        "answers": answers,
    }
    partners = list(entry.pitch.partners.in_the_pitch().select_related("organisation"))
    problems += [
        ("partners", f"{each.organisation} has not confirmed its part yet: ask it, or remove it.")
        for each in partners
        if each.state != PartnerState.CONFIRMED
    ]
    given = sum(each.share or 0 for each in partners)
    if given > 100:
        problems.append(
            ("partners", f"The partners’ shares add up to {given}%: ask for 100% or less in all.")
        )
    if partners:
        content["partners"] = [
            {"organisation": each.organisation.name, "part": each.part, "share": each.share}
            for each in partners
        ]
    return content, problems


def heading_problems(entry: Entry) -> Problems:
    problems = []
    title, summary = entry.title.strip(), entry.summary.strip()
    if not title:
        problems.append(("title", "Title: give your pitch a title."))
    if len(title) > LONGEST_TITLE:
        problems.append(("title", f"Title: use {LONGEST_TITLE} characters or fewer."))
    if not summary:
        problems.append(("summary", "Summary: say in two or three sentences what you propose."))
    if len(summary) > LONGEST_SUMMARY:
        problems.append(("summary", f"Summary: use {LONGEST_SUMMARY} characters or fewer."))
    return problems


def checked(spec: Spec, typed: Any, file: Attachment | None) -> tuple[Any, str | None]:
    """(the answer as JSON, what is wrong with it), as submitting takes it."""
    if spec["kind"] == QuestionKind.FILE:
        if file is None:
            return None, "choose a file." if spec["required"] else None
        if file.scan_state == ScanState.INFECTED:
            return None, f"“{file.name}” was infected and is removed. Choose a clean file."
        return {
            "attachment": file.pk,
            "name": file.name,
            "size": file.size,
            "sha256": file.sha256,
        }, None
    question_type = type_of(spec)
    try:
        cleaned = question_type.field(spec).clean(question_type.as_typed(typed))
    except ValidationError as error:
        if getattr(error, "code", "") == "required":
            return None, "this needs an answer."
        return None, " ".join(in_our_words(error))
    return question_type.to_json(cleaned), None


def attachments_in(content: dict[str, Any]) -> set[int]:
    """Ids of the files that a submission's content names."""
    return {
        answer["value"]["attachment"]
        for answer in content["answers"]
        if answer["kind"] == QuestionKind.FILE and answer["value"]
    }
