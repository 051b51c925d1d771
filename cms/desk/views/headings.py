"""What people know a public page by: proposed here, signed by a second officer."""

from typing import Any

from django.contrib import messages
from django.forms import CharField, ModelForm, Textarea
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from challenges.calls.models import Call
from challenges.calls.sign_offs import propose, waiting_of
from cms.desk.finders import find_call
from cms.desk.forms import LONG
from cms.desk.rendering import call_crumbs, desk_page, say_refused
from cms.headings import MATTER, public_page
from cms.keeping import HEADING
from cms.models import CallPage
from marketplace.access import allow
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import Refused
from marketplace.forms import CleanTextForm


class HeadingForm(CleanTextForm, ModelForm):
    reason = CharField(
        label="Why is it changed?",
        help_text="The second officer and auditors read it.",
        widget=Textarea(attrs={"rows": 3}),
        max_length=LONG,
    )

    class Meta:
        model = CallPage
        fields = HEADING

    def _post_clean(self) -> None:
        """The page is not changed here, so it is not asked whether it may be."""


@allow("pages.change_heading", of=find_call)
def heading(request: SignedInRequest, call: Call) -> HttpResponse:
    if waiting := waiting_of(MATTER, call):
        return redirect("desk:sign_off", pk=waiting.pk)
    try:
        page = public_page(call)
    except Refused as refused:
        raise Http404 from refused
    form = HeadingForm(request.POST or None, initial={n: getattr(page, n) for n in HEADING})
    if form.is_valid():
        try:
            return _propose(request, call, form.cleaned_data)
        except Refused as refused:
            say_refused(request, refused)
    return desk_page(
        request,
        "desk/form.html",
        title="Change the title or address of the page",
        icon="edit",
        crumbs=call_crumbs(call),
        form=form,
        sentence=(
            "People know the page by these, and two officers approved them. Another officer signs "
            "a change; then it is public at once."
        ),
        button="Ask a second officer to sign",
        back=reverse("desk:call", kwargs={"pk": call.pk}),
        status=400 if form.errors else 200,
    )


def _propose(request: SignedInRequest, call: Call, data: dict[str, Any]) -> HttpResponse:
    content = {name: data[name] for name in HEADING}
    reason = data["reason"]
    made = propose(matter=MATTER, thing=call, reason=reason, actor=request.user, content=content)
    messages.success(request, "Proposed. Nothing has happened yet: another officer signs.")
    return redirect("desk:sign_off", pk=made.pk)
