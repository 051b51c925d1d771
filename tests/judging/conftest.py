"""A stage with its panel at work: what most of these tests begin with."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse

from challenges.calls.models import Call, LegalRoute, QuestionKind, Stage
from challenges.judging.decisions import decide
from challenges.judging.models import Assignment, Panel, PanelMember
from challenges.judging.services import save_review, submit_review
from challenges.pitches.models import Attachment, Entry
from marketplace.accounts.models import User
from tests.factories import (
    assign,
    close_stage,
    make_call,
    make_entry,
    make_judge,
    make_officer,
    sign_in,
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


# --- Pages -----------------------------------------------------------------------------


def text_of(response: Any) -> str:
    return response.content.decode()


def review_url(assignment: Assignment, name: str = "review") -> str:
    return reverse(f"judging:{name}", kwargs={"pk": assignment.pk})


def typed(world: World, value: object = 3, comment: str = "Because.", **more: object) -> dict:
    fields: dict[str, object] = {"version": 1, "recommendation": "fund", "comment": "Panel only."}
    for criterion in world.stage.criteria.all():
        fields[f"score_{criterion.pk}"] = value
        fields[f"comment_{criterion.pk}"] = comment
    return {**fields, **more}


@pytest.fixture
def judge(world: World, client: Client) -> Client:
    return sign_in(client, world.judge.user)


def attach(entry: Entry, *, identifies: bool = False) -> Attachment:
    """A file in the entry's latest submission."""
    question = entry.stage.questions.first()
    file = Attachment.objects.create(
        entry=entry,
        question=question,
        file=ContentFile(b"%PDF-1.7 plans", name="plans.pdf"),
        name="Acme plans.pdf",
        content_type="application/pdf",
        size=14,
        sha256="0" * 64,
    )
    submission = entry.submissions.last()
    submission.content["answers"].append(
        {
            "question": question.pk,
            "kind": QuestionKind.FILE,
            "label": "Your plans",
            "identifies": identifies,
            "value": {"attachment": file.pk, "name": file.name, "size": 14, "sha256": "0" * 64},
            "text": file.name,
        }
    )
    submission.save()
    return file


# --- Decided, and ready to be released -----------------------------------------------


@pytest.fixture
def decided() -> World:
    """One awarded, one not, each read by the promised number of judges; nothing to explain."""
    world = build_world()
    Panel.objects.update(reviews_per_pitch=1)
    write_review(world.assignment, 4)
    write_review(assign(world.judge, world.entries[1]), 2)
    for entry, outcome, amount in zip(
        world.entries, ("awarded", "not-awarded"), (Decimal(12_000), None), strict=True
    ):
        decide(
            stage=world.stage,
            entries=[entry],
            outcome=outcome,
            amount=amount,
            reason="Strong on impact.",
            actor=world.officer,
        )
    type(world.call).objects.update(legal_route=LegalRoute.GRANT)
    for key in ("subsidy-assessed", "grant-standard"):
        world.call.legal_notes.create(key=key, by=world.officer)
    return world


@pytest.fixture
def second(decided: World) -> User:
    return make_officer(decided.call.region)
