"""One pitch, read and scored."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from challenges.judging import rules  # noqa: F401  registers what `allow` asks for
from challenges.judging.forms import ReviewForm
from challenges.judging.models import Assignment, AssignmentState
from challenges.judging.reading import find_attachment, readings
from challenges.judging.services import (
    ask_officers_to_look,
    resubmit_review,
    save_review,
    submit_review,
)
from challenges.judging.services.reviewing import why_closed
from challenges.judging.views.panels import next_to_score
from challenges.pitches.downloads import attachment_response
from challenges.pitches.first_reading import note_reading
from challenges.pitches.judges_copies import KeptBack, as_judges_open_it
from challenges.pitches.models import Attachment
from challenges.pitches.words_for_others import Reader, standing_for
from marketplace.access import allow
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import EditConflict, Incomplete, Refused, TooLate
from marketplace.typed.keeping import drop


def find_assignment(pk: int) -> Assignment:
    return Assignment.objects.select_related(
        "member__panel__stage",
        "member__panel__calibration",
        "member__user",
        "entry__stage__call",
        "entry__stage__meeting",
        "entry__rulebook",
        "entry__pitch__organisation",
    ).get(pk=pk)


def find_file(assignment: int, pk: int) -> Assignment:
    """The assignment, with the file that its judge asks for as `opened`."""
    found = find_assignment(assignment)
    found.opened = find_attachment(found, pk)  # type: ignore[attr-defined]
    return found


@allow("judging.read_entry", of=find_assignment)
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: SignedInRequest, assignment: Assignment) -> HttpResponse:
    note_reading(assignment.entry.stage, request.user)
    if request.method == "POST":
        return _receive(request, assignment)
    return _page(request, assignment, ReviewForm(assignment=assignment))


@allow("judging.read_entry", of=find_assignment)
@require_POST
def autosave(request: SignedInRequest, assignment: Assignment) -> HttpResponse:
    """Keep a draft as it is written; a submitted review changes only when it is submitted again."""
    form = ReviewForm(request.POST, assignment=assignment)
    url = reverse("judging:review", kwargs={"pk": assignment.pk})
    if assignment.state == AssignmentState.SUBMITTED:
        message = "this review is submitted. Submit it again to change it."
        return JsonResponse({"message": message}, status=409)
    if not form.is_valid():
        message = "; ".join(error for errors in form.errors.values() for error in errors)
        return JsonResponse({"message": message}, status=422)
    try:
        saved = save_review(assignment=assignment, actor=request.user, **form.review())
    except EditConflict as conflict:
        return JsonResponse({"message": str(conflict), "url": url}, status=409)
    except Refused as refusal:
        return JsonResponse({"message": str(refusal)}, status=409)
    # What had been kept of this form is older than what is saved now.
    drop(request, path=url)
    return JsonResponse({"version": saved.version, "saved_at": timezone.now().isoformat()})


@allow("judging.read_entry", of=find_file)
@require_safe
def attachment(request: SignedInRequest, assignment: Assignment) -> HttpResponse:
    """A file of what is read; saved and never shown by the browser, whatever is in it."""
    note_reading(assignment.entry.stage, request.user)
    file: Attachment = assignment.opened  # type: ignore[attr-defined]
    if assignment.entry.stage.hides_names:
        try:
            file = as_judges_open_it(file)
        except FileNotFoundError as gone:
            raise Http404 from gone
        except KeptBack:
            ask_officers_to_look(assignment=assignment, attachment=file)
            return render(request, "judging/file_kept.html", {"assignment": assignment}, status=409)
        # People put their firm's name into the names of files.
        ending = f".{file.name.rpartition('.')[2]}" if "." in file.name else ""
        file.name = f"{assignment.entry.pitch.reference}{ending}"
    return attachment_response(request, file)  # type: ignore[return-value]  # a response all the same


def _receive(request: SignedInRequest, assignment: Assignment) -> HttpResponse:
    form = ReviewForm(request.POST, assignment=assignment)
    submitting = request.POST.get("action") == "submit"
    if not form.is_valid():
        return _page(request, assignment, form, status=422)
    try:
        _carry_out(assignment, form, request.user, submitting)
    except EditConflict as conflict:
        return _conflict_page(request, assignment, form, conflict)
    except Incomplete as incomplete:
        return _incomplete_page(request, assignment, form, incomplete)
    except TooLate as refusal:
        return _page(request, assignment, form, [("", str(refusal))], status=409)
    except Refused as refusal:
        return _page(request, assignment, form, [("", str(refusal))], status=422)
    if submitting:
        messages.success(request, f"Your review of “{assignment.entry.pitch.title}” is submitted.")
    else:
        messages.success(request, "Your draft is saved. The panel sees it when you submit it.")
    return redirect("judging:review", pk=assignment.pk)


def _carry_out(assignment: Assignment, form: ReviewForm, person: Any, submitting: bool) -> None:
    typed = form.review()
    if submitting and assignment.state == AssignmentState.SUBMITTED:
        resubmit_review(assignment=assignment, actor=person, **typed)
        return
    saved = save_review(assignment=assignment, actor=person, **typed)
    if submitting:
        # A transaction of its own: what is incomplete stays saved as a draft.
        submit_review(assignment=saved, actor=person)


def _incomplete_page(
    request: SignedInRequest, assignment: Assignment, form: ReviewForm, incomplete: Incomplete
) -> HttpResponse:
    """Each problem beside its field; what was typed is kept, and saved if it was a draft."""
    for place, sentence in incomplete.problems:
        form.add_error(place if place in form.fields else None, sentence)
    return _page(request, assignment, _at_version(form, assignment), status=422)


def _conflict_page(
    request: SignedInRequest, assignment: Assignment, form: ReviewForm, conflict: EditConflict
) -> HttpResponse:
    """Both texts, and a form that will overwrite knowingly if it is sent again."""
    stands = find_assignment(assignment.pk)
    differences = form.differences(stands)
    return _page(
        request,
        stands,
        _at_version(form, stands),
        [("both-texts", str(conflict))],
        status=409,
        differences=differences,
    )


def _at_version(form: ReviewForm, assignment: Assignment) -> ReviewForm:
    """The form as typed, carrying the version that the database has now."""
    version = Assignment.objects.values_list("version", flat=True).get(pk=assignment.pk)
    form.data = {**{name: form.data.get(name) for name in form.data}, "version": str(version)}
    return form


def _page(
    request: SignedInRequest,
    assignment: Assignment,
    form: ReviewForm,
    problems: list[tuple[str, str]] | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    stage = assignment.entry.stage
    first, *earlier = readings(assignment)
    context = {
        "assignment": assignment,
        "stage": stage,
        "member": assignment.member,
        "standing": standing_for(Reader.JUDGE, assignment.entry),
        "reading": first,
        "earlier": earlier,
        "form": form,
        "problems": problems,
        "closed": why_closed(assignment),
        "submitted": assignment.state == AssignmentState.SUBMITTED,
        "version": form["version"].value(),
        "following": next_to_score(assignment.member, after=assignment.pk),
        **more,
    }
    return render(request, "judging/review.html", context, status=status)
