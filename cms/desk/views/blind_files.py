"""Letting judges of a blind stage open a file that says of its author what can't be taken out."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from challenges.judging import rules, services  # noqa: F401  # registers what `allow` asks for
from challenges.pitches.models import Attachment, Entry
from cms.desk.rendering import say_refused
from marketplace.access import allow
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import Refused


def find_entry_of_file(pk: int) -> Entry:
    """The entry, with its file as `looked_at`."""
    file = Attachment.objects.select_related("entry__stage__call", "entry__pitch").get(pk=pk)
    file.entry.looked_at = file  # type: ignore[attr-defined]
    return file.entry


@allow("judging.run_panel", of=find_entry_of_file)
def for_judges(request: SignedInRequest, entry: Entry) -> HttpResponse:
    """Let judges open the file, or keep it from them again."""
    file: Attachment = entry.looked_at  # type: ignore[attr-defined]
    keeps = request.POST.get("do") == "keep"
    if request.method == "POST":
        verb = services.keep_from_judges if keeps else services.let_judges_open
        try:
            verb(attachment=file, actor=request.user)
        except Refused as refused:
            say_refused(request, refused)
        else:
            done = "is kept from judges" if keeps else "opens for judges as it was sent"
            messages.success(request, f"“{file.name}” {done}. It is on record.")
    return redirect("desk:pitch", pk=entry.pk)
