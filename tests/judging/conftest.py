"""A stage with its panel at work: what most of these tests begin with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from challenges.calls.models import Call, Stage
from challenges.judging.models import Assignment, PanelMember
from challenges.judging.services import save_review, submit_review
from challenges.pitches.models import Entry
from marketplace.accounts.models import User
from tests.factories import (
    assign,
    close_stage,
    make_call,
    make_entry,
    make_judge,
    make_officer,
    submit,
)


@dataclass
class World:
    """A closed stage: `judge` is assigned `entry`, `other` has been assigned nothing."""

    officer: User
    call: Call
    stage: Stage
    entries: list[Entry]
    judge: PanelMember
    assignment: Assignment

    @property
    def entry(self) -> Entry:
        return self.entries[0]

    @property
    def applicant(self) -> User:
        return User.objects.get(memberships__organisation=self.entry.pitch.organisation)


def build_world(*, entries: int = 2, **fields: Any) -> World:
    call = make_call(**fields)
    officer = make_officer(region=call.region)
    made = [submit(make_entry(call=call)) for _ in range(entries)]
    stage = close_stage(call.first_stage)
    judge = make_judge(stage)
    return World(officer, call, stage, made, judge, assign(judge, made[0]))


@pytest.fixture
def world(db: None) -> World:
    return build_world()


@pytest.fixture
def blind_world(db: None) -> World:
    return build_world(blind=True)


def scores_for(stage: Stage, value: int = 3, comment: str = "Good.") -> dict[int, tuple[int, str]]:
    return {criterion.pk: (value, comment) for criterion in stage.criteria.all()}


def write_review(assignment: Assignment, value: int = 3, **changes: Any) -> Assignment:
    """Save and submit, as the judge whose it is."""
    stage = assignment.entry.stage
    fields = {
        "scores": scores_for(stage, value),
        "recommendation": "fund",
        "comment": "",
        "version": Assignment.objects.get(pk=assignment.pk).version,
        **changes,
    }
    person = User.objects.get(pk=assignment.member.user_id)
    saved = save_review(assignment=assignment, actor=person, **fields)
    return submit_review(assignment=saved, actor=person)


Reviewer = Callable[..., Assignment]
