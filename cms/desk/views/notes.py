"""Notes on a call or a pitch, saved views of the list, the region's tags."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from challenges.calls.models import Call
from challenges.pitches.models import Entry
from cms.desk import services
from cms.desk.bulk_forms import ViewForm
from cms.desk.finders import find_call, find_entry, officer_regions
from cms.desk.models import SavedView, Tag
from cms.desk.rendering import desk_page, say_refused
from cms.desk.walking import back_from
from marketplace.access import allow
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import Refused
from marketplace.regions.models import Region


@allow("calls.view_call_at_desk", of=find_call)
def note_on_call(request: SignedInRequest, call: Call) -> HttpResponse:
    if request.method == "POST":
        _note(request, call=call)
    return redirect(f"{reverse('desk:call', kwargs={'pk': call.pk})}#notes")


@allow("pitches.view_entry_at_desk", of=find_entry)
def note_on_pitch(request: SignedInRequest, entry: Entry) -> HttpResponse:
    if request.method == "POST":
        _note(request, call=entry.stage.call, pitch=entry.pitch)
    page = reverse("desk:pitch", kwargs={"pk": entry.pk})
    return redirect(f"{back_from(request, page)}#notes")


def _note(request: SignedInRequest, **thing: object) -> None:
    try:
        note = services.add_note(text=request.POST.get("text", ""), actor=request.user, **thing)  # type: ignore[arg-type]
    except Refused as refused:
        say_refused(request, refused)
    else:
        told = ", ".join(str(person) for person in note.mentions.all())
        messages.success(
            request, f"Noted. {told} {'is' if told else ''} told." if told else "Noted."
        )


@allow("accounts.work_at_desk")
def save_view(request: SignedInRequest) -> HttpResponse:
    """Keep the list as it is filtered, or forget a view."""
    query = request.POST.get("query", "")[:1000]
    if "remove" in request.POST:
        gone = request.POST.get("remove", "")
        if gone.isdecimal():
            SavedView.objects.filter(pk=int(gone[:18]), owner=request.user).delete()
            messages.success(request, "The view is gone; the pitches are as they were.")
        return redirect("desk:pitches")
    form = ViewForm(request.POST)
    if request.method == "POST" and form.is_valid():
        regions = officer_regions(request.user)
        region = (
            Region.objects.filter(pk__in=regions).first() if form.cleaned_data["shared"] else None
        )
        services.save_view(
            actor=request.user, name=form.cleaned_data["name"], query=query, region=region
        )
        messages.success(request, "The view is saved.")
    elif request.method == "POST":
        for sentence in form.errors.get("name", ["Name the view."]):
            messages.error(request, str(sentence))
    return redirect(reverse("desk:pitches") + (f"?{query}" if query else ""))


def find_tag(pk: int) -> Tag:
    return Tag.objects.select_related("region").get(pk=pk)


@allow("accounts.work_at_desk")
def tags(request: SignedInRequest) -> HttpResponse:
    """The region's tags: how often each is used; rename (into another one: they merge), remove."""
    from django.db.models import Count

    rows = Tag.objects.filter(region__in=officer_regions(request.user)).annotate(
        used=Count("pitches")
    )
    return desk_page(
        request,
        "desk/tags.html",
        title="Tags",
        icon="tag",
        crumbs=[("Pitches", reverse("desk:pitches"))],
        tags=rows,
    )


@allow("desk.keep_tag", of=find_tag)
def change_tag(request: SignedInRequest, tag: Tag) -> HttpResponse:
    if request.method == "POST":
        try:
            messages.success(request, _changed_tag(request, tag))
        except Refused as refused:
            say_refused(request, refused)
    return redirect("desk:tags")


def _changed_tag(request: SignedInRequest, tag: Tag) -> str:
    """Do what the pressed button says; what to tell the person then."""
    if "remove" in request.POST:
        services.remove_tag(tag=tag, actor=request.user)
        return f"“{tag.name}” is off every pitch."
    kept = services.rename_tag(tag=tag, name=request.POST.get("name", ""), actor=request.user)
    return "The tag is renamed." if kept.pk == tag.pk else f"“{tag.name}” went into “{kept.name}”."
