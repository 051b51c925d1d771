"""What happened in the open calls since they opened: done by the very verbs that people use."""

from datetime import timedelta

from challenges.calls.addenda import propose_addendum
from challenges.calls.clarity import rate_clarity
from challenges.calls.enquiries import answer, ask
from challenges.calls.legal.ticking import tick_step
from challenges.calls.models import Call
from challenges.pitches.changed_rules import extend_deadline
from challenges.pitches.models import Entry
from challenges.pitches.partners import answer_as_partner, ask_partner
from challenges.pitches.services import save_answers
from cms.demonstration.people import APPROVER, OFFICER, OWNER
from cms.demonstration.world import World
from marketplace.activity.following import follow

CLARITY = (4, 5, 3, 4)
ANSWERED = (
    (
        "May a university be our partner?",
        "Yes. Name it in your answer about who will use it, and say what it would do.",
    ),
    (
        "Is the money paid before or after the work?",
        "A third when the work begins, the rest as milestones are reached.",
    ),
)
WAITING = "Can the trial run in two boroughs at once?"


def load_later(world: World, calls: list[Call]) -> None:
    """Give the open calls a longer deadline, a change that waits, ticks and ratings."""
    _extend(world, calls[1])
    _propose_a_change(world, calls[2])
    _answer_questions(world, calls[0])
    _ask_partners(world, calls[-1])
    for call in calls:
        _tick(world, call)
        _rate(world, call)


def _extend(world: World, call: Call) -> None:
    stage, week = call.stages.get(), timedelta(days=7)
    extend_deadline(
        stage=stage,
        closes_at=stage.closes_at + week,
        scores_due_at=stage.scores_due_at + week,
        decision_on=stage.decision_on + week,
        reason="A school holiday falls into the last week, and several firms asked for more time.",
        actor=world.people[OFFICER],
    )


def _propose_a_change(world: World, call: Call) -> None:
    """The second officer may publish it."""
    stage = call.stages.get()
    question = stage.questions.asked()[0]
    propose_addendum(
        stage=stage,
        changes={"questions": {str(question.pk): {"guidance": "Say which parts are tested."}}},
        reason="Two firms asked how far a solution has to be.",
        clarification="A solution that has been tested with users anywhere is welcome.",
        actor=world.people[OFFICER],
    )


def _ask_partners(world: World, call: Call) -> None:
    """The visitor’s own draft has a partner that confirmed and one that has not answered."""
    owner = world.people[OWNER]
    entry = Entry.objects.get(stage__call=call, pitch__started_by=owner)
    sure, unsure = [s for s in world.startups if s.owner != owner][:2]
    for startup, part in ((sure, "Sensors and their upkeep."), (unsure, "Training for staff.")):
        ask_partner(
            entry=entry, organisation=startup.organisation, part=part, share=20, actor=owner
        )
    confirmed = entry.pitch.partners.get(organisation=sure.organisation)
    answer_as_partner(partner=confirmed, event="confirm", actor=sure.owner)
    save_answers(
        entry=entry,
        answers={},
        version=entry.version,
        summary=f"{entry.summary} Our partner {sure.organisation} looks after the sensors.",
        actor=sure.owner,
    )


def _answer_questions(world: World, call: Call) -> None:
    """Two answered, one that waits; the visitor’s start-up follows the call."""
    askers = [startup.owner for startup in world.startups[:3]]
    for (question, text), asker in zip(ANSWERED, askers, strict=False):
        asked = ask(call=call, text=question, actor=asker)
        answer(
            enquiry=asked,
            question=question,
            text=text,
            is_public=True,
            actor=world.people[OFFICER],
        )
    ask(call=call, text=WAITING, actor=askers[-1])
    follow(person=world.people[OWNER], thing=call)


def _tick(world: World, call: Call) -> None:
    tick_step(
        call=call,
        key="subsidy-assessed",
        note="Minimal assistance; see the note in the board’s papers (invented).",
        actor=world.people[APPROVER],
    )


def _rate(world: World, call: Call) -> None:
    for startup, score in zip(world.startups, CLARITY, strict=False):
        rate_clarity(call=call, score=score, comment="", actor=startup.owner)
