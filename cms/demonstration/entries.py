"""Pitches as the invented start-ups would have written and submitted them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from challenges.calls.models import Call, Question, QuestionKind, Stage
from challenges.pitches.content import build_content
from challenges.pitches.models import Answer, Entry, EntryState, Pitch, Submission
from cms.demonstration import texts
from cms.demonstration.world import Startup, World
from marketplace.activity.chain import sha256

LETTERS = "23456789BCDFGHJKMNPQRSTVWXZ"
"""Those of `calls.models.new_reference`, drawn here from the fixed seed."""


def enter(world: World, call: Call, startups: Sequence[Startup]) -> list[Entry]:
    """A submitted entry of each start-up in the call's first stage, in the days it was open."""
    stage = call.first_stage
    questions = list(stage.questions.all())
    entries = _drafts(world, call, stage, startups)
    answers = [
        Answer(
            entry=entry,
            question=question,
            value=_answer(world, question, startup, stage),
            saved_at=entry.saved_at,
            saved_by=startup.owner,
        )
        for entry, startup in zip(entries, startups, strict=True)
        for question in questions
    ]
    Answer.objects.bulk_create(answers)
    owners = {startup.organisation.pk: startup.owner for startup in startups}
    submit_all(world, entries, [(owners[e.pitch.organisation_id], e.saved_at) for e in entries])
    return entries


def start(world: World, call: Call, startup: Startup) -> Entry:
    """A draft with a title and the first answer, and nothing else yet."""
    entry = _drafts(world, call, call.first_stage, [startup])[0]
    question = call.first_stage.questions.filter(kind=QuestionKind.LONG_TEXT).first()
    text = texts.approach(startup.firm, startup.place, world.random)
    Answer.objects.create(entry=entry, question=question, value=text, saved_by=startup.owner)
    return entry


def submit_all(world: World, entries: list[Entry], by: Sequence[tuple[Any, datetime]]) -> None:
    """What `submit_entry` does, for many entries at moments of the past: (person, moment)."""
    submissions = []
    for entry, (person, at) in zip(entries, by, strict=True):
        content, problems = build_content(entry)
        if problems:
            raise ValueError(f"{entry.pitch}: {problems}")
        submissions.append(
            Submission(
                entry=entry,
                number=1,
                at=at,
                kept_at=at,
                by=person,
                rulebook=entry.rulebook,
                content=content,
                digest=sha256(content),
            )
        )
        entry.state, entry.submitted_at = EntryState.SUBMITTED, at
        entry.submitted_version = entry.version
    Submission.objects.bulk_create(submissions)
    Entry.objects.bulk_update(entries, ["state", "submitted_at", "submitted_version"])
    for submission in submissions:
        world.history.add(
            "pitches.submitted",
            submission.entry,
            chain=submission.entry.chain,
            at=submission.at,
            actor=submission.by,
            version=1,
            digest=submission.digest,
        )


def _drafts(world: World, call: Call, stage: Stage, startups: Sequence[Startup]) -> list[Entry]:
    pitches = [_pitch(world, call, stage, startup) for startup in startups]
    Pitch.objects.bulk_create(pitches)
    rulebook = stage.rulebook
    entries = []
    for pitch, startup in zip(pitches, startups, strict=True):
        last = min(stage.closes_at, world.now)
        saved = pitch.created_at + (last - pitch.created_at) * world.random.uniform(0.3, 0.98)
        entries.append(Entry(pitch=pitch, stage=stage, rulebook=rulebook, saved_at=saved))
        world.history.add(
            "pitches.started",
            pitch,
            chain=call.chain,
            at=pitch.created_at,
            actor=startup.owner,
        )
    return Entry.objects.bulk_create(entries)


def _pitch(world: World, call: Call, stage: Stage, startup: Startup) -> Pitch:
    firm = startup.firm
    made = firm["makes"][0].upper() + firm["makes"][1:]
    last = min(stage.closes_at, world.now)
    started = stage.opens_at + (last - stage.opens_at) * world.random.uniform(0.02, 0.6)
    return Pitch(
        call=call,
        organisation=startup.organisation,
        reference="".join(world.random.choices(LETTERS, k=7)),
        title=made,
        summary=f"{made}, so that {firm['result']}.",
        started_by=startup.owner,
        created_at=started,
    )


def _answer(world: World, question: Question, startup: Startup, stage: Stage) -> Any:
    """What was typed for a question, by its kind and, for texts, by its place."""
    random = world.random
    match question.kind:
        case QuestionKind.MONEY:
            limit = int(stage.call.award_limit or 25_000)
            return f"{round(random.uniform(0.7, 1) * limit / 100) * 100:,}"
        case QuestionKind.LINK:
            return startup.organisation.website
        case QuestionKind.YES_NO:
            return random.choice(("yes", "no"))
        case QuestionKind.CHOICE:
            return random.choice(question.choice_list)
        case QuestionKind.CHOICES:
            return random.sample(question.choice_list, k=random.randint(1, 2))
        case QuestionKind.DATE:
            day = timezone.localdate(stage.closes_at) + timedelta(days=random.randint(30, 90))
            return [str(day.day), str(day.month), str(day.year)]
        case QuestionKind.NUMBER:
            return str(random.randint(2, 12))
        case QuestionKind.SHORT_TEXT:
            return startup.place
    if question.sort_order == 0:
        return texts.approach(startup.firm, startup.place, random)
    if question.sort_order == 1:
        return texts.benefit(random)
    return texts.tried(stage.opens_at.year - 1, random)
