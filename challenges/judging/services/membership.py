"""Who is on a panel: invite, accept, declare interests. How they leave is in `leaving`."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from challenges.calls.models import CallState, Stage
from challenges.calls.owning import working_owner
from challenges.judging.locks import hold_member, hold_stage, require
from challenges.judging.models import (
    Conflict,
    MemberRole,
    MemberState,
    Panel,
    PanelMember,
)
from challenges.judging.services.conflicts import note_ties
from challenges.judging.services.recusing import recuse
from challenges.judging.workflow import MEMBER
from challenges.people.models import Expert
from challenges.pitches.models import Entry
from challenges.pitches.parts import with_part
from marketplace.accounts.models import Role, User
from marketplace.accounts.services import grant_role
from marketplace.activity.mail_limits import Mail
from marketplace.activity.services import notify_address, record
from marketplace.activity.site import on_site
from marketplace.activity.sweeping import take_turns
from marketplace.errors import Refused, TooLate, WrongState
from marketplace.times import moment, on_moment
from marketplace.tokens import new_token, token_digest
from startups.models import Capability

INVITATION_LASTS = timedelta(days=14)
REMINDED_AFTER = timedelta(days=5)
"""How long an invitation may stay without an answer."""

RELEASED = "The decisions of this stage are released, so nobody can join its panel any more."
ON_THE_TEAM = "Is on the team of the organisation."


@transaction.atomic
def invite_to_panel(
    *,
    stage: Stage,
    email: str,
    name: str,
    actor: User,
    role: str = MemberRole.JUDGE,
    expertise: Iterable[Capability] = (),
) -> PanelMember:
    """Invite somebody to judge a stage; the link goes by mail and lasts 14 days, or until the
    panel closes if that is sooner.

    Args:
        expertise: what they know well: pitches that need it go to them first.

    Raises:
        NotAllowed: not an officer of the call.
        Refused: they are on the panel already, or a judge could score nothing any more.
        WrongState: the call was cancelled. TooLate: the decisions are released.
    """
    stage = hold_stage(stage.pk)
    require("judging.run_panel", actor, stage)
    if stage.call.state == CallState.CANCELLED:
        raise WrongState("This call was cancelled, so nobody can be invited to judge it.")
    if stage.released_at is not None:
        raise TooLate(RELEASED)
    if role == MemberRole.JUDGE and stage.scores_due_at <= timezone.now():
        raise Refused(
            f"The panel closed {on_moment(stage.scores_due_at)}, so a new judge could score "
            "nothing. A chair or an observer can still be invited to its meeting."
        )
    panel, _ = Panel.objects.get_or_create(stage=stage)
    member = panel.members.filter(email__iexact=email).first()
    if member is None:
        member = PanelMember(panel=panel, email=email.lower())
    elif member.state == MemberState.ACCEPTED:
        raise Refused(f"{member.name} is on this panel already.")
    elif member.state != MemberState.INVITED:
        MEMBER.apply("invite-again", member, actor)
    member.panel, member.name, member.role = panel, name, role
    sent = _send_invitation(member, stage, actor)
    sent.expertise.set(expertise)
    return sent


@transaction.atomic
def invite_from_directory(*, stage: Stage, expert: Expert, role: str, actor: User) -> PanelMember:
    """Invite somebody of the directory, with what the directory says of them.

    Raises:
        as `invite_to_panel`; Refused: they have left the directory, or are of another region.
    """
    if expert.left_at is not None or expert.region_id != stage.call.region_id:
        raise Refused(f"{expert.name} is not in this region’s directory.")
    member = invite_to_panel(
        stage=stage,
        email=expert.email,
        name=expert.name,
        role=role,
        expertise=expert.expertise.all(),
        actor=actor,
    )
    member.most_pitches = expert.most_pitches
    member.away_from, member.away_until = expert.away_from, expert.away_until
    member.save(update_fields=["most_pitches", "away_from", "away_until"])
    return member


@transaction.atomic
def resend_invitation(*, member: PanelMember, actor: User) -> PanelMember:
    """Send a new link, as in an invitation; the one sent before stops working.

    Raises:
        NotAllowed: not an officer of the call.
        WrongState: the invitation was answered.
    """
    member = hold_member(member)
    require("judging.run_panel", actor, member)
    if member.state != MemberState.INVITED:
        raise WrongState(f"{member.name} has answered this invitation.")
    return _send_invitation(member, member.panel.stage, actor)


def remind_of_invitations(now: datetime | None = None) -> int:
    """Write once more to those who have not answered for days, with a new link; how many."""
    now = now or timezone.now()
    waiting = PanelMember.objects.filter(
        state=MemberState.INVITED,
        reminded_at=None,
        invited_at__lte=now - REMINDED_AFTER,
        expires_at__gt=now,
        panel__stage__released_at=None,
        panel__stage__scores_due_at__gt=now,
    )
    return take_turns("invitations", waiting, lambda member: _remind(member, now))


@transaction.atomic
def _remind(member: PanelMember, now: datetime) -> bool:
    member = hold_member(member)
    if member.state != MemberState.INVITED or member.reminded_at is not None:
        return False
    member.reminded_at = now
    _send_link(
        member,
        subject="Still waiting for your answer",
        why="You were invited to judge and have not answered yet. This is about",
        last="The link that you were sent before works no longer.\n",
    )
    chain = member.panel.stage.call.chain
    record("judging.invitation_reminded", member, chain=chain)
    return True


def _send_invitation(member: PanelMember, stage: Stage, actor: User) -> PanelMember:
    member.invited_at, member.reminded_at = timezone.now(), None
    why = f"{actor} invites you to judge"
    _send_link(member, subject="Invitation to judge", why=why, sender=actor)
    record("judging.invited", member, chain=stage.call.chain, actor=actor, role=member.role)
    return member


def _send_link(
    member: PanelMember, *, subject: str, why: str, last: str = "", sender: User | None = None
) -> None:
    """Only a digest of the link is kept, so each mail makes a new one.

    Args:
        sender: who hears if it can't arrive; the call's owner where the clock sends it.
    """
    stage = member.panel.stage
    token, member.token_digest = new_token()
    no = reverse("judging:decline", kwargs={"token": token})
    member.expires_at = _answer_by(stage)
    member.save()
    notify_address(
        member.email,
        kind=Mail.PANEL if sender else Mail.FOLLOW_UP,
        subject=f"{subject}: {_short(stage.call.title)}",
        body=(
            f"{why} “{stage.name}” of “{stage.call.title}”.\n\n"
            f"Scoring is from {moment(stage.closes_at)} to {moment(stage.scores_due_at)}.\n{last}"
            f"If you can’t, say so here; you need no account:\n{on_site(no)}\n\n"
            f"Open this page by {moment(member.expires_at)} to accept or decline:"
        ),
        path=reverse("judging:invitation", kwargs={"token": token}),
        sender=sender or working_owner(stage.call),
        source=f"region:{stage.call.region_id}",
        name=stage.call.region.name,
    )


def _answer_by(stage: Stage) -> datetime:
    """Not after the panel has closed; who is asked to its meeting after that has the usual time."""
    now = timezone.now()
    usual = now + INVITATION_LASTS
    return min(usual, stage.scores_due_at) if stage.scores_due_at > now else usual


def _short(title: str) -> str:
    """A call's title that fits into a subject line with the words around it."""
    return title if len(title) <= 150 else f"{title[:149].rstrip()}…"


def find_invitation(token: str) -> PanelMember:
    """The invitation that a link's token opens.

    Raises:
        PanelMember.DoesNotExist: no invitation has this token.
    """
    return PanelMember.objects.select_related("panel__stage__call__region").get(
        token_digest=token_digest(token)
    )


def why_not_answered(member: PanelMember) -> str:
    """Why an invitation can't be answered any more, as a sentence; empty while it can."""
    if not member.is_expired:
        return ""
    return (
        f"This invitation ran out {on_moment(member.expires_at)}. "
        "Ask the officer who sent it for a new one."
    )


@transaction.atomic
def accept_invitation(*, member: PanelMember, actor: User) -> PanelMember:
    """Join the panel; from now on this person needs a second factor.

    Raises:
        TooLate: the invitation has expired, or the decisions are released.
        NotAllowed: it was sent to another address.
        Refused: this person is on the panel already, under another address.
    """
    member = hold_member(member)
    if refusal := why_not_answered(member):
        raise TooLate(refusal)
    if member.stage.released_at is not None:
        raise TooLate(RELEASED)
    MEMBER.apply("accept", member, actor)
    if member.panel.members.filter(user=actor, state=MemberState.ACCEPTED).exists():
        raise Refused("You are on this panel already, under another e-mail address.")
    member.user, member.responded_at = actor, timezone.now()
    member.save()
    call = member.panel.stage.call
    grant_role(user=actor, region=call.region, role=Role.JUDGE, actor=actor)
    record("judging.accepted", member, chain=call.chain, actor=actor)
    return member


@transaction.atomic
def set_availability(
    *,
    member: PanelMember,
    most_pitches: int | None,
    away_from: date | None,
    away_until: date | None,
    actor: User,
) -> PanelMember:
    """Say how many pitches one can read at most, and from when to when one is away.

    What is given out already stays.

    Raises:
        NotAllowed: not the judge themselves. TooLate: the decisions are released.
        Refused: one day without the other, the last before the first, or a limit under 1.
    """
    member = hold_member(member)
    require("judging.calibrate", actor, member)
    if member.panel.stage.released_at is not None:
        raise TooLate("The decisions of this stage are released.")
    if most_pitches is not None and most_pitches < 1:
        raise Refused("Give at least 1 pitch, or no limit.")
    if (away_from is None) != (away_until is None):
        raise Refused("Give both the first and the last day, or neither.")
    if away_from and away_until and away_until < away_from:
        raise Refused("The last day is before the first.")
    member.most_pitches, member.away_from, member.away_until = most_pitches, away_from, away_until
    member.save(update_fields=["most_pitches", "away_from", "away_until"])
    record("judging.availability_set", member, chain=member.stage.call.chain, actor=actor)
    return member


@transaction.atomic
def declare_interests(
    *, member: PanelMember, conflicts: Mapping[int, str], actor: User
) -> PanelMember:
    """Say in which entries a judge has an interest (entry id → what it is), or that in none.

    Reviews of entries with an interest are taken away at once; the trace of them stays.
    An interest declared once is not taken back here: an officer or the chair decides what it
    amounts to. To be on an applicant's team is an interest that needs no saying.

    Raises:
        NotAllowed: not the judge themselves.
        Refused: an interest without words, or an entry that is not in this stage.
    """
    member = hold_member(member)
    require("judging.declare_interests", actor, member)
    entries = Entry.objects.filter(stage=member.panel.stage).select_related("pitch")
    own = entries.filter(with_part(actor, "pitch__"))
    interests = {
        **dict.fromkeys(own.values_list("pk", flat=True), ON_THE_TEAM),
        **conflicts,
    }
    found = list(entries.filter(pk__in=interests))
    if len(found) != len(interests):
        raise Refused("One of these pitches isn’t in this stage. Load the page again.")
    for entry in found:
        _declare(member, entry, interests[entry.pk], actor)
    member.declared_at = timezone.now()
    member.save(update_fields=["declared_at"])
    note_ties(member.panel.stage, actor, of=actor)
    record(
        "judging.declared",
        member,
        chain=member.panel.stage.call.chain,
        actor=actor,
        entries=sorted(interests),
    )
    return member


def _declare(member: PanelMember, entry: Entry, nature: str, actor: User) -> None:
    if not nature.strip():
        raise Refused("Say what your interest is, for each applicant that you ticked.")
    Conflict.objects.update_or_create(
        member=member,
        entry=entry,
        defaults={
            "nature": nature,
            "was_found": False,
            "declared_at": timezone.now(),
            "decision": "",
            "decided_at": None,
        },
    )
    recuse(member, member.assignments.filter(entry=entry), actor)
