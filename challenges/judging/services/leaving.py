"""How somebody leaves a panel, or doesn't join it: decline, step down, be removed."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from challenges.calls.models import Stage
from challenges.judging.locks import hold_member, hold_stage
from challenges.judging.models import (
    Assignment,
    AssignmentState,
    MemberRole,
    MemberState,
    PanelMember,
)
from challenges.judging.services.conflicts import officers_of
from challenges.judging.services.membership import find_invitation, why_not_answered
from challenges.judging.services.recusing import take_back
from challenges.judging.workflow import MEMBER
from challenges.pitches.models import IN_COMPETITION
from marketplace.accounts.models import Role, User
from marketplace.accounts.services import revoke_role
from marketplace.activity.mail_limits import Mail
from marketplace.activity.services import notify, notify_address, record
from marketplace.errors import Refused, TooLate
from marketplace.tokens import token_digest


@dataclass(frozen=True)
class LinkHolder:
    """Whoever holds the link of an invitation speaks for the address that it was mailed to."""

    email: str


@dataclass(frozen=True)
class Share:
    """What a judge has of the pitches in competition: reviews `handed_in` and `unfinished`."""

    handed_in: int
    unfinished: int


@transaction.atomic
def decline_invitation(*, member: PanelMember, actor: User, reason: str = "") -> PanelMember:
    """Say no, signed in; the officers are told, with the reason if there is one.

    Raises:
        NotAllowed: it was sent to another address. WrongState: it is answered.
    """
    member = hold_member(member)
    MEMBER.apply("decline", member, actor)
    return _declined(member, actor, reason)


@transaction.atomic
def decline_by_link(*, token: str, reason: str = "") -> PanelMember:
    """Say no with the link from the mail alone: who will not judge needs no account.

    Raises:
        PanelMember.DoesNotExist: no invitation has this link (now).
        TooLate: it has run out. WrongState: it is answered.
    """
    member = hold_member(find_invitation(token))
    if member.token_digest != token_digest(token):  # sent anew meanwhile
        raise PanelMember.DoesNotExist
    if refusal := why_not_answered(member):
        raise TooLate(refusal)
    MEMBER.apply("decline", member, LinkHolder(member.email))
    return _declined(member, None, reason)


def _declined(member: PanelMember, actor: User | None, reason: str) -> PanelMember:
    member.responded_at = timezone.now()
    member.save()
    stage = member.panel.stage
    record("judging.declined", member, chain=stage.call.chain, actor=actor)
    _tell_officers(
        stage,
        subject=f"{member.name} can’t judge",
        body=f"{member.name} declined to judge “{stage.name}” of “{stage.call.title}”."
        + _said(reason)
        + "\n\nInvite somebody else if you need them.",
    )
    return member


@transaction.atomic
def step_down(*, member: PanelMember, actor: User, reason: str = "") -> PanelMember:
    """Leave a panel that one has joined. Unfinished reviews are given back to be shared out
    again; what was handed in stands, unless an officer leaves it out. All concerned are told.

    Raises:
        NotAllowed: not the judge themselves. WrongState: not on the panel any more.
        TooLate: the stage's decisions are released.
    """
    member = hold_member(member)
    stage = _unreleased(member)
    share = share_of(member)
    MEMBER.apply("step-down", member, actor)
    member.save(update_fields=["state"])
    given_back = _give_back(member)
    _forget_role(member, actor)
    record("judging.stepped_down", member, chain=stage.call.chain, actor=actor, reviews=given_back)
    _tell_officers(
        stage,
        subject=f"{member.name} has stepped down",
        body=(
            f"{member.name} has stepped down from the panel of “{stage.name}” of "
            f"“{stage.call.title}”.{_said(reason)}\n\n{_what_is_left(member, share)}"
        ),
    )
    notify(
        [actor],
        subject=f"You have stepped down: {stage.call.title}",
        body=(
            f"You are off the panel of “{stage.name}” of “{stage.call.title}”. "
            f"{_what_became_of(share)} The officers know.\n\n"
            "If this was a mistake, ask the officer who invited you for a new invitation."
        ),
    )
    return member


@transaction.atomic
def remove_member(
    *, member: PanelMember, actor: User, reason: str, discard_scores: bool = False
) -> PanelMember:
    """Take somebody off a panel; share the pitches out again afterwards to replace them.

    Reviews not submitted go; submitted ones stay and count, unless they are discarded, which
    leaves their trace but takes them out of every figure. They are told, with the reason; who
    had stepped down is not told again.

    Raises:
        NotAllowed: not an officer of the call.
        Refused: no reason, or the stage's decisions are released.
    """
    if not reason.strip():
        raise Refused("Say why this person leaves the panel.")
    member = hold_member(member)
    stage, before = _unreleased(member), MemberState(member.state)
    MEMBER.apply("remove", member, actor)
    member.save(update_fields=["state"])
    taken = _give_back(member)
    if discard_scores:
        take_back(member, member.assignments.filter(state=AssignmentState.SUBMITTED), actor)
    _forget_role(member, actor)
    record(
        "judging.removed",
        member,
        chain=stage.call.chain,
        actor=actor,
        reason=reason,
        discarded=discard_scores,
        taken=taken,
    )
    _tell_removed(member, before, reason)
    return member


def share_of(member: PanelMember) -> Share:
    reviews = member.assignments.filter(entry__state__in=IN_COMPETITION)
    states = list(reviews.values_list("state", flat=True))
    return Share(states.count(AssignmentState.SUBMITTED), states.count(AssignmentState.ASSIGNED))


def _unreleased(member: PanelMember) -> Stage:
    stage = member.panel.stage
    if stage.released_at is not None:
        raise TooLate("The decisions of this stage are released, so its panel can’t be changed.")
    return stage


def _give_back(member: PanelMember) -> int:
    """Unfinished reviews go, with what was written of them; how many."""
    _, by_kind = member.assignments.filter(state=AssignmentState.ASSIGNED).delete()
    return by_kind.get(Assignment._meta.label, 0)


def _forget_role(member: PanelMember, actor: User) -> None:
    """Who judges nowhere else in the region is no judge there any more."""
    region = member.panel.stage.call.region
    elsewhere = PanelMember.objects.filter(
        user=member.user, state=MemberState.ACCEPTED, panel__stage__call__region=region
    )
    if member.user and not elsewhere.exists():
        revoke_role(user=member.user, region=region, role=Role.JUDGE, actor=actor)


def _tell_officers(stage: Stage, *, subject: str, body: str) -> None:
    """Everyone who runs its panels; the call's owner is one of them while they work here."""
    notify(
        officers_of(stage),
        subject=f"{subject}: {stage.call.title}",
        body=body,
        path=f"/admin/desk/stages/{stage.pk}/panel/",
    )


def _tell_removed(member: PanelMember, before: MemberState, reason: str) -> None:
    stage = member.panel.stage
    about = f"“{stage.name}” of “{stage.call.title}”"
    subject = f"You are not on this panel any more: {stage.call.title}"
    why = f"The officer gave this reason:\n\n{reason.strip()}"
    if before == MemberState.INVITED:
        body = f"Your invitation to judge {about} is taken back, and its link works no longer."
        notify_address(
            member.email,
            kind=Mail.FOLLOW_UP,
            subject=subject,
            body=f"{body} {why}",
            source=f"region:{stage.call.region_id}",
        )
    elif before == MemberState.ACCEPTED and member.user and member.user.is_active:
        body = f"An officer has taken you off the panel of {about}. You need do nothing more."
        notify([member.user], subject=subject, body=f"{body} {why}")


def _many(number: int, one: str, several: str) -> str:
    return f"1 {one}" if number == 1 else f"{number} {several}"


def _said(reason: str) -> str:
    return f" They say:\n\n{reason.strip()}" if reason.strip() else ""


def _what_is_left(member: PanelMember, share: Share) -> str:
    """For the officers: what stands, and what to do."""
    said = []
    if share.handed_in:
        reviews = _many(share.handed_in, "review stands", "reviews stand")
        said.append(f"{reviews}, unless you remove them from the panel and leave that out.")
    if share.unfinished:
        wait = _many(share.unfinished, "pitch needs", "pitches need")
        said.append(f"{wait} another judge: share out again.")
    if member.role == MemberRole.CHAIR and not _has_chair(member):
        said.append("The panel has no chair now.")
    return " ".join(said) or "No pitch was with them."


def _has_chair(member: PanelMember) -> bool:
    chairs = member.panel.members.filter(role=MemberRole.CHAIR, state=MemberState.ACCEPTED)
    return chairs.exists()


def _what_became_of(share: Share) -> str:
    """For the one who leaves."""
    said = []
    if share.handed_in:
        counts = _many(share.handed_in, "review of yours counts", "reviews of yours count")
        said.append(f"{counts} as before.")
    if share.unfinished:
        said.append(f"{_many(share.unfinished, 'pitch goes', 'pitches go')} to another judge.")
    return " ".join(said) or "You had no pitch to score."


def hold_panels(person: User) -> None:
    """Hold the stages of all panels that `leave_panels` takes a person off."""
    members = _invited(person) | _sitting(person)
    for stage in sorted(set(members.values_list("panel__stage", flat=True))):
        hold_stage(stage)


@transaction.atomic
def leave_panels(person: User) -> None:
    """An account goes: decline what is open and step down from what is not released; what was
    handed in counts as before."""
    for member in _invited(person).order_by("pk"):
        decline_invitation(member=member, actor=person)
    for member in _sitting(person).order_by("pk"):
        step_down(member=member, actor=person)


def _invited(person: User) -> QuerySet[PanelMember]:
    return PanelMember.objects.filter(email__iexact=person.email, state=MemberState.INVITED)


def _sitting(person: User) -> QuerySet[PanelMember]:
    return PanelMember.objects.filter(
        user=person, state=MemberState.ACCEPTED, panel__stage__released_at=None
    )
