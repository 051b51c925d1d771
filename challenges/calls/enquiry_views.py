"""Asking about a call, or of the region, and reading what was answered."""

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from challenges.calls import enquiries
from challenges.calls import rules as _rules  # noqa: F401  (registers the rules)
from challenges.calls.models import Call, CallState, Enquiry, EnquiryTopic
from challenges.calls.similar import similar
from marketplace.access import allow, public, sign_in_to, signed_in, to_sign_in
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import Refused
from marketplace.forms import GovukForm
from marketplace.regions.models import Region

PER_PAGE = 20
LONGEST = 2000
MOST_COMPARED = 300
PUBLISHED = (CallState.APPROVED, CallState.CANCELLED)


class AskForm(GovukForm):
    text = forms.CharField(
        label="Your question",
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Everyone reads the answer, and nobody learns who asked. Leave out what is "
        "confidential.",
        error_messages={"required": "Type your question"},
    )


class AskRegionForm(GovukForm):
    """Where several regions share the site, it asks which is meant; one is asked by itself."""

    region = forms.ModelChoiceField(
        Region.objects.order_by("name"),
        label="Which region do you ask?",
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={
            "required": "Choose the region that you ask",
            "invalid_choice": "Choose one of these regions",
        },
    )
    topic = forms.ChoiceField(
        label="What is it about?",
        choices=EnquiryTopic.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what it is about"},
    )
    text = forms.CharField(
        label="Your question",
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="Only you and our officers read it and its answer.",
        error_messages={"required": "Type your question"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        regions = list(Region.objects.order_by("name")[:2])
        self.only_region = regions[0] if len(regions) == 1 else None
        if self.only_region:
            del self.fields["region"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        return {"region": self.only_region, **data}


def find_call(reference: str) -> Call:
    """A published call.

    Raises:
        Http404: there is none.
    """
    call = (
        Call.objects.filter(reference=reference, state__in=PUBLISHED)
        .prefetch_related("stages")
        .first()
    )
    if call is None:
        raise Http404
    return call


@sign_in_to("ask a question")
@require_http_methods(["GET", "HEAD", "POST"])
@public
def questions(request: HttpRequest, reference: str) -> HttpResponse:
    """Every answered question of a call; whoever is signed in may ask one more."""
    call = find_call(reference)
    if request.method == "POST" and not request.user.is_authenticated:
        return to_sign_in(request)
    stage = next((each for each in call.stages.all() if each.takes_enquiries()), None)
    may_ask = request.user.is_authenticated and stage is not None
    form = AskForm(request.POST if request.method == "POST" else None)
    near: list[Enquiry] = []
    if form.is_bound and not may_ask:
        # Typed in time and sent too late: said beside the text, which stays.
        form.add_error(None, "The time for questions about this call is over.")
    elif form.is_valid():
        near = [] if "anyway" in request.POST else _similar(call, form.cleaned_data["text"])
        if not near:
            try:
                asked = enquiries.ask(
                    call=call,
                    text=form.cleaned_data["text"],
                    actor=request.user,  # type: ignore[arg-type]
                )
                return redirect("calls:enquiry", pk=asked.pk)
            except Refused as refused:
                form.add_error(None, str(refused))
    page = Paginator(call.enquiries.published(), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "call": call,
        "page": page,
        "form": form,
        "near": near,
        "may_ask": may_ask,
        "until": stage.enquiries_close_at if stage else None,
    }
    status = 400 if form.errors else 200
    return render(request, "calls/questions.html", context, status=status)


@require_safe
@public
def similar_questions(request: HttpRequest, reference: str) -> JsonResponse:
    """Answered questions like the one that is being typed, for a script to show."""
    near = _similar(find_call(reference), request.GET.get("text", "")[:LONGEST])
    found = [{"question": each.question, "answer": each.answer} for each in near]
    return JsonResponse({"similar": found})


def _similar(call: Call, text: str) -> list[Enquiry]:
    known = list(call.enquiries.published()[:MOST_COMPARED])
    return [known[place] for place in similar(text, [each.question for each in known])]


def find_enquiry(pk: int) -> Enquiry:
    return Enquiry.objects.select_related("call", "region").get(pk=pk)


@require_safe
@allow("calls.follow_enquiry", of=find_enquiry)
def enquiry(request: SignedInRequest, enquiry: Enquiry) -> HttpResponse:
    """One’s own question: when it is answered, and the answer."""
    return render(request, "calls/enquiry.html", {"enquiry": enquiry})


@sign_in_to("ask us a question")
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def ask_region(request: SignedInRequest) -> HttpResponse:
    """The region’s one address for any question."""
    form = AskRegionForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            asked = enquiries.ask_region(actor=request.user, **form.cleaned_data)
            return redirect("calls:enquiry", pk=asked.pk)
        except Refused as refused:
            form.add_error(None, str(refused))
    own = Enquiry.objects.filter(asked_by=request.user).order_by("-asked_at")[:PER_PAGE]
    context = {"form": form, "own": own, "region": form.only_region}
    return render(request, "calls/ask_region.html", context, status=400 if form.errors else 200)


@require_safe
@public
def to_page(request: HttpRequest, reference: str) -> HttpResponse:
    """From a call’s reference to its page. Pages live on the top floor; the row knows its own."""
    page = getattr(find_call(reference), "page", None)
    if page is None or not page.live:
        raise Http404
    return redirect(page.get_url(request))
