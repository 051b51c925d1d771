"""The calibration round: open it, hand in the scores of a sample, end it so that scoring starts."""

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from challenges.calls.models import Stage
from challenges.judging.locks import hold_member, hold_stage, require
from challenges.judging.models import (
    AssignmentState,
    Calibration,
    Panel,
    Sample,
    SampleReview,
    SampleScore,
    Score,
)
from challenges.judging.pairs import scorers
from marketplace.accounts.models import User
from marketplace.activity.services import notify, record
from marketplace.errors import Incomplete, Refused, TooLate, WrongState

MOST_SAMPLES = 4

Texts = Sequence[tuple[str, str]]
"""(title, text) of each sample pitch."""

Given = Mapping[int, tuple[int | None, str]]
"""Criterion id → (whole number from 0 to its scale, why)."""


@transaction.atomic
def open_calibration(*, stage: Stage, samples: Texts, actor: User) -> Calibration:
    """Let the panel practise on sample pitches first; until it ends, real pitches take no score.

    Opened again after it ended, it keeps its samples and what was handed in.

    Raises:
        NotAllowed: not an officer of the call.
        Refused: no sample, too many, or one without words; or the rules are not sealed yet.
        TooLate: a judge has begun to score, or the decisions are released.
    """
    stage = _held(stage, actor, "judging.run_panel")
    if Score.objects.filter(assignment__entry__stage=stage).exists():
        raise TooLate("A judge has begun to score, so it is too late to practise.")
    promised(stage)
    panel, _ = Panel.objects.get_or_create(stage=stage)
    calibration = Calibration.objects.filter(panel=panel).first()
    if calibration is None:
        calibration = Calibration.objects.create(panel=panel, opened_by=actor)
        _write_samples(calibration, samples)
    elif calibration.is_open:
        raise WrongState("The calibration round is open already.")
    else:
        calibration.ended_at = None
        calibration.save(update_fields=["ended_at"])
    record("judging.calibration_opened", stage, chain=stage.call.chain, actor=actor)
    for judge in scorers(panel):
        notify(
            [judge.user],
            subject="Sample pitches to score first",
            body=f"Before the panel of “{stage.name}” of “{stage.call.title}” scores, each judge "
            "scores the same sample pitches. Then you see where you differ.",
            path=reverse("judging:calibration", kwargs={"pk": judge.pk}),
        )
    return calibration


def _write_samples(calibration: Calibration, samples: Texts) -> None:
    if not 1 <= len(samples) <= MOST_SAMPLES:
        raise Refused(f"Give from 1 to {MOST_SAMPLES} sample pitches.")
    if not all(title.strip() and text.strip() for title, text in samples):
        raise Refused("Give each sample pitch a title and a text.")
    Sample.objects.bulk_create(
        Sample(calibration=calibration, sort_order=number, title=title.strip(), text=text.strip())
        for number, (title, text) in enumerate(samples, start=1)
    )


@transaction.atomic
def hand_in_sample(*, sample: Sample, member_id: int, scores: Given, actor: User) -> SampleReview:
    """Hand in one's scores of a sample; they stay, and from now on the others' can be seen.

    Raises:
        NotAllowed: not a judge of the panel who has declared their interests.
        TooLate: the round has ended. WrongState: handed in before.
        Incomplete: a criterion lacks its score.
    """
    calibration = sample.calibration
    member = hold_member(calibration.panel.members.get(pk=member_id))
    require("judging.calibrate", actor, member)
    if not Calibration.objects.filter(pk=calibration.pk, ended_at=None).exists():
        raise TooLate("The calibration round has ended: score the pitches themselves now.")
    if sample.reviews.filter(member=member).exists():
        raise WrongState("You have handed this sample in. Compare your scores with the others’.")
    criteria = promised(member.panel.stage)
    if problems := _missing(criteria, scores):
        raise Incomplete("Score every criterion.", problems)
    review = SampleReview.objects.create(sample=sample, member=member)
    SampleScore.objects.bulk_create(
        SampleScore(
            review=review,
            criterion_id=criterion["id"],
            value=scores[criterion["id"]][0],
            comment=scores[criterion["id"]][1].strip(),
        )
        for criterion in criteria
    )
    return review


def promised(stage: Stage) -> list[dict]:
    """The criteria of the stage's sealed rulebook.

    Raises:
        Refused: it is not sealed yet.
    """
    rulebook = stage.rulebook
    if rulebook is None:
        raise Refused(
            "The rules of this stage are not sealed yet: the call is to be approved first."
        )
    return rulebook.content["criteria"]


def _missing(criteria: list[dict], scores: Given) -> list[tuple[str, str]]:
    problems = []
    for criterion in criteria:
        value, _ = scores.get(criterion["id"], (None, ""))
        if value is None or not 0 <= value <= criterion["scale"]:
            problems.append((f"score_{criterion['id']}", f"Score “{criterion['name']}”."))
    return problems


@transaction.atomic
def end_calibration(*, stage: Stage, actor: User) -> Calibration:
    """Let the panel score the real pitches; samples not handed in stay so.

    Raises:
        NotAllowed: neither an officer of the call nor the chair. WrongState: it is not open.
    """
    stage = _held(stage, actor, "judging.run_meeting")
    calibration = Calibration.objects.filter(panel__stage=stage, ended_at=None).first()
    if calibration is None:
        raise WrongState("No calibration round is open.")
    calibration.ended_at = timezone.now()
    calibration.save(update_fields=["ended_at"])
    record(
        "judging.calibration_ended",
        stage,
        chain=stage.call.chain,
        actor=actor,
        handed_in=SampleReview.objects.filter(sample__calibration=calibration).count(),
    )
    waiting = scorers(calibration.panel).filter(assignments__state=AssignmentState.ASSIGNED)
    for judge in waiting.distinct():
        notify(
            [judge.user],
            subject="The scoring starts",
            body=f"The calibration round of “{stage.name}” of “{stage.call.title}” has ended: "
            "your pitches wait for your scores.",
            path=reverse("judging:panel", kwargs={"pk": judge.pk}),
        )
    return calibration


def _held(stage: Stage, actor: User, rule: str) -> Stage:
    stage = hold_stage(stage.pk)
    require(rule, actor, stage)
    if stage.released_at is not None:
        raise TooLate("The decisions of this stage are released.")
    return stage
