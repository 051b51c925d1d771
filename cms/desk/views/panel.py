"""The panel of a stage: who is on it, how far they are, and who reads what."""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone

from challenges.calls.models import Stage
from challenges.judging import services
from challenges.judging.leaks import leaks_by_entry
from challenges.judging.models import MemberState, Panel, PanelMember
from challenges.judging.oddities import FAR, SHORT, look_for_oddities
from challenges.judging.table import table_of
from challenges.pitches.first_reading import note_reading
from cms.desk.distribution import distribution
from cms.desk.finders import find_member, find_stage, find_stage_to_decide
from cms.desk.forms import LONG, InviteForm, ReasonForm, RemoveMemberForm, ReviewsForm
from cms.desk.queries import entries_with_reviews, members_with_progress
from cms.desk.rendering import desk_page, paged, say_refused, stage_crumbs
from marketplace.access import allow
from marketplace.accounts.requests import SignedInRequest
from marketplace.activity.services import refusals_of
from marketplace.errors import Refused

ROWS = 50
SHOWN = 50
"""Reviews of each kind on the page of checks."""


@allow("judging.run_panel", of=find_stage)
def panel(request: SignedInRequest, stage: Stage) -> HttpResponse:
    form = InviteForm(request.POST or None)
    if form.is_valid():
        try:
            member = services.invite_to_panel(stage=stage, actor=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error("email", str(refused))
        else:
            messages.success(request, f"Invited {member.name}. The link is on its way by mail.")
            return _to_panel(stage)
    return _panel_page(request, stage, form=form)


def _panel_page(
    request: SignedInRequest, stage: Stage, **forms: InviteForm | ReviewsForm
) -> HttpResponse:
    own = getattr(stage, "panel", None) or Panel()
    wanted = own.reviews_per_pitch
    members = list(members_with_progress(stage).order_by("name", "pk"))
    refusals = refusals_of(member.email for member in members)
    is_late = stage.scores_due_at <= timezone.now() and stage.released_at is None
    for member in members:
        member.outstanding = member.given - member.handed_in
        member.refusal = refusals.get(member.email.lower(), "")
        member.is_late = is_late and member.state == MemberState.ACCEPTED and member.outstanding > 0
    entries = entries_with_reviews(stage.entries.in_competition()).order_by(
        "reviews", "pitch__reference"
    )
    context = {
        "form": InviteForm(),
        "reviews_form": ReviewsForm(initial={"reviews": wanted, "most": own.most_per_judge}),
    }
    context.update(forms)
    return desk_page(
        request,
        "desk/panel.html",
        title=f"Panel: {stage.name}",
        icon="group",
        crumbs=stage_crumbs(stage),
        stage=stage,
        wanted=wanted,
        members=members,
        outstanding=sum(member.outstanding for member in members),
        can_remind=stage.released_at is None and stage.closes_at <= timezone.now(),
        ready=sum(
            m.state == MemberState.ACCEPTED
            and m.declared_at is not None
            and m.scores
            and not m.is_switched_off
            for m in members
        ),
        status=400 if any(form.errors for form in forms.values()) else 200,
        **context,
        **paged(request, entries, ROWS),
    )


@allow("judging.run_panel", of=find_stage)
def set_reviews(request: SignedInRequest, stage: Stage) -> HttpResponse:
    if request.method != "POST":
        return _to_panel(stage)
    form = ReviewsForm(request.POST)
    if form.is_valid():
        try:
            services.set_reviews_per_pitch(
                stage=stage,
                reviews=form.cleaned_data["reviews"],
                most_per_judge=form.cleaned_data["most"],
                actor=request.user,
            )
        except Refused as refused:
            say_refused(request, refused)
        else:
            messages.success(request, "The numbers are saved.")
        return _to_panel(stage)
    return _panel_page(request, stage, reviews_form=form)


@allow("judging.run_panel", of=find_stage)
def remind(request: SignedInRequest, stage: Stage) -> HttpResponse:
    """Write to everyone who has pitches to score, or to the one judge who is named."""
    if request.method == "POST":
        chosen = request.POST.get("member", "")
        member = stage_member(stage, chosen) if chosen else None
        try:
            told = services.remind_judges(stage=stage, actor=request.user, member=member)
        except Refused as refused:
            say_refused(request, refused)
        else:
            judges = "1 judge" if told == 1 else f"{told} judges"
            messages.success(
                request,
                f"Reminded {judges}." if told else "Nobody was reminded: each is, once a day.",
            )
    return _to_panel(stage)


def stage_member(stage: Stage, pk: str) -> PanelMember:
    """A member of this stage's panel by the id in a form, or 404."""
    if not pk.isascii() or not pk.isdecimal() or len(pk) > 18:
        raise Http404
    return get_object_or_404(PanelMember, pk=int(pk), panel__stage=stage)


@allow("judging.run_panel", of=find_stage_to_decide)
def checks(request: SignedInRequest, stage: Stage) -> HttpResponse:
    """Reviews to look at before deciding: far from the others, or with hardly a word."""
    note_reading(stage, request.user)
    return desk_page(
        request,
        "desk/checks.html",
        title=f"Reviews to look at: {stage.name}",
        icon="warning",
        crumbs=stage_crumbs(stage),
        stage=stage,
        found=look_for_oddities(stage, SHOWN),
        spread=distribution(stage, table_of(stage)),
        leaks=leaks_by_entry(stage)[:SHOWN] if stage.hides_names else [],
        form=ReasonForm(),
        far=FAR,
        short=SHORT,
    )


@allow("judging.run_panel", of=find_stage)
def unblind(request: SignedInRequest, stage: Stage) -> HttpResponse:
    """Tell the judges of a blind stage who applied."""
    if request.method == "POST":
        reason = request.POST.get("reason", "")[:LONG]
        try:
            services.unblind(stage=stage, reason=reason, actor=request.user)
        except Refused as refused:
            say_refused(request, refused)
        else:
            messages.success(request, "The judges see who applied. It is on record.")
    return redirect("desk:checks", pk=stage.pk)


@allow("judging.run_panel", of=find_member)
def resend(request: SignedInRequest, member: PanelMember) -> HttpResponse:
    if request.method == "POST":
        try:
            services.resend_invitation(member=member, actor=request.user)
        except Refused as refused:
            say_refused(request, refused)
        else:
            messages.success(request, f"Sent {member.name} a new link. The old one stops working.")
    return _to_panel(member.panel.stage)


@allow("judging.run_panel", of=find_member)
def remove(request: SignedInRequest, member: PanelMember) -> HttpResponse:
    stage = member.panel.stage
    form = RemoveMemberForm(request.POST or None)
    form.fields["reason"].label = "Why do they leave the panel?"
    form.fields["reason"].help_text = "They read it, in the mail that tells them."
    if form.is_valid():
        try:
            services.remove_member(member=member, actor=request.user, **form.cleaned_data)
        except Refused as refused:
            say_refused(request, refused)
        else:
            messages.success(request, f"{member.name} is off the panel. You can share out again.")
            return _to_panel(stage)
    back = reverse("desk:panel", kwargs={"pk": stage.pk})
    return desk_page(
        request,
        "desk/form.html",
        title=f"Remove {member.name} from the panel?",
        icon="bin",
        crumbs=[*stage_crumbs(stage), (f"Panel: {stage.name}", back)],
        form=form,
        sentence="Reviews that they have not handed in go back to be shared out.",
        button="Remove from the panel",
        back=back,
        status=400 if form.errors else 200,
    )


def _to_panel(stage: Stage) -> HttpResponseRedirect:
    return redirect("desk:panel", pk=stage.pk)
