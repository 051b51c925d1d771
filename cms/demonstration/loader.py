"""Builds the demonstration region, in one transaction: all of it or nothing."""

from collections.abc import Callable
from time import perf_counter

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from cms.demonstration.announced import load_past
from cms.demonstration.current import load_open, load_scoring, load_waiting
from cms.demonstration.experts import load_experts
from cms.demonstration.later import load_later
from cms.demonstration.moderated import come_back, hold_meeting, load_decided, load_meeting
from cms.demonstration.people import make_judges, make_sign_ins
from cms.demonstration.startups import make_startups
from cms.demonstration.studies import load_case_studies
from cms.demonstration.urban import load_urban
from cms.demonstration.world import World, read
from cms.models import ChallengeIndexPage
from marketplace.accounts.models import User
from marketplace.activity.proof.seals import seal_chains
from marketplace.errors import Refused
from marketplace.json_files import read_json
from marketplace.regions.services import load_region
from search.services import rebuild
from startups.services import load_capabilities

REGION_FILE = "marketplace/regions/data/west-midlands.json"
CAPABILITIES_FILE = "startups/data/capabilities.json"

Say = Callable[[str], None]


def is_loaded() -> bool:
    return User.objects.filter(is_demonstration=True).exists()


def load(say: Say = print) -> bool:
    """Load the demonstration region; False if it is there already.

    Args:
        say: takes a line about each step as it is done.

    Raises:
        Refused: this environment is not one for demonstrations.
    """
    if not settings.DEMONSTRATION:
        raise Refused(
            "The demonstration is off here: its sign-ins and captured mail are for everybody to "
            "see. It is on in marketplace.settings.development."
        )
    if is_loaded():
        return False
    say = _timed(say)
    with transaction.atomic():
        _load(say)
    say(f"seal {seal_chains().number} over the record, with a key made for the demonstration")
    say(f"{rebuild()} documents to search")
    take_stock()
    return True


def _load(say: Say) -> None:
    region = load_region(read_json(str(settings.BASE_DIR / REGION_FILE)))
    load_capabilities(read_json(str(settings.BASE_DIR / CAPABILITIES_FILE)))
    say("the region and the capability framework")
    world = World(
        region=region,
        index=ChallengeIndexPage.objects.get(),
        people=make_sign_ins(region),
        judges=make_judges(region),
        now=timezone.now(),
    )
    make_startups(world)
    say(f"{len(world.startups)} invented start-ups")
    say(f"{load_experts(world)} people in the directory")
    facts = read("challenges.json")["challenges"]
    urban = [fact for fact in facts if fact["programme"] == "Urban Challenge"]
    accelerators = [fact for fact in facts if fact["kind"] == "accelerator"]
    past = [fact for fact in facts if fact not in urban and fact not in accelerators]
    for fact in past:
        load_past(world, fact)
    say(f"{len(past)} challenges of the past")
    load_urban(world, urban)
    say(f"{len(urban)} challenges with their pitches, panels and winners")
    say(f"{load_case_studies()} case studies")
    calls = load_open(world, accelerators)
    load_scoring(world)
    load_waiting(world)
    in_meeting, decided = load_meeting(world), load_decided(world)
    say(
        f"{len(accelerators)} open calls, one being scored, one in its "
        "meeting, one decided, one to approve"
    )
    say(f"{world.history.write()} activity records")
    load_later(world, calls)
    hold_meeting(world, in_meeting)
    come_back(world, decided)
    say("what happened since")


def take_stock() -> None:
    """PostgreSQL plans by how many rows it believes there are. By itself it looks a minute later,
    and until then may read whole tables once for each row.

    Of our own tables: the system's are shared with the server's other databases, which would wait
    for one another. And without a wait where PostgreSQL is just looking by itself.
    """
    if connection.vendor == "postgresql":
        tables = connection.introspection.django_table_names(only_existing=True)
        names = ", ".join(connection.ops.quote_name(table) for table in tables)
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE (SKIP_LOCKED) {names}")


def _timed(say: Say) -> Say:
    started = perf_counter()

    def told(line: str) -> None:
        say(f"  {perf_counter() - started:5.1f} s  {line}")

    return told
