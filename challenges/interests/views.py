"""One’s own register of interests."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from challenges.interests import rules  # noqa: F401  registers what `allow` asks for
from challenges.interests.forms import InterestForm
from challenges.interests.models import Interest, Register
from challenges.interests.services import confirm_register, remove_interest, save_interest
from marketplace.access import allow
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import Refused
from marketplace.spreadsheets import XLSX, download, to_xlsx

COLUMNS = ("Organisation", "Kind of tie", "From", "Until", "Note")


def find_interest(pk: int) -> Interest:
    return Interest.objects.get(pk=pk)


@allow("interests.keep_register")
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: SignedInRequest) -> HttpResponse:
    """What is in it and when it is due; posted, it is confirmed."""
    if request.method == "POST":
        confirmed = confirm_register(actor=request.user)
        messages.success(request, f"Confirmed. We ask you again on {confirmed.due_on:%-d %B %Y}.")
        return redirect("interests:register")
    context = {
        "register": Register.objects.filter(person=request.user).first(),
        "interests": request.user.interests.all(),
    }
    return render(request, "interests/register.html", context)


@allow("interests.keep_register")
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: SignedInRequest) -> HttpResponse:
    return _edit(request, Interest(person=request.user))


@allow("interests.change_interest", of=find_interest)
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: SignedInRequest, interest: Interest) -> HttpResponse:
    return _edit(request, interest)


def _edit(request: SignedInRequest, interest: Interest) -> HttpResponse:
    form = InterestForm(request.POST if request.method == "POST" else None, instance=interest)
    problems = None
    if form.is_valid():
        try:
            save_interest(interest=form.save(commit=False), actor=request.user)
        except Refused as refusal:
            problems = [("", str(refusal))]
        else:
            messages.success(request, "Saved. It stands in your register.")
            return redirect("interests:register")
    context = {"form": form, "interest": interest, "problems": problems}
    return render(request, "interests/edit.html", context, status=409 if problems else 200)


@allow("interests.change_interest", of=find_interest)
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: SignedInRequest, interest: Interest) -> HttpResponse:
    if request.method == "POST":
        remove_interest(interest=interest, actor=request.user)
        messages.success(request, "Removed from your register.")
        return redirect("interests:register")
    return render(request, "interests/remove.html", {"interest": interest})


@allow("interests.keep_register")
@require_safe
def export(request: SignedInRequest) -> HttpResponse:
    rows = rows_of(request.user.interests.all())
    content = to_xlsx("Register of interests", COLUMNS, rows)
    return download(content, XLSX, "register-of-interests.xlsx")


def rows_of(interests: Iterable[Interest]) -> Iterator[list[Any]]:
    for each in interests:
        yield [
            each.organisation_name,
            each.get_kind_display(),
            each.began_on,
            each.ended_on,
            each.note,
        ]
