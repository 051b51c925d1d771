"""The four Urban Challenge calls, run to their end: 129 pitches, four winners.

The questions, the closing dates, the number of pitches, the five short-listed and the £10,000
are real; who pitched, who judged and what they wrote is invented.
"""

from datetime import date, timedelta

from challenges.calls.models import Call, LegalRoute, QuestionKind, Stage
from challenges.judging.models import Outcome
from challenges.pitches.models import Entry
from cms.demonstration.announced import Fact, at, plan_of, publish, story
from cms.demonstration.competitions import (
    BEFORE_OPENING,
    Ask,
    StagePlan,
    approve,
    make_call,
)
from cms.demonstration.entries import enter
from cms.demonstration.judged import (
    Strengths,
    advance_all,
    assign_all,
    best,
    decide_all,
    score_all,
    seat_panel,
)
from cms.demonstration.startups import OWN_FIRM
from cms.demonstration.world import Startup, World

PITCHES = {"uc-wellbeing": 34, "uc-housing": 32, "uc-youth": 31, "uc-citizenship": 32}
"""129 in all; how they fell to the four challenges is invented."""
SHORTLIST = 5
SIFTED = date(2018, 2, 23)

QUESTIONS = (
    Ask("What would you do?", max_words=300, guidance="The idea, and what is new in it."),
    Ask("Who would it help, and how will you know?", max_words=250),
    Ask("What has been tried so far, and where?", max_words=250),
    Ask("What would a three-month pilot cost?", QuestionKind.MONEY),
    Ask("Where can we see it?", QuestionKind.LINK, required=False, identifies=True),
)
SIFT = (
    ("Effect for residents", 40, "How much better off would people be, and how many?"),
    ("Can be done in three months", 25, "Is the plan for the pilot believable?"),
    ("Evidence so far", 20, "What has been tried, and what did it show?"),
    ("Room to grow", 15, "Could it serve the whole region, and others?"),
)
PITCH_DAY = (
    ("Answer to the challenge", 50, "Does it meet the problem as it was put?"),
    ("Team", 25, "Can these people carry it out?"),
    ("Plan for the pilot", 25, "Is it clear what happens in each month?"),
)
TOLD = (
    "The challenge, its dates and its prize are real. The days of the sift, and every pitch, "
    "start-up, judge, score and winner shown here, are invented for the demonstration."
)


def load_urban(world: World, facts: list[Fact]) -> list[Call]:
    pitching = _share_out(world, facts)
    return [_run(world, fact, pitching[fact["id"]]) for fact in facts]


def _share_out(world: World, facts: list[Fact]) -> dict[str, list[Startup]]:
    """Everybody pitches once, to what suits them best; then second pitches fill the numbers."""
    wanted = {fact["id"]: set(fact["capabilities"]) for fact in facts}
    free = dict(PITCHES)
    shared: dict[str, list[Startup]] = {key: [] for key in wanted}
    for _ in range(2):
        order = world.random.sample(world.startups, k=len(world.startups))
        order.sort(key=lambda startup: startup.firm["name"] != OWN_FIRM)
        for startup in order:
            open_to = [key for key in wanted if free[key] and startup not in shared[key]]
            if startup.firm["name"] == OWN_FIRM and any(
                startup in pitchers for pitchers in shared.values()
            ):
                continue
            if open_to:
                key = max(open_to, key=lambda key: (startup.overlap(wanted[key]), free[key]))
                shared[key].append(startup)
                free[key] -= 1
    return shared


def _run(world: World, fact: Fact, startups: list[Startup]) -> Call:
    plan = plan_of(
        world,
        fact,
        _stages(fact),
        legal_route=LegalRoute.BELOW_THRESHOLD,
        budget=fact["award_gbp_each"],
        award_limit=fact["award_gbp_each"],
        is_demonstration=True,
    )
    call = make_call(world, plan)
    approve(world, call, at(fact["opens"], 9) - BEFORE_OPENING)
    sift, day = call.stages.all()
    entries = enter(world, call, startups)
    strengths = _strengths(world, startups, set(fact["capabilities"]))
    members = seat_panel(world, sift, world.judges)
    reviews = assign_all(world, sift, members, entries)
    score_all(world, sift, reviews, strengths, sift.scores_due_at)
    chosen = best(entries, SHORTLIST)
    released = at(SIFTED, 10)
    decide_all(world, sift, entries, chosen, Outcome.SHORTLISTED, released)
    _hold_pitch_day(world, day, advance_all(world, chosen, day, released), strengths)
    publish(world, call, story(fact, TOLD))
    return call


def _hold_pitch_day(world: World, day: Stage, entries: list[Entry], strengths: Strengths) -> None:
    members = seat_panel(world, day, world.judges)
    reviews = assign_all(world, day, members, entries)
    score_all(world, day, reviews, strengths, day.closes_at + timedelta(hours=6))
    decide_all(world, day, entries, best(entries, 1), Outcome.AWARDED, day.scores_due_at)


def _stages(fact: Fact) -> tuple[StagePlan, ...]:
    return (
        StagePlan(
            name="Sift",
            opens_at=at(fact["opens"], 9),
            closes_at=at(fact["closes"], 17),
            scores_due_at=at("2018-02-16", 17),
            decision_on=SIFTED,
            criteria=SIFT,
            questions=QUESTIONS,
            places=SHORTLIST,
        ),
        StagePlan(
            name="Pitch day",
            opens_at=at(SIFTED, 10),
            closes_at=at(fact["decision"], 9),
            scores_due_at=at(fact["decision"], 18),
            decision_on=date.fromisoformat(fact["decision"]),
            criteria=PITCH_DAY,
            places=1,
        ),
    )


def _strengths(world: World, startups: list[Startup], wanted: set[str]) -> Strengths:
    """What fits better is better on the whole; the visitor’s own firm is good but not the best."""
    found = {}
    for startup in startups:
        own = startup.firm["name"] == OWN_FIRM
        drawn = 0.42 + 0.13 * startup.overlap(wanted) + world.random.gauss(0, 0.09)
        found[startup.organisation.pk] = 0.82 if own else min(max(drawn, 0.15), 0.97)
    return found
