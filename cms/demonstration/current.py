"""What goes on now, with dates relative to the load: five open calls, one being scored, one
that waits for approval."""

from datetime import datetime, timedelta

from django.utils import timezone

from challenges.calls.models import Call, CallKind, LegalRoute, Programme, QuestionKind
from cms.demonstration.announced import Fact, at, plan_of, publish, rich, story
from cms.demonstration.competitions import (
    Ask,
    CallPlan,
    StagePlan,
    approve,
    make_call,
    propose,
)
from cms.demonstration.entries import enter, start
from cms.demonstration.judged import assign_all, score_all, seat_panel
from cms.demonstration.people import JUDGE
from cms.demonstration.startups import OWN_FIRM
from cms.demonstration.world import Startup, World
from startups.models import GrowthStage, Size

OPENED = timedelta(days=14)
CLOSES_IN = {
    "dips-food": 12,
    "dips-consultation": 19,
    "dips-mobility-hubs": 26,
    "dips-transport-care": 33,
    "dips-care-information": 40,
}
"""Days from now; the first to close comes first in the list."""
AWARD_LIMIT = 25_000
ALREADY_IN = 3
TOLD = (
    "The question is real. So that you can try applying, it is open here again with invented "
    "dates, money, questions and criteria; nothing that you send reaches the council."
)
FAQS = [
    (
        "Who can apply?",
        "Small firms and social enterprises. You need not be in the region, but you must be able "
        "to work in it.",
    ),
    (
        "May we apply with a partner?",
        "Yes. One organisation applies and names the others in its answer.",
    ),
    (
        "Who keeps what we make?",
        "You do. The council asks for a licence to use it for its own services.",
    ),
]
INVENTED = [
    ("heading", "How it works"),
    ("paragraph", rich("A panel of three scores every pitch, and then the officer decides.")),
    (
        "paragraph",
        rich("This call is invented, with everybody in it, so that you can score and decide."),
    ),
]
QUESTIONS = (
    Ask(
        "What is your solution?",
        max_words=300,
        guidance="What people would see and use, and what exists of it today.",
    ),
    Ask(
        "Who will use it, and how will you involve them?",
        max_words=250,
        guidance="Residents, staff, carers: who takes part, and when.",
    ),
    Ask(
        "How far is it?",
        QuestionKind.CHOICE,
        choices=(
            "An idea",
            "A prototype",
            "Used by a first customer",
            "Sold to several",
        ),
    ),
    Ask(
        "What would you need from the council?",
        QuestionKind.CHOICES,
        choices=("Data", "Access to users", "A place to test", "Advice on rules"),
        required=False,
    ),
    Ask("What would the accelerator stage cost?", QuestionKind.MONEY),
    Ask(
        "Slides or a picture",
        QuestionKind.FILE,
        required=False,
        guidance="One file, if it helps.",
    ),
)
CRITERIA = (
    ("Fit with the question", 35, "Does it meet the need as residents would put it?"),
    (
        "Involving users",
        25,
        "Are the people concerned part of the work from the start?",
    ),
    ("Can be delivered", 25, "Is it likely to work in the time and with the money?"),
    ("Value after the prototype", 15, "Could the council and others go on using it?"),
)
DAMP = CallPlan(
    fields={
        "kind": CallKind.CHALLENGE,
        "reference": "demo-damp",
        "title": "How might we find damp in rented homes before it makes people ill?",
        "summary": "Tenants often report damp late, or not at all. The region wants to know where "
        "it is likely, reach people early, and help landlords to put it right.",
        "commissioner": "West Midlands Combined Authority",
        "legal_route": LegalRoute.GRANT,
        "budget": 90_000,
        "award_limit": 30_000,
        "for_stages": [GrowthStage.PROTOTYPE, GrowthStage.EARLY],
        "for_sizes": [Size.MICRO, Size.SMALL],
        "is_demonstration": True,
        "source": "Invented for the demonstration",
    },
    objectives=["housing", "public-service-reform"],
    capabilities=["housing-homelessness", "internet-of-things", "predictive-analytics"],
    sectors=["Construction", "Life sciences and social care"],
    places=["Sandwell", "Walsall", "Wolverhampton"],
    essential=frozenset(["internet-of-things"]),
)
ENERGY = CallPlan(
    fields={
        "kind": CallKind.CHALLENGE,
        "reference": "demo-energy",
        "title": "How could public buildings use a fifth less energy without new boilers?",
        "summary": "Libraries, depots and schools heat rooms that nobody uses. The region wants "
        "ways to save that pay back within two winters.",
        "commissioner": "West Midlands Combined Authority",
        "legal_route": LegalRoute.GRANT,
        "budget": 120_000,
        "award_limit": 40_000,
        "is_demonstration": True,
        "source": "Invented for the demonstration",
    },
    objectives=["environment", "business-competitiveness"],
    capabilities=["energy-management", "internet-of-things", "machine-learning"],
    sectors=["Low carbon and environmental technology"],
)


def load_open(world: World, facts: list[Fact]) -> list[Call]:
    """Everyone may apply; a few have, and the visitor’s own start-up has begun a draft."""
    calls = []
    for fact in facts:
        opens = hour(world.now - OPENED, 9)
        closes = hour(world.now + timedelta(days=CLOSES_IN[fact["id"]]), 17)
        plan = plan_of(
            world,
            fact,
            (_stage(opens, closes),),
            legal_route=LegalRoute.GRANT,
            budget=4 * AWARD_LIMIT,
            award_limit=AWARD_LIMIT,
            is_demonstration=True,
        )
        call = make_call(world, plan)
        approve(world, call, opens - timedelta(days=2))
        publish(world, call, story(fact, TOLD), FAQS)
        enter(world, call, suited(world, set(fact["capabilities"]))[:ALREADY_IN])
        calls.append(call)
    start(world, calls[-1], own_startup(world))
    return calls


def load_scoring(world: World) -> Call:
    """Closed five days ago: two judges have scored, the visitor’s has begun."""
    call = invented_call(
        world,
        DAMP,
        hour(world.now - timedelta(days=40), 9),
        hour(world.now - timedelta(days=5), 17),
    )
    approve(world, call, world.now - timedelta(days=45))
    publish(world, call, INVENTED)
    startups = [own_startup(world), *suited(world, set(DAMP.capabilities))][:12]
    entries = enter(world, call, startups)
    stage = call.first_stage
    judges = [world.people[JUDGE], *world.judges[:2]]
    members = seat_panel(world, stage, judges)
    reviews = assign_all(world, stage, members, entries)
    strengths = {s.organisation.pk: world.random.uniform(0.35, 0.95) for s in startups}
    done = reviews[:3] + reviews[len(entries) :]
    score_all(world, stage, done, strengths, world.now - timedelta(hours=1))
    return call


def load_waiting(world: World) -> Call:
    """Written by the first officer; the second may approve it."""
    opens = hour(world.now + timedelta(days=10), 9)
    call = invented_call(world, ENERGY, opens, hour(opens + timedelta(days=35), 17))
    publish(world, call, INVENTED, live=False)
    propose(world, call, world.now - timedelta(days=1))
    return call


def invented_call(world: World, plan: CallPlan, opens: datetime, closes: datetime) -> Call:
    programme, _ = Programme.objects.get_or_create(
        region=world.region,
        slug="demonstration",
        defaults={
            "name": "Demonstration calls",
            "summary": "Invented, to try things out with.",
        },
    )
    fields = {**plan.fields, "programme": programme}
    stages = (_stage(opens, closes),)
    return make_call(world, CallPlan(**{**vars(plan), "fields": fields, "stages": stages}))


def _stage(opens: datetime, closes: datetime) -> StagePlan:
    due = closes + timedelta(days=19)
    return StagePlan(
        name="Application",
        opens_at=opens,
        closes_at=closes,
        scores_due_at=due,
        decision_on=timezone.localdate(due + timedelta(days=3)),
        criteria=CRITERIA,
        questions=QUESTIONS,
        places=3,
    )


def suited(world: World, wanted: set[str]) -> list[Startup]:
    """Those with most of what is wanted first, without the visitor’s own."""
    others = [startup for startup in world.startups if startup.firm["name"] != OWN_FIRM]
    return sorted(others, key=lambda startup: -startup.overlap(wanted))


def own_startup(world: World) -> Startup:
    return next(startup for startup in world.startups if startup.firm["name"] == OWN_FIRM)


def hour(moment: datetime, hour: int) -> datetime:
    return at(timezone.localdate(moment), hour)
