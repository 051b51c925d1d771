"""Ties to applicants: look for them, declare one's own as an officer, decide what is done."""

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from challenges.calls.models import Stage
from challenges.calls.owning import who_looks_after
from challenges.judging.finding import find_ties
from challenges.judging.locks import hold_stage, require
from challenges.judging.models import (
    Assignment,
    AssignmentQuerySet,
    AssignmentState,
    Conflict,
    ConflictDecision,
    ConflictKind,
    MemberState,
    PanelMember,
    stands,
)
from challenges.judging.services.recusing import recuse, reinstate
from challenges.pitches.models import Entry
from challenges.pitches.parts import has_part, parts_of
from marketplace.accounts.models import Role, User
from marketplace.activity.services import notify, record
from marketplace.errors import Refused, TooLate


def members_of(stage: Stage) -> list[PanelMember]:
    """Who has accepted to judge, with their accounts."""
    members = PanelMember.objects.filter(panel__stage=stage, state=MemberState.ACCEPTED)
    return list(members.select_related("user"))


def officers_of(stage: Stage) -> list[User]:
    """Everyone who may decide in this stage: the officers of the call's region, by name."""
    return list(_officers_of(stage).order_by("name", "pk"))


def names_to_keep_back(stage: Stage) -> list[str]:
    """Names that no applicant is to read: the panel's and the officers'. One query."""
    members = PanelMember.objects.filter(panel__stage=stage).order_by().values_list("name")
    officers = _officers_of(stage).order_by().values_list("name")
    return sorted(name for (name,) in members.union(officers))


def _officers_of(stage: Stage) -> QuerySet[User]:
    role = Q(region_roles__role=Role.OFFICER, region_roles__region=stage.call.region_id)
    return User.objects.filter(role, is_active=True).distinct()


@transaction.atomic
def look_for_conflicts(*, stage: Stage, actor: User) -> int:
    """Find ties that nobody has declared; how many are new.

    A new one keeps its person away from then on, until it is decided: a review that is not
    written yet is taken back at once.

    Raises:
        NotAllowed: neither an officer of the call nor the panel's chair.
    """
    stage = hold_stage(stage.pk)
    require("judging.see_conflicts", actor, stage)
    return note_ties(stage, actor)


def note_ties(stage: Stage, actor: User, of: User | None = None) -> int:
    """As `look_for_conflicts`, for verbs that hold the stage already.

    Args:
        of: look at the ties of this person alone.
    """
    members = {member.user_id: member for member in members_of(stage)}
    officers = {officer.pk: officer for officer in officers_of(stage)}
    people = {**officers, **{pk: member.user for pk, member in members.items()}}
    chosen = [person for person in people.values() if person and of in (None, person)]
    ties = find_ties(stage, chosen)
    rows = Conflict.objects.of_stage(stage)
    known = set(rows.values_list("member__user", "entry")) | set(
        rows.values_list("officer", "entry")
    )
    new = []
    for (person, entry), sentences in sorted(ties.items()):
        if (person, entry) in known:
            continue
        who = {"member": members[person]} if person in members else {"officer": officers[person]}
        new.append(Conflict(entry_id=entry, nature="\n".join(sentences), was_found=True, **who))
    Conflict.objects.bulk_create(new)
    new += _renewed(stage, chosen)
    if new:
        record("judging.conflicts_found", stage, chain=stage.call.chain, number=len(new))
        for conflict in new:
            if conflict.member:
                recuse(conflict.member, _reviews(conflict), actor)
    return len(new)


def _renewed(stage: Stage, people: list[User]) -> list[Conflict]:
    """Ties that were decided before their person became part of the pitch: to be decided anew."""
    parts = parts_of(people, Entry.objects.filter(stage=stage).in_competition())
    if not parts:
        return []
    barring = set(Conflict.objects.of_stage(stage).barring().values_list("pk", flat=True))
    renewed = []
    for conflict in Conflict.objects.of_stage(stage).select_related("member__user", "officer"):
        name = parts.get((conflict.person_id or 0, conflict.entry_id))
        if name is None or conflict.pk in barring:
            continue
        conflict.nature = f"{conflict.nature}\nIs on the team of {name}."
        conflict.decision, conflict.decided_at, conflict.was_found = "", None, True
        conflict.save(update_fields=["nature", "decision", "decided_at", "was_found"])
        renewed.append(conflict)
    return renewed


@transaction.atomic
def note_new_parts(*, people: list[User]) -> int:
    """Take away at once what these people may not judge since an organisation of theirs came
    into a pitch, or they into its team; how many ties are new. Safe to do twice.

    The officers of the call are told, because a panel that was balanced may not be any more.
    """
    stages = Stage.objects.filter(
        panel__members__user__in=people,
        panel__members__state=MemberState.ACCEPTED,
        released_at=None,
    )
    number = 0
    # All of them first: to note a tie locks the chain of the call, which is locked last.
    held = [hold_stage(pk) for pk in sorted(set(stages.values_list("pk", flat=True)))]
    for stage in held:
        found = sum(note_ties(stage, person, of=person) for person in people)
        number += found
        if found:
            _tell_of_parts(stage)
    return number


def _tell_of_parts(stage: Stage) -> None:
    notify(
        who_looks_after(stage.call),
        subject=f"A judge has a new tie to an applicant: {stage.call.title}"[:200],
        body=(
            f"A judge of “{stage.name}” is on the team of an organisation that takes part in a "
            "pitch. Reviews of that pitch were taken from them. Decide what the tie amounts to."
        ),
        path=f"/judging/stages/{stage.pk}/conflicts/",
    )


@transaction.atomic
def declare_as_officer(*, entry: Entry, nature: str, actor: User) -> Conflict:
    """Say that one has a tie to an applicant oneself; it keeps the officer from deciding.

    Raises:
        NotAllowed: not an officer of the call. Refused: no words.
    """
    stage = hold_stage(entry.stage_id)
    require("judging.run_panel", actor, stage)
    if not nature.strip():
        raise Refused("Say what your tie to this applicant is.")
    conflict, _ = Conflict.objects.update_or_create(
        officer=actor,
        entry=entry,
        defaults={
            "nature": nature.strip(),
            "was_found": False,
            "declared_at": timezone.now(),
            "decision": "",
            "decided_at": None,
        },
    )
    record("judging.officer_declared", entry, chain=entry.chain, actor=actor)
    return conflict


@transaction.atomic
def decide_conflict(
    *, conflict: Conflict, kind: str, decision: str, reason: str, actor: User
) -> Conflict:
    """Say what a tie amounts to and what is done about it; it can be decided anew.

    A recusal takes the review away at once and finds another judge; a decision that there is no
    conflict, or how it is managed, gives back a review that was taken away and not written.

    Raises:
        NotAllowed: neither an officer of the call nor the chair, or it is one's own.
        Refused: no kind, decision or reason. TooLate: the stage's decisions are released.
    """
    stage = hold_stage(conflict.entry.stage_id)
    conflict = Conflict.objects.select_related("member__user", "officer", "entry__pitch").get(
        pk=conflict.pk
    )
    require("judging.decide_conflict", actor, conflict)
    if stage.released_at is not None:
        raise TooLate("The decisions of this stage are released.")
    if kind not in ConflictKind.values or decision not in ConflictDecision.values:
        raise Refused("Choose what kind of tie it is, and what is done.")
    if not reason.strip():
        raise Refused("Say why, and under which measure: an auditor reads it.")
    conflict.kind, conflict.decision, conflict.reason = kind, decision, reason.strip()
    conflict.decided_by, conflict.decided_at = actor, timezone.now()
    conflict.save()
    if not conflict.is_barring and _is_applicant(conflict):
        raise Refused("They are on the team of an organisation in this pitch: only a recusal fits.")
    if conflict.member:
        if conflict.is_barring:
            recuse(conflict.member, _reviews(conflict), actor)
        else:
            _give_back(_reviews(conflict), actor)
    record(
        "judging.conflict_decided",
        conflict.entry,
        chain=stage.call.chain,
        actor=actor,
        conflict=conflict.pk,
        kind=kind,
        decision=decision,
    )
    _tell(conflict, stage)
    return conflict


def _is_applicant(conflict: Conflict) -> bool:
    person = conflict.member.user if conflict.member else conflict.officer
    return person is not None and has_part(person, conflict.entry.pitch)


def _reviews(conflict: Conflict) -> AssignmentQuerySet:
    return Assignment.objects.filter(member=conflict.member, entry=conflict.entry_id)


def _give_back(reviews: AssignmentQuerySet, actor: User) -> None:
    """What was taken away while nobody had looked; what was scored is scored again."""
    taken = reviews.filter(state=AssignmentState.RECUSED, taken_back=False)
    for assignment in taken.select_related("member__panel__stage__call__region", "entry"):
        if _is_wanted(assignment):
            reinstate(assignment, actor)
        else:
            assignment.delete()  # another judge reads it now


def _is_wanted(assignment: Assignment) -> bool:
    panel = assignment.member.panel
    standing = assignment.entry.assignments.filter(stands()).count()
    return standing < panel.reviews_per_pitch


def _tell(conflict: Conflict, stage: Stage) -> None:
    person = conflict.member.user if conflict.member else conflict.officer
    said = ConflictDecision(conflict.decision).label
    notify(
        [person] if person else [],
        subject=f"About your tie to an applicant: {said.partition(':')[0].lower()}",
        body=(
            f"About “{stage.name}” of “{stage.call.title}” and "
            f"{conflict.entry.pitch.organisation}: {said}.\n\n{conflict.reason}"
        ),
    )
