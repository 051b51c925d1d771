"""The invented start-ups, from data/startups.json, and what the five real winners are called."""

from datetime import timedelta

from django.utils.text import slugify

from cms.demonstration import texts
from cms.demonstration.people import OWNER, make_people
from cms.demonstration.world import Startup, World, read
from marketplace.accounts.models import User
from marketplace.regions.models import LocalAuthority, Sector
from startups.models import (
    Capability,
    Claim,
    GrowthStage,
    Level,
    MemberRole,
    Membership,
    Organisation,
    Size,
)

OWN_FIRM = "Ashgrove Signals"
"""The start-up of the person whom a visitor can sign in as."""

FIRST_NAMES = (
    "Aisha", "Ben", "Carmen", "Dev", "Elin", "Farah", "George", "Hana", "Idris", "Joanna",
    "Kofi", "Lena", "Mateus", "Nell", "Oskar", "Petra", "Quentin", "Rosa", "Samir", "Tess",
)  # fmt: skip
SURNAMES = (
    "Abbotsley", "Barrowclough", "Castellane", "Dunmore", "Eastlake", "Fairburn", "Garroway",
    "Hollis", "Ingleby", "Jessop", "Kirkbride", "Larkspur", "Merriweather", "Northcote",
    "Oakden", "Pemberley",
)  # fmt: skip
SIZES = (
    Size.SOLE,
    Size.MICRO,
    Size.MICRO,
    Size.MICRO,
    Size.SMALL,
    Size.SMALL,
    Size.MEDIUM,
)
STAGES = (
    GrowthStage.PROTOTYPE,
    GrowthStage.EARLY,
    GrowthStage.EARLY,
    GrowthStage.GROWING,
    GrowthStage.GROWING,
    GrowthStage.ESTABLISHED,
)


def make_startups(world: World) -> None:
    """Fills `world.startups`; each has an owner, a profile, sectors and claims."""
    firms, places = read("startups.json")["startups"], read("startups.json")["places"]
    owners = _owners(world, [firm["name"] for firm in firms])
    authorities = {place.code: place for place in LocalAuthority.objects.all()}
    organisations = []
    for number, firm in enumerate(firms):
        at = places[0] if firm["name"] == OWN_FIRM else places[number % len(places)]
        organisations.append(
            Organisation(
                name=firm["name"],
                slug=slugify(firm["name"]),
                website=f"https://{slugify(firm['name'])}.example",
                place=authorities.get(at.get("authority")),
                place_name=_place_name(at),
                stage=world.random.choice(STAGES),
                size=world.random.choice(SIZES),
                is_demonstration=True,
                created_at=world.now - timedelta(days=3300),
                **texts.describe(firm, at["place"], world.random),
            )
        )
    Organisation.objects.bulk_create(organisations)
    world.startups = [Startup(*parts) for parts in zip(organisations, owners, firms, strict=True)]
    _join_teams(world)
    _set_sectors(world)
    _claim(world)


def _place_name(at: dict[str, str]) -> str:
    abroad = at["country"] != "United Kingdom"
    return f"{at['place']}, {at['country']}" if abroad else at["place"]


def _owners(world: World, names: list[str]) -> list[User]:
    full = [
        f"{FIRST_NAMES[number % len(FIRST_NAMES)]} {SURNAMES[number % len(SURNAMES)]}"
        for number in range(len(names))
    ]
    made = make_people(
        (f"owner@{slugify(name)}.example", person)
        for name, person in zip(names, full, strict=True)
        if name != OWN_FIRM
    )
    owners = iter(made)
    return [world.people[OWNER] if name == OWN_FIRM else next(owners) for name in names]


def _join_teams(world: World) -> None:
    Membership.objects.bulk_create(
        [
            Membership(
                organisation=startup.organisation,
                user=startup.owner,
                role=MemberRole.OWNER,
                joined_at=startup.organisation.created_at,
            )
            for startup in world.startups
        ]
    )
    for startup in world.startups:
        world.history.add(
            "startups.registered",
            startup.organisation,
            chain=f"organisation:{startup.organisation.pk}",
            at=startup.organisation.created_at,
            actor=startup.owner,
        )


def _set_sectors(world: World) -> None:
    sectors = {sector.name: sector for sector in Sector.objects.filter(region=world.region)}
    through = Organisation.sectors.through
    through.objects.bulk_create(
        [
            through(
                organisation=startup.organisation,
                sector=sectors[startup.firm["sector"]],
            )
            for startup in world.startups
        ]
    )


def _claim(world: World) -> None:
    """The first capability that a firm names is its best."""
    capabilities = {capability.code: capability for capability in Capability.objects.all()}
    claims = []
    for startup in world.startups:
        for rank, code in enumerate(startup.firm["capabilities"]):
            best = (Level.PRACTITIONER, Level.EXPERT) if rank == 0 else (Level.WORKING, Level(3))
            level = world.random.choice(best if rank < 2 else (Level.AWARENESS, Level.WORKING))
            claims.append(
                Claim(
                    organisation=startup.organisation,
                    capability=capabilities[code],
                    level=level,
                    evidence=texts.evidence(world.random),
                )
            )
    Claim.objects.bulk_create(claims)
