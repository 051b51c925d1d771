"""A panel in the middle of its meeting, with pitches level at the cut line, and a call decided
last week about which a team has come back."""

from datetime import timedelta

from challenges.calls.models import Call, CallKind, LegalRoute
from challenges.judging.models import Assignment, AssignmentState, MemberRole, Outcome, Score
from challenges.judging.ranking import kept_figures
from challenges.judging.services import agree, open_meeting
from challenges.judging.services.appeals import file_appeal
from challenges.pitches.models import Entry
from cms.demonstration.announced import publish
from cms.demonstration.competitions import CallPlan, approve
from cms.demonstration.current import INVENTED, hour, invented_call, own_startup, suited
from cms.demonstration.entries import enter
from cms.demonstration.judged import assign_all, best, decide_all, score_all, seat_panel
from cms.demonstration.people import JUDGE
from cms.demonstration.world import World

LANGUAGES = CallPlan(
    fields={
        "kind": CallKind.CHALLENGE,
        "reference": "demo-languages",
        "title": "How might people book public services in the language they speak at home?",
        "summary": "One resident in ten finds it hard to book in English. The region wants ways "
        "that work by phone and on paper too, and that staff trust.",
        "commissioner": "West Midlands Combined Authority",
        "legal_route": LegalRoute.GRANT,
        "budget": 75_000,
        "award_limit": 25_000,
        "is_demonstration": True,
        "source": "Invented for the demonstration",
    },
    objectives=["public-service-reform"],
    capabilities=["natural-language-processing", "digital-inclusion", "service-design"],
    sectors=["Life sciences and social care"],
)
COLD = CallPlan(
    fields={
        "kind": CallKind.CHALLENGE,
        "reference": "demo-cold-stores",
        "title": "How could market traders share cold stores that now stand half empty?",
        "summary": "Food spoils on the stall while cold rooms nearby are not full. The region "
        "wants a fair way to share them, and less waste.",
        "commissioner": "West Midlands Combined Authority",
        "legal_route": LegalRoute.GRANT,
        "budget": 60_000,
        "award_limit": 30_000,
        "is_demonstration": True,
        "source": "Invented for the demonstration",
    },
    objectives=["business-competitiveness", "environment"],
    capabilities=["internet-of-things", "waste-circular", "mobile-apps"],
    sectors=["Low carbon and environmental technology"],
)
PITCHES = 9


def load_meeting(world: World) -> Call:
    """The visitor’s judge chairs it: all have scored, the first pitch is agreed, and the third
    and fourth are level, with three places."""
    call = invented_call(
        world,
        LANGUAGES,
        hour(world.now - timedelta(days=60), 9),
        hour(world.now - timedelta(days=21), 17),
    )
    approve(world, call, world.now - timedelta(days=65))
    publish(world, call, INVENTED)
    entries = enter(world, call, suited(world, set(LANGUAGES.capabilities))[:PITCHES])
    stage = call.first_stage
    members = seat_panel(world, stage, [world.people[JUDGE], *world.judges[:2]])
    chair = members[0]
    chair.role = MemberRole.CHAIR
    chair.save(update_fields=["role"])
    reviews = assign_all(world, stage, members, entries)
    strengths = {e.pitch.organisation_id: 0.9 - 0.08 * n for n, e in enumerate(entries)}
    score_all(world, stage, reviews, strengths, world.now - timedelta(days=2, hours=1))
    _make_level(best(entries, 4)[2:])
    return call


def hold_meeting(world: World, call: Call) -> None:
    """Opened by the chair, who has written down what was agreed on the best pitch."""
    stage = call.stages.get()
    chair = world.people[JUDGE]
    open_meeting(stage=stage, actor=chair)
    [first] = best(list(stage.entries.all()), 1)
    agree(
        entry=first,
        scores={
            criterion["id"]: (4, "The panel talked it through and sees it alike.")
            for criterion in first.rulebook.content["criteria"]
        },
        version=0,
        actor=chair,
    )


def _make_level(entries: list[Entry]) -> None:
    """Give the second of two pitches the first one’s scores, judge for judge."""
    one, other = entries
    model = {review.member_id: review for review in one.assignments.all()}
    for review in other.assignments.all():
        given = {
            score.criterion_id: score.value or 0 for score in model[review.member_id].scores.all()
        }
        scores = list(review.scores.select_related("criterion"))
        for score in scores:
            score.value = given[score.criterion_id]
        Score.objects.bulk_update(scores, ["value"])
        figures = (
            [given[score.criterion_id] for score in scores],
            [score.criterion.weight for score in scores],
            [score.criterion.scale for score in scores],
        )
        Assignment.objects.filter(pk=review.pk, state=AssignmentState.SUBMITTED).update(
            **kept_figures(*figures)
        )


def load_decided(world: World) -> Call:
    """Released five days ago: two awards; the visitor’s own start-up was not among them."""
    call = invented_call(
        world,
        COLD,
        hour(world.now - timedelta(days=80), 9),
        hour(world.now - timedelta(days=35), 17),
    )
    approve(world, call, world.now - timedelta(days=85))
    publish(world, call, INVENTED)
    startups = [*suited(world, set(COLD.capabilities))[:PITCHES], own_startup(world)]
    entries = enter(world, call, startups)
    stage = call.first_stage
    members = seat_panel(world, stage, world.judges[:3])
    reviews = assign_all(world, stage, members, entries)
    strengths = {e.pitch.organisation_id: 0.9 - 0.06 * n for n, e in enumerate(entries)}
    score_all(world, stage, reviews, strengths, world.now - timedelta(days=17))
    at = hour(world.now - timedelta(days=5), 10)
    decide_all(world, stage, entries, best(entries, 2), Outcome.AWARDED, at)
    return call


def come_back(world: World, call: Call) -> None:
    """A team that was not awarded appeals; an officer who did not decide looks at it."""
    lost = Entry.objects.filter(
        stage__call=call, decision__outcome=Outcome.NOT_AWARDED
    ).select_related("pitch")
    entry = lost.order_by("assignments__total", "pk")[0]
    owner = next(
        s.owner for s in world.startups if s.organisation.pk == entry.pitch.organisation_id
    )
    file_appeal(
        entry=entry,
        kind="appeal",
        grounds="The rules say that a pilot in one market is enough. One comment marks us down "
        "because we did not offer three.",
        actor=owner,
    )
