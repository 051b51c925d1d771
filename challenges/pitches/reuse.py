"""Answers worth keeping: what an organisation wrote before, and what its profile says."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from challenges.calls.models import QuestionKind
from challenges.calls.question_types import Spec, type_of
from challenges.calls.similar import similar
from challenges.pitches.content import field_name
from challenges.pitches.forms import NOT_REUSED
from challenges.pitches.models import Answer, Entry
from challenges.pitches.partners import organisations_in
from challenges.pitches.services import save_answers
from challenges.pitches.views import Request, current_entry
from marketplace.access import allow
from marketplace.accounts.models import User
from marketplace.errors import Refused
from startups.models import Level, Organisation
from startups.rules import memberships_of

MOST_COMPARED = 400
MOST_SHOWN = 8


@dataclass(frozen=True)
class Offer:
    """A text that could answer a question: `typed` is as the form takes it."""

    source: str
    typed: Any
    text: str


def own_organisations(entry: Entry, person: User) -> list[Organisation]:
    """The person's organisations that have part; no query for somebody of the lead alone."""
    mine, lead = set(memberships_of(person)), entry.pitch.organisation
    if mine == {lead.pk}:
        return [lead]
    return list(organisations_in(entry).filter(pk__in=mine)) if mine else []


def offers_for(entry: Entry, spec: Spec, person: User) -> list[Offer]:
    """What this person's own organisations in the pitch wrote: what one partner wrote
    elsewhere is no other partner's to read.

    The profiles come first, then earlier answers to like questions, the nearest first.
    """
    own = own_organisations(entry, person)
    profiles = [offer for each in own for offer in _from_profile(each, spec)]
    earlier = _earlier(entry, own).filter(question__kind=spec["kind"])[:MOST_COMPARED]
    return [*profiles, *_from_pitches(spec, list(earlier))]


def reusable_fields(entry: Entry, person: User) -> set[str]:
    """Names of the fields that have something to offer; as many queries for any number."""
    own = own_organisations(entry, person)
    if not own:
        return set()
    earlier = list(_earlier(entry, own)[: 2 * MOST_COMPARED])
    found = set()
    for spec in entry.specs:
        if spec["kind"] in NOT_REUSED:
            continue
        alike = [each for each in earlier if each.question.kind == spec["kind"]]
        if any(_from_profile(each, spec) for each in own) or _from_pitches(spec, alike):
            found.add(field_name(spec))
    return found


def _earlier(entry: Entry, own: Iterable[Organisation]) -> QuerySet[Answer]:
    """What these organisations answered in other pitches, the latest first."""
    return (
        Answer.objects.filter(entry__pitch__organisation__in=own)
        .exclude(entry=entry)
        .select_related("question", "entry__pitch", "entry__stage__call")
        .order_by("-saved_at")
    )


def _from_pitches(spec: Spec, earlier: list[Answer]) -> list[Offer]:
    kind = type_of(spec)
    told = [each for each in earlier if kind.typed_text(kind.as_typed(each.value)).strip()]
    labels = [each.question.label for each in told]
    places = similar(spec["label"], labels, most=MOST_SHOWN)
    return [
        Offer(
            source=f"“{told[n].question.label}”, {told[n].entry.stage.call}",
            typed=kind.as_typed(told[n].value),
            text=kind.typed_text(kind.as_typed(told[n].value)),
        )
        for n in places
    ]


def _from_profile(organisation: Organisation, spec: Spec) -> list[Offer]:
    """What the profile says that fits the kind; it says that it came from there."""
    source = f"The profile of {organisation}"
    if spec["kind"] == QuestionKind.LINK and organisation.website:
        return [Offer(source, organisation.website, organisation.website)]
    if spec["kind"] == QuestionKind.LONG_TEXT and organisation.description:
        return [Offer(source, organisation.description, organisation.description)]
    if spec["kind"] == QuestionKind.CAPABILITIES:
        return _from_claims(organisation, spec, source)
    return []


def _from_claims(organisation: Organisation, spec: Spec, source: str) -> list[Offer]:
    claims = {
        claim.capability.code: claim for claim in organisation.claims.select_related("capability")
    }
    rows = [
        [
            want["name"],
            Level(claims[want["code"]].level).label if want["code"] in claims else "",
            claims[want["code"]].evidence[:500] if want["code"] in claims else "",
        ]
        for want in spec.get("wanted", [])
    ]
    if not any(row[1] for row in rows):
        return []
    return [Offer(source, rows, type_of(spec).typed_text(rows))]


def find_question(reference: str, name: str) -> Entry:
    """The entry, with the question that a text is wanted for as `asked`."""
    entry = current_entry(reference)
    spec = next((spec for spec in entry.specs if field_name(spec) == name), None)
    if spec is None or spec["kind"] in NOT_REUSED:
        raise Entry.DoesNotExist
    entry.asked = spec  # type: ignore[attr-defined]
    return entry


@require_http_methods(["GET", "HEAD", "POST"])
@allow("pitches.write_entry", of=find_question)
def reuse(request: Request, entry: Entry) -> HttpResponse:
    """Choose an earlier text; it becomes a new version, and what stood stays in the history."""
    spec: Spec = entry.asked  # type: ignore[attr-defined]
    offers = offers_for(entry, spec, request.user)
    if request.method == "POST":
        place = request.POST.get("offer", "")
        if place.isdecimal() and int(place[:4]) < len(offers):
            return _use(request, entry, spec, offers[int(place[:4])])
    context = {"entry": entry, "label": spec["label"], "offers": offers}
    return render(request, "pitches/reuse.html", context)


def _use(request: Request, entry: Entry, spec: Spec, offer: Offer) -> HttpResponse:
    try:
        save_answers(
            entry=entry,
            answers={spec["id"]: offer.typed},
            version=entry.version,
            actor=request.user,
            as_new_version=True,
        )
        messages.success(request, "The earlier text is in. Read it again: it was for another call.")
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("pitches:write", reference=entry.pitch.reference)
