"""A pitch to keep or to pass round: as an accessible PDF, or as plain text."""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from challenges.pitches.content import build_content
from challenges.pitches.models import Entry, EntryState, Submission
from challenges.pitches.views import Request, current_entry
from marketplace.access import allow
from marketplace.documents import make_pdf
from marketplace.text import clean_text
from marketplace.times import moment

EMPTY = "Not answered"


def copy_of(entry: Entry) -> dict[str, Any]:
    """What a team's copy holds: the pitch as it is written now, a draft marked as one."""
    content, _ = build_content(entry)
    if entry.state == EntryState.DRAFT or entry.has_unsubmitted_changes:
        return _copy(entry, content, note=f"DRAFT, as of {moment(timezone.now())}")
    return _copy(entry, content, version=entry.submissions.last())


def copy_of_submission(entry: Entry, version: Submission) -> dict[str, Any]:
    """What a copy for anybody else holds: a version word for word as it was submitted."""
    return _copy(entry, version.content, version=version)


def _copy(
    entry: Entry, content: dict[str, Any], *, version: Submission | None = None, note: str = ""
) -> dict[str, Any]:
    facts = [
        ["Call", entry.stage.call.title],
        ["Stage", entry.stage.name],
        ["Organisation", content["organisation"]],
        ["Reference", entry.pitch.reference],
    ]
    if version:
        facts += [["Submitted", moment(version.at)], ["Digest (SHA-256)", version.digest]]
    return {
        "title": content["title"] or "A pitch without a title yet",
        "subtitle": content["summary"],
        "note": note,
        "region": entry.stage.call.region.name,
        "facts": facts,
        "parts": [
            {"label": answer["label"], "text": answer["text"] or EMPTY}
            for answer in content["answers"]
        ]
        + _partners(content),
    }


def _partners(content: dict[str, Any]) -> list[dict[str, str]]:
    rows = [
        f"{each['organisation']}: {each['part']}"
        + (f" ({each['share']}% of the money)" if each["share"] is not None else "")
        for each in content.get("partners", [])
    ]
    return [{"label": "Partners", "text": "\n".join(rows)}] if rows else []


def as_text(copy: dict[str, Any]) -> str:
    lines = [copy["title"], "=" * len(copy["title"]), copy["note"], copy["subtitle"], ""]
    lines += [f"{key}: {value}" for key, value in copy["facts"]]
    for part in copy["parts"]:
        lines += ["", part["label"], "-" * len(part["label"]), part["text"]]
    return clean_text("\n".join(lines)) + "\n"


@require_safe
@allow("pitches.view_entry", of=current_entry)
def pdf(request: Request, entry: Entry) -> HttpResponse:
    return hand_out(entry, make_pdf("answers", copy_of(entry)), "application/pdf", "pdf")


@require_safe
@allow("pitches.view_entry", of=current_entry)
def text(request: Request, entry: Entry) -> HttpResponse:
    content = as_text(copy_of(entry)).encode()
    return hand_out(entry, content, "text/plain; charset=utf-8", "txt")


def hand_out(entry: Entry, content: bytes, kind: str, ending: str) -> HttpResponse:
    """A copy to save, named after the pitch, that no cache keeps."""
    response = HttpResponse(content, content_type=kind)
    name = f"pitch-{entry.pitch.reference}.{ending}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
