"""Many start-ups and calls, made quickly, with words of their own matter."""

import random
from datetime import timedelta

from django.utils import timezone

from challenges.calls.models import Call, CallState, Stage, WantedCapability
from cms.models import ChallengeIndexPage, ChallengePage
from marketplace.activity.models import Follow, Pace
from marketplace.regions.models import Region
from startups.models import Capability, CapabilityGroup, Claim, Membership, Organisation
from tests.factories import RegionFactory, SectorFactory, UserFactory

MATTERS = 40
WORDS_OF_MATTER, WORDS_OF_ALL = 60, 1500
CAPABILITIES = 80
BATCH = 5_000


def build_profiles(*, organisations: int, calls: int) -> None:
    chance = random.Random(20181107)
    region = Region.objects.first() or RegionFactory()
    capabilities = _capabilities()
    sectors = [SectorFactory(slug=f"bench-{n}", name=f"Bench {n}") for n in range(12)]
    firms = Organisation.objects.bulk_create(
        (
            Organisation(
                name=f"Firm {n}",
                slug=f"firm-{n}",
                summary=_text(chance, n % MATTERS, 20),
                description=_text(chance, n % MATTERS, 90),
            )
            for n in range(organisations)
        ),
        batch_size=BATCH,
    )
    Claim.objects.bulk_create(
        (
            Claim(
                organisation=firm,
                capability=capability,
                level=chance.randint(1, 4),
                evidence=_text(chance, n % MATTERS, 12),
            )
            for n, firm in enumerate(firms)
            for capability in chance.sample(capabilities, 3)
        ),
        batch_size=BATCH,
    )
    through = Organisation.sectors.through
    through.objects.bulk_create(
        (through(organisation=firm, sector=chance.choice(sectors)) for firm in firms),
        batch_size=BATCH,
    )
    _teams(firms)
    _calls(chance, region, capabilities, calls)


def _capabilities() -> list[Capability]:
    group = CapabilityGroup.objects.create(name="Bench")
    return Capability.objects.bulk_create(
        Capability(group=group, code=f"bench-{n}", name=f"Bench capability {n}")
        for n in range(CAPABILITIES)
    )


def _teams(firms: list[Organisation]) -> None:
    """One person for each firm, who follows it: nobody's page is opened, so one row is enough."""
    model = type(UserFactory())
    people = model.objects.bulk_create(
        (model(email=f"bench{n}@example.org", name=f"Person {n}") for n in range(len(firms))),
        batch_size=BATCH,
    )
    pairs = list(zip(people, firms, strict=True))
    Membership.objects.bulk_create(
        (Membership(user=person, organisation=firm) for person, firm in pairs), batch_size=BATCH
    )
    Follow.objects.bulk_create(
        (
            Follow(
                person=person,
                thing_type=Organisation._meta.label_lower,
                thing_id=str(firm.pk),
                name=firm.name,
                pace=Pace.DAILY,
            )
            for person, firm in pairs
        ),
        batch_size=BATCH,
    )


def _calls(chance: random.Random, region: Region, capabilities: list[Capability], n: int) -> None:
    now = timezone.now()
    index = ChallengeIndexPage.objects.get()
    for number in range(n):
        matter = number % MATTERS
        call = Call.objects.create(
            region=region,
            reference=f"BENCH-{number}",
            title=_text(chance, matter, 8),
            summary=_text(chance, matter, 40),
            state=CallState.APPROVED,
        )
        WantedCapability.objects.bulk_create(
            WantedCapability(call=call, capability=each, level=chance.randint(1, 4))
            for each in chance.sample(capabilities, 4)
        )
        Stage.objects.create(
            call=call,
            order=1,
            name="Application",
            opens_at=now - timedelta(days=1),
            closes_at=now + timedelta(days=chance.randint(1, 60)),
            scores_due_at=now + timedelta(days=70),
            decision_on=(now + timedelta(days=80)).date(),
        )
        body = [("paragraph", f"<p>{_text(chance, matter, 250)}</p>")]
        page = ChallengePage(title=call.title, slug=f"bench-{number}", call=call, body=body)
        index.add_child(instance=page)


def _text(chance: random.Random, matter: int, length: int) -> str:
    """Words of one matter among words of all, the commoner ones more often."""
    return " ".join(
        f"matter{matter}word{int(chance.paretovariate(0.8)) % WORDS_OF_MATTER}"
        if chance.random() < 0.4
        else f"common{int(chance.paretovariate(0.7)) % WORDS_OF_ALL}"
        for _ in range(length)
    )
