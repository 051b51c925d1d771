"""A full competition, made quickly: one closed call with many pitches, a panel and its scores."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from challenges.calls.models import Call, Stage
from challenges.judging.models import Assignment, AssignmentState, PanelMember, Score
from challenges.judging.ranking import kept_figures
from challenges.pitches.models import Entry, EntryState, Pitch, Submission
from cms.models import ChallengeIndexPage, ChallengePage
from marketplace.accounts.models import User
from marketplace.activity.chain import sha256
from startups.models import Organisation
from tests.factories import UserFactory, close_stage, make_call, make_judge, make_officer, sign_in

JUDGES = 60
REVIEWS = 3
OTHER_CALLS = 100


@dataclass(frozen=True)
class Field:
    stage: Stage
    page: ChallengePage
    officer: User
    judge: PanelMember

    def pages(self) -> Iterator[tuple[str, Callable[[], Any]]]:
        """(name, a function that asks for the page once) for each page that is timed."""
        officer = sign_in(Client(), self.officer)
        judge = sign_in(Client(), self.judge.user)
        public = Client()
        addresses = [
            ("officer's pitch list", officer, reverse("desk:pitches")),
            ("judge's list", judge, reverse("judging:panel", args=[self.judge.pk])),
            ("ranking", officer, reverse("desk:ranking", args=[self.stage.pk])),
            ("fairness", officer, reverse("desk:fairness", args=[self.stage.pk])),
            ("panel's progress", officer, reverse("desk:panel", args=[self.stage.pk])),
            ("who reads what", officer, reverse("desk:reading", args=[self.stage.pk])),
            ("reviews to look at", officer, reverse("desk:checks", args=[self.stage.pk])),
            ("conflicts", officer, reverse("judging:conflicts", args=[self.stage.pk])),
            ("panel's meeting", officer, reverse("judging:meeting", args=[self.stage.pk])),
            ("public listing", public, ChallengeIndexPage.objects.get().url),
            ("challenge page", public, self.page.url),
        ]
        for name, client, address in addresses:
            yield name, lambda client=client, address=address: client.get(address)


def build_field(*, pitches: int) -> Field:
    random.seed(20180131)
    officer = make_officer()
    call = make_call(title="How might we find damp in council homes?")
    stage = close_stage(call.first_stage)
    members = [make_judge(stage) for _ in range(JUDGES)]
    _score_all(stage, members, _make_entries(stage, pitches))
    page = _publish(call)
    for _ in range(OTHER_CALLS):
        _publish(make_call(closes_in=timedelta(days=random.randint(1, 60))))
    return Field(stage, page, officer, members[0])


def _make_entries(stage: Stage, count: int) -> list[Entry]:
    now = timezone.now()
    organisations = Organisation.objects.bulk_create(
        Organisation(name=f"Firm {n}", slug=f"firm-{n}", summary="Sensors and forecasts.")
        for n in range(count)
    )
    started_by = UserFactory()
    made = Pitch.objects.bulk_create(
        Pitch(
            call=stage.call,
            organisation=organisation,
            title=f"Warm homes {n}",
            summary="We find damp early.",
            started_by=started_by,
        )
        for n, organisation in enumerate(organisations)
    )
    rulebook = stage.rulebook
    entries = Entry.objects.bulk_create(
        Entry(
            pitch=pitch,
            stage=stage,
            rulebook=rulebook,
            state=EntryState.SUBMITTED,
            submitted_at=now - timedelta(minutes=n),
            submitted_version=1,
        )
        for n, pitch in enumerate(made)
    )
    Submission.objects.bulk_create(
        Submission(
            entry=entry,
            number=1,
            at=entry.submitted_at,
            by=started_by,
            rulebook=rulebook,
            content={"title": entry.pitch.title, "summary": "", "answers": []},
            digest=sha256({"entry": entry.pk}),
        )
        for entry in entries
    )
    return entries


def _score_all(stage: Stage, members: list[PanelMember], entries: list[Entry]) -> None:
    criteria = list(stage.criteria.all())
    weights = [criterion.weight for criterion in criteria]
    scales = [criterion.scale for criterion in criteria]
    assignments, values = [], []
    for number, entry in enumerate(entries):
        for turn in range(REVIEWS):
            scores = [random.randint(0, scale) for scale in scales]
            values.append(scores)
            assignments.append(
                Assignment(
                    member=members[(number + turn * 7) % len(members)],
                    entry=entry,
                    state=AssignmentState.SUBMITTED,
                    recommendation="discuss",
                    **kept_figures(scores, weights, scales),
                    submitted_at=timezone.now(),
                )
            )
    made = Assignment.objects.bulk_create(assignments)
    Score.objects.bulk_create(
        Score(assignment=assignment, criterion=criterion, value=value, comment="Clear enough.")
        for assignment, scores in zip(made, values, strict=True)
        for criterion, value in zip(criteria, scores, strict=True)
    )


def _publish(call: Call) -> ChallengePage:
    index = ChallengeIndexPage.objects.get()
    return index.add_child(
        instance=ChallengePage(title=call.title, slug=f"c-{call.reference.lower()}", call=call)
    )
