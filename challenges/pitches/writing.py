"""The page on which a pitch is written, its autosave, and what two tabs are told."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.db.models import F, prefetch_related_objects
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from challenges.calls.question_types import storable
from challenges.pitches.attachments import attach_file, remove_file
from challenges.pitches.changed_rules import changes_since_begun
from challenges.pitches.content import HEADINGS, field_name
from challenges.pitches.forms import (
    Headings,
    WriteForm,
    browser_data,
    checked_form,
    differences,
    shown_field,
    typed_text,
)
from challenges.pitches.history import (
    answers_with_history,
    changed_by_others,
    fields_with_history,
    with_history,
    word_differences,
)
from challenges.pitches.models import AnswerVersion, Entry
from challenges.pitches.reuse import reusable_fields
from challenges.pitches.services import find_changed, save_answers
from challenges.pitches.standing import standing_of
from challenges.pitches.views import Request, current_entries, current_entry, version_of
from marketplace.access import allow
from marketplace.accounts.models import User
from marketplace.errors import EditConflict, Refused
from marketplace.typed.keeping import drop

View = Callable[..., HttpResponse]
CHOICES = ("mine", "theirs")
MOST_VERSIONS = 50


def entry_to_write(reference: str) -> Entry:
    """The entry with what its page says beside the answers.

    `page_is_live` comes from the page of the call, which stands on a floor above: only the
    relation is read, and nothing of it imported.
    """
    entries = current_entries(reference).annotate(page_is_live=F("stage__call__page__live"))
    return with_history(entries).get()


@require_http_methods(["GET", "HEAD", "POST"])
@allow("pitches.write_entry", of=entry_to_write)
def write(request: Request, entry: Entry) -> HttpResponse:
    if request.method == "POST":
        return _save(request, entry)
    if not entry.is_writable():
        messages.warning(request, "This pitch can’t be changed now.")
        return redirect(entry)
    _fetch(entry)
    form = checked_form(entry, strict=True) if "check" in request.GET else WriteForm(entry)
    return _page(request, entry, form)


def _fetch(entry: Entry) -> None:
    prefetch_related_objects([entry], answers_with_history(), "attachments")


def _page(
    request: Request, entry: Entry, form: WriteForm, status: int = 200, version: int = 0
) -> HttpResponse:
    _fetch(entry)
    context = {
        "entry": entry,
        "form": form,
        "version": version or entry.version,
        "is_open": entry.is_open(),
        "changed_rules": changes_since_begun(entry),
        "with_history": fields_with_history(entry),
        "reusable": reusable_fields(entry, request.user),
        "now": timezone.now(),
    }
    return render(request, "pitches/write.html", context, status=status)


def _save(request: Request, entry: Entry) -> HttpResponse:
    form = WriteForm(entry, request.POST, request.FILES)
    answers, headings = form.answers(), form.headings()
    version, choices = version_of(request), _choices(request)
    was_compared = "comparing" in request.POST
    if was_compared:
        changed = find_changed(entry, answers, **headings)
        rows = differences(entry, changed, choices)
        if version != entry.version or any(not row.choice for row in rows):
            return _compare(request, entry, answers, headings, choices)
        theirs = {row.name for row in rows if row.choice == "theirs"}
        answers = {id_: text for id_, text in answers.items() if f"q{id_}" not in theirs}
        headings = Headings(
            title=None if "title" in theirs else headings["title"],
            summary=None if "summary" in theirs else headings["summary"],
        )
    try:
        save_answers(
            entry=entry,
            answers=answers,
            version=version,
            actor=request.user,
            as_new_version=was_compared,
            **headings,
        )
    except EditConflict:
        entry = current_entry(entry.pitch.reference)
        return _compare(request, entry, answers, headings, {})
    except Refused as error:
        form.add_error(None, str(error))
        return _page(request, entry, form, status=409, version=version)
    return _saved(request, entry, form)


def _saved(request: Request, entry: Entry, form: WriteForm) -> HttpResponse:
    """The text is kept; now the files, each by itself, so that a bad one spoils nothing."""
    problems = _save_files(request, entry, form)
    entry = entry_to_write(entry.pitch.reference)
    form = checked_form(entry, strict=False)
    for name, problem in problems.items():
        form.add_error(name, problem)
    if form.errors:
        messages.info(request, "Saved. Some answers need another look before you submit.")
        return _page(request, entry, form)
    if request.POST.get("action") == "check":
        return redirect("pitches:submit", reference=entry.pitch.reference)
    messages.success(request, "Saved.")
    return redirect("pitches:write", reference=entry.pitch.reference)


def _save_files(request: Request, entry: Entry, form: WriteForm) -> dict[str, str]:
    problems = {}
    for question in form.removals():
        try:
            remove_file(entry=entry, question=question, actor=request.user)
        except Refused as error:
            problems[f"q{question}"] = str(error)
    for question, upload in form.uploads().items():
        try:
            attach_file(entry=entry, question=question, upload=upload, actor=request.user)
        except Refused as error:
            problems[f"q{question}"] = str(error)
    return problems


def _compare(
    request: Request,
    entry: Entry,
    answers: dict[int, Any],
    headings: Headings,
    choices: dict[str, str],
) -> HttpResponse:
    """Both texts side by side; nothing is saved until the person has chosen."""
    rows = differences(entry, find_changed(entry, answers, **headings), choices)
    first = "comparing" not in request.POST
    problems = [
        (f"keep-{row.name}", f"{row.label}: choose which text to keep")
        for row in rows
        if not row.choice and not first
    ]
    chosen: Any = request.FILES
    context = {
        "entry": entry,
        "rows": rows,
        "typed": browser_data(entry, answers, **headings),
        "action": "check" if request.POST.get("action") == "check" else "save",
        "problems": problems,
        "files": [storable(upload.name) for upload in chosen.values()],
    }
    return render(request, "pitches/compare.html", context, status=409)


def _choices(request: Request) -> dict[str, str]:
    return {
        name.removeprefix("keep-"): value
        for name, value in request.POST.items()
        if name.startswith("keep-") and value in CHOICES
    }


def answers_in_json(view: View) -> View:
    """Tell a script in JSON what a browser would be told by a page."""

    @wraps(view)
    def wrapped(request: Request, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            message = "you have been signed out. Sign in again in another tab; keep this page open."
            return JsonResponse({"message": message}, status=401)
        return view(request, **kwargs)

    return wrapped


@require_POST
@answers_in_json
@allow("pitches.write_entry", of=current_entry)
def autosave(request: Request, entry: Entry) -> HttpResponse:
    """Save a draft as it is typed: {"saved_at": ISO 8601, "version": int}, or
    {"message": sentence, "url": where to go on} with 409. Files wait for the button."""
    form = WriteForm(entry, request.POST)
    try:
        saved = save_answers(
            entry=entry,
            answers=form.answers(),
            version=version_of(request),
            actor=request.user,
            **form.headings(),
        )
    except EditConflict as error:
        # The text in this page is nowhere else yet, so the way on leads to its own button.
        return JsonResponse({"message": str(error), "url": "#save"}, status=409)
    except Refused as error:
        return JsonResponse({"message": str(error), "url": ""}, status=409)
    # What had been kept of this form is older than what is saved now.
    drop(request, path=reverse("pitches:write", args=[entry.pitch.reference]))
    return JsonResponse(
        {
            "saved_at": saved.saved_at.isoformat(),
            "version": saved.version,
            "others": _others(saved, version_of(request), request.user),
            **_clock(saved),
            "progress": _progress(entry.pitch.reference),
        }
    )


@require_GET
@answers_in_json
@allow("pitches.write_entry", of=current_entry)
def others(request: Request, entry: Entry) -> HttpResponse:
    """What others have saved since version `since`: {"version", "others": […]}."""
    text = request.GET.get("since", "")[:12]
    since = int(text) if text.isascii() and text.isdecimal() else entry.version
    found = _others(entry, since, request.user)
    return JsonResponse({"version": entry.version, "others": found, **_clock(entry)})


def _clock(entry: Entry) -> dict[str, str]:
    """The server’s time and the deadline, which may have moved: a browser’s clock may be wrong."""
    return {
        "now": timezone.now().isoformat(),
        "closes_at": entry.closes_at.isoformat(),
    }


def _progress(reference: str) -> dict[str, Any]:
    """How far the pitch is, as its page shows it."""
    standing = standing_of(current_entry(reference))
    return {
        "words": standing.words,
        "done": standing.done,
        "total": standing.total,
        "states": {place.name: [place.words, place.colour] for place in standing.places},
    }


def _others(entry: Entry, since: int, person: User) -> list[dict[str, Any]]:
    """Fields as a browser holds them: {"name", "label", "by", "at", "pairs": [[name, text], …]}."""
    found = []
    for version in changed_by_others(entry, since, person):
        pairs, label = shown_field(entry, version.name, version.value)
        found.append(
            {
                "name": version.name,
                "label": label,
                "by": str(version.by or "Somebody"),
                "at": version.at.isoformat(),
                "pairs": pairs,
            }
        )
    return found


def find_field(reference: str, name: str) -> Entry:
    """The entry, with the field that its history is asked of as `field`."""
    entry = current_entry(reference)
    if name not in HEADINGS and name not in {field_name(spec) for spec in entry.specs}:
        raise Entry.DoesNotExist
    entry.field = name  # type: ignore[attr-defined]
    return entry


@require_http_methods(["GET", "HEAD", "POST"])
@allow("pitches.write_entry", of=find_field)
def history(request: Request, entry: Entry) -> HttpResponse:
    """The versions of one field, with what changed; any of them can be put back."""
    name: str = entry.field  # type: ignore[attr-defined]
    versions = list(
        AnswerVersion.objects.filter(entry=entry, name=name).select_related("by")[:MOST_VERSIONS]
    )
    if request.method == "POST":
        wanted = request.POST.get("version", "")
        if chosen := next((each for each in versions if str(each.pk) == wanted), None):
            return _put_back(request, entry, chosen)
    texts = [typed_text(entry, name, version.value) for version in versions]
    rows = [
        {"version": version, "runs": word_differences(older, text), "is_now": place == 0}
        for place, (version, text, older) in enumerate(
            zip(versions, texts, [*texts[1:], ""], strict=False)
        )
    ]
    _, label = shown_field(entry, name, "")
    context = {"entry": entry, "label": label, "rows": rows, "can_write": entry.is_writable()}
    return render(request, "pitches/history.html", context)


def _put_back(request: Request, entry: Entry, chosen: AnswerVersion) -> HttpResponse:
    """An older text becomes the newest version; nothing in between is lost."""
    is_heading = chosen.name in HEADINGS
    answers = {} if is_heading else {int(chosen.name.removeprefix("q")): chosen.value}
    try:
        save_answers(
            entry=entry,
            answers=answers,
            version=entry.version,
            actor=request.user,
            title=chosen.value if chosen.name == "title" else None,
            summary=chosen.value if chosen.name == "summary" else None,
            as_new_version=True,
        )
        messages.success(request, "The older text is back. The newer one stays in the history.")
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("pitches:write", reference=entry.pitch.reference)
