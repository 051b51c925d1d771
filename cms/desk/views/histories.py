"""The whole history of a call or a pitch, for reading, printing and proving."""

import json
from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from challenges.calls.models import Call
from challenges.pitches.models import Entry, Pitch
from cms.desk.finders import find_call, find_entry
from cms.desk.history import event_of, words_of
from cms.desk.rendering import call_crumbs, desk_page, paged
from marketplace.access import allow
from marketplace.accounts.requests import SignedInRequest
from marketplace.activity.models import Chain, Record
from marketplace.activity.services import find_break

ROWS = 100


@allow("calls.view_call_at_desk", of=find_call)
def call_history(request: SignedInRequest, call: Call) -> HttpResponse:
    records = Record.objects.filter(chain__key=call.chain)
    return _page(request, records, call.chain, f"History of {call.title}", call_crumbs(call))


@allow("pitches.view_entry_at_desk", of=find_entry)
def pitch_history(request: SignedInRequest, entry: Entry) -> HttpResponse:
    """What happened to a pitch in all of its stages, its panel and its decision included."""
    entries = entry.pitch.entries.values_list("pk", flat=True)
    things = {
        Entry._meta.label_lower: [str(pk) for pk in entries],
        Pitch._meta.label_lower: [str(entry.pitch_id)],
    }
    records = Record.objects.none()
    for kind, ids in things.items():
        records = records | Record.objects.filter(thing_type=kind, thing_id__in=ids)
    crumbs = [
        ("Pitches", reverse("desk:pitches")),
        (str(entry.pitch), reverse("desk:pitch", kwargs={"pk": entry.pk})),
    ]
    return _page(request, records, entry.chain, f"History of {entry.pitch}", crumbs)


def _page(
    request: SignedInRequest, records: Any, chain: str, title: str, crumbs: list[tuple[str, str]]
) -> HttpResponse:
    verbs = sorted(set(records.order_by().values_list("verb", flat=True)))
    kind = request.GET.get("kind", "")
    shown = records.filter(verb=kind) if kind in verbs else records
    shown = shown.select_related("actor", "chain").order_by("-number")
    if request.GET.get("format") == "json":
        return _as_json(shown, chain)
    head = Chain.objects.filter(key=chain).first()
    context = paged(request, shown, ROWS)
    return desk_page(
        request,
        "desk/whole_history.html",
        title=title,
        icon="history",
        crumbs=crumbs,
        rows=[(event_of(record), record) for record in context["page_obj"]],
        kinds=[(verb, words_of(verb)) for verb in verbs],
        kind=kind,
        broken_at=find_break(head) if head else None,
        length=head.length if head else 0,
        **context,
    )


def _as_json(records: Any, chain: str) -> HttpResponse:
    """Every record with its digest and the one before, for an auditor's own check."""
    rows = [
        {
            "number": record.number,
            "at": record.at.isoformat(),
            "actor": record.actor_id,
            "verb": record.verb,
            "thing": f"{record.thing_type}:{record.thing_id}",
            "detail": record.detail,
            "previous": record.previous,
            "digest": record.digest,
        }
        for record in records.order_by("number").iterator()
    ]
    content = json.dumps({"chain": chain, "records": rows}, ensure_ascii=False, indent=1)
    response = HttpResponse(content, content_type="application/json")
    response["Content-Disposition"] = 'attachment; filename="history.json"'
    return response
