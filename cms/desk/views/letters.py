"""The outbox of a stage: every letter as it goes out, to read, write anew, hold back and send."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

import cms.desk.rules  # noqa: F401  # registers what `allow` asks for
from challenges.calls.models import Stage
from challenges.judging.decisions import (
    Letter,
    compose,
    compose_all,
    is_stale,
    kept_letter,
    standard_text,
)
from challenges.judging.doubts import doubts
from challenges.judging.models import Decision, OutgoingLetter
from challenges.judging.services import outbox
from challenges.judging.services.conflicts import names_to_keep_back
from challenges.pitches.models import Entry, EntryState
from cms.desk.finders import find_entry, find_stage_of_letters
from cms.desk.release_forms import HoldForm, LetterForm
from cms.desk.rendering import desk_page, paged, say_refused, stage_crumbs
from marketplace.access import allow
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import Refused

LETTERS = 50


@require_http_methods(["GET", "HEAD", "POST"])
@allow("judging.decide", of=find_stage_of_letters)
def letters(request: SignedInRequest, stage: Stage) -> HttpResponse:
    """Every letter, word for word as it goes out; posted, all that are held are sent."""
    if request.method == "POST":
        return _send_all(request, stage)
    made = (
        Decision.objects.filter(entry__stage=stage)
        .exclude(entry__state=EntryState.WITHDRAWN)
        .select_related(
            "entry__pitch__organisation",
            "entry__stage__call__region",
            "entry__rulebook",
            "entry__reserve_place",
            "letter__held_by",
        )
        .order_by("outcome", "entry__pitch__reference")
    )
    is_held = Q(letter__in=OutgoingLetter.objects.held())
    tally = made.aggregate(letters=Count("pk"), held=Count("pk", filter=is_held))
    context = paged(request, made, LETTERS, count=tally["letters"])
    return desk_page(
        request,
        "desk/letters.html",
        title=f"Letters: {stage.name}",
        icon="mail",
        crumbs=stage_crumbs(stage),
        stage=stage,
        letters=_letters(stage, context["page_obj"]),
        held=tally["held"],
        **context,
    )


def _letters(stage: Stage, page: Any) -> list[tuple[Decision, Letter, list[str]]]:
    """Each with its letter, and what to read again in it."""
    people, page = names_to_keep_back(stage), list(page)
    return [
        (made, letter, doubts(letter.body, people))
        for made, letter in zip(page, compose_all(page), strict=True)
    ]


def _send_all(request: SignedInRequest, stage: Stage) -> HttpResponse:
    sent = 0
    for decision in outbox.held_of(stage.pk):
        try:
            outbox.send_held(decision=decision, actor=request.user)
            sent += 1
        except Refused as refused:
            say_refused(request, refused)
    messages.success(request, f"{sent} letter{'' if sent == 1 else 's'} sent.")
    return redirect("desk:letters", pk=stage.pk)


def find_decided(pk: int) -> Entry:
    """An entry with its decision; raises Entry.DoesNotExist where there is none."""
    entry = find_entry(pk)
    if getattr(entry, "decision", None) is None:
        raise Entry.DoesNotExist
    return entry


@require_http_methods(["GET", "HEAD", "POST"])
@allow("desk.decide_entry", of=find_decided)
def letter(request: SignedInRequest, entry: Entry) -> HttpResponse:
    """One letter: write it anew, go back to the standard text, hold it, let it go, send it."""
    decision = Decision.objects.select_related(
        "entry__pitch__organisation",
        "entry__stage__call__region",
        "entry__rulebook",
        "letter__held_by",
        "letter__edited_by",
    ).get(entry=entry)
    kept = kept_letter(decision)
    now = kept.body if kept and kept.is_edited else standard_text(decision)[1]
    write = LetterForm(request.POST if "write" in request.POST else None, initial={"text": now})
    hold = HoldForm(request.POST if "hold" in request.POST else None)
    if request.method == "POST" and _do(request, decision, write, hold):
        return redirect("desk:letter", pk=entry.pk)
    stage, letter = entry.stage, compose(decision)
    return desk_page(
        request,
        "desk/letter.html",
        title=f"Letter: {entry.pitch}",
        icon="mail",
        crumbs=[
            *stage_crumbs(stage),
            (f"Letters: {stage.name}", reverse("desk:letters", kwargs={"pk": stage.pk})),
        ],
        entry=entry,
        stage=stage,
        decision=decision,
        kept=kept,
        letter=letter,
        added=letter.body.removeprefix(now).strip(),
        doubts=doubts(letter.body, names_to_keep_back(stage)),
        is_stale=is_stale(decision),
        may_change=decision.released_at is None and stage.released_at is None,
        write=write,
        hold=hold,
        status=400 if write.errors or hold.errors else 200,
    )


def _do(request: SignedInRequest, decision: Decision, write: LetterForm, hold: HoldForm) -> bool:
    """What the pressed button says; whether it was done."""
    person = request.user
    try:
        if "write" in request.POST and write.is_valid():
            outbox.write_letter(decision=decision, text=write.cleaned_data["text"], actor=person)
            done = "The letter is kept."
        elif "reset" in request.POST:
            outbox.reset_letter(decision=decision, actor=person)
            done = "The standard text goes out."
        elif "hold" in request.POST and hold.is_valid():
            outbox.hold_letter(decision=decision, reason=hold.cleaned_data["reason"], actor=person)
            done = "Held back. This team hears later than the others."
        elif "free" in request.POST:
            outbox.free_letter(decision=decision, actor=person)
            done = "It goes out with the others."
        elif "send" in request.POST:
            outbox.send_held(decision=decision, actor=person)
            done = "Sent. The team knows its result now."
        else:
            return False
    except Refused as refused:
        say_refused(request, refused)
        return False
    messages.success(request, done)
    return True
