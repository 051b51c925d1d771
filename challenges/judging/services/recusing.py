"""Take a pitch from a judge, and give it to another."""

from collections import Counter
from collections.abc import Iterable

from django.utils import timezone

from challenges.calls.models import Stage
from challenges.calls.owning import who_looks_after
from challenges.judging.matching import part_of_each
from challenges.judging.models import (
    Assignment,
    AssignmentQuerySet,
    AssignmentState,
    Panel,
    PanelMember,
)
from challenges.judging.pairs import (
    Pair,
    available,
    barred_pairs,
    fit_of,
    limits_of,
    standing_of,
    taken_back_pairs,
)
from challenges.judging.workflow import ASSIGNMENT
from marketplace.accounts.models import User
from marketplace.activity.services import notify, record


def recuse(
    member: PanelMember, assignments: AssignmentQuerySet, actor: User, *, replace: bool = True
) -> list[int]:
    """Take these reviews away at once; what was scored stays as a trace that counts nowhere.

    Each pitch goes to the judge with the least to read who may have it, the best fit among
    equals: one review is added for one taken, and no other moves.

    Args:
        replace: find other judges; call it in the transaction that holds the stage.

    Returns:
        The entries that were taken.
    """
    taken = []
    assignments.filter(taken_back=True).update(taken_back=False)
    standing = assignments.exclude(state=AssignmentState.RECUSED)
    for assignment in standing.select_related("entry__stage__call"):
        assignment.member = member
        ASSIGNMENT.apply("recuse", assignment, actor)
        assignment.save(update_fields=["state"])
        taken.append(assignment.entry_id)
    if taken and replace:
        replace_reviews(member.panel.stage, taken)
    return taken


def take_back(member: PanelMember, assignments: AssignmentQuerySet, actor: User) -> None:
    """Leave these reviews out of every figure although no interest bars their judge, who can be
    given the pitches again; the trace of them stays."""
    for assignment in assignments.select_related("entry__stage__call"):
        assignment.member = member
        ASSIGNMENT.apply("recuse", assignment, actor)
        assignment.taken_back = True
        assignment.save(update_fields=["state", "taken_back"])


def reinstate(assignment: Assignment, actor: User) -> None:
    """Give a review back that was taken away: what was scored is a draft again."""
    ASSIGNMENT.apply("reinstate", assignment, actor)
    assignment.taken_back = False
    assignment.forget_figures()
    assignment.save()


def give_reviews(panel: Panel, pairs: Iterable[Pair], actor: User, *, by_hand: bool = False) -> int:
    """Give these pitches to these judges; one that was taken back from its judge is given again;
    how many."""
    wanted = set(pairs)
    before = Assignment.objects.filter(member__panel=panel, taken_back=True)
    for assignment in before.select_related("member__panel__stage__call__region", "entry"):
        if (assignment.member_id, assignment.entry_id) in wanted:
            assignment.by_hand = by_hand
            reinstate(assignment, actor)
            wanted.remove((assignment.member_id, assignment.entry_id))
    new = [Assignment(member_id=m, entry_id=e, by_hand=by_hand) for m, e in sorted(wanted)]
    return len(Assignment.objects.bulk_create(new))


def replace_reviews(stage: Stage, entries: Iterable[int]) -> int:
    """Give each of these pitches one more judge, where it has fewer than it should; how many.

    Where the panel falls into parts that share no pitch, a judge of another part comes first.
    The officer who owns the call hears of pitches for which nobody is free.
    """
    if timezone.now() < stage.closes_at or stage.released_at is not None:
        return 0
    panel = stage.panel
    standing = set(standing_of(panel).values_list("member", "entry"))
    barred = barred_pairs(panel) | taken_back_pairs(panel)
    judges = list(available(panel).prefetch_related("expertise").order_by("pk"))
    load = Counter(judge for judge, _ in standing)
    limits = limits_of(panel, judges)
    readers = Counter(entry for _, entry in standing)
    short = [entry for entry in entries if readers[entry] < panel.reviews_per_pitch]
    fit = fit_of(short, judges)
    given, lacking = 0, 0
    compared = panel.reviews_per_pitch > 1
    for row, entry in enumerate(short):
        part_of_judge, part_of_entry = part_of_each(standing if compared else ())
        here = part_of_entry.get(entry)
        free = [
            (
                part_of_judge.get(judge.pk, here) == here,
                load[judge.pk],
                -fit[row, column],
                judge.pk,
            )
            for column, judge in enumerate(judges)
            if (judge.pk, entry) not in barred | standing
            and load[judge.pk] < limits.get(judge.pk, load[judge.pk] + 1)
        ]
        if not free:
            lacking += 1
            continue
        chosen = min(free)[-1]
        Assignment.objects.create(member_id=chosen, entry_id=entry)
        standing.add((chosen, entry))
        load[chosen] += 1
        given += 1
    _tell(stage, given, lacking)
    return given


def _tell(stage: Stage, given: int, lacking: int) -> None:
    if given:
        record("judging.replaced", stage, chain=stage.call.chain, reviews=given)
    if lacking:
        notify(
            who_looks_after(stage.call),
            subject=f"No judge is free: {stage.call.title}",
            body=(
                f"A recusal left {lacking} review{'' if lacking == 1 else 's'} of “{stage.name}” "
                "without a judge. Invite another judge, then share out again."
            ),
            path=f"/admin/desk/stages/{stage.pk}/panel/",
        )
