"""The 24 real challenges of data/challenges.json: their calls and their pages.

A fact that the announcements do not give is left out, and the page says so.
"""

from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from textwrap import shorten
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.text import slugify

from challenges.awards.models import Award, AwardState
from challenges.calls.models import Call, CallKind, LegalRoute, Programme
from cms.demonstration.competitions import (
    CallPlan,
    StagePlan,
    import_as_past,
    make_call,
)
from cms.demonstration.world import World
from cms.models import AcceleratorPage, CallPage, ChallengePage
from cms.page_records import unrecorded
from marketplace.numbers import pounds
from startups.models import Organisation

LONDON = ZoneInfo("Europe/London")
SOURCE = "Summarised from public announcements"
Body = list[tuple[str, Any]]
"""(kind of block, its value), as `BodyBlock` takes them."""
Fact = dict[str, Any]
"""One entry of data/challenges.json."""

PROGRAMMES = {
    "Urban Challenge": "Four questions put to start-ups by the region in 2017 and 2018.",
    "GovTech Catalyst": "Public bodies’ problems, answered under the Small Business Research "
    "Initiative.",
    "Digital Innovation in Public Services": "A city council’s questions, worked on with small "
    "firms in six stages.",
}
SECTORS = {
    "uc-wellbeing": ["Life sciences and social care"],
    "uc-housing": ["Construction"],
    "uc-youth": ["Public sector including education"],
    "uc-citizenship": ["Digital and creative", "Public sector including education"],
    "gc-still-images": ["Digital and creative"],
    "gc-waste": ["Low carbon and environmental technology"],
    "gc-loneliness": ["Life sciences and social care"],
    "gc-congestion": ["Logistics and transport technology"],
    "gc-vehicle-sensors": ["Public sector including education"],
    "gc-firefighters": ["Public sector including education"],
    "gc-audit": ["Business, professional and financial services"],
    "gc-border": ["Logistics and transport technology"],
    "gc-regulation": ["Business, professional and financial services"],
    "gc-prescriptions": ["Life sciences and social care"],
    "gc-autonomous": ["Logistics and transport technology"],
    "gc-housing-sensors": ["Construction"],
    "gc-land": ["Low carbon and environmental technology"],
    "gc-social-care": ["Life sciences and social care"],
    "gc-geospatial-housing": ["Construction"],
    "dips-food": ["Logistics and transport technology", "Retail"],
    "dips-consultation": ["Digital and creative"],
    "dips-mobility-hubs": ["Logistics and transport technology"],
    "dips-transport-care": ["Logistics and transport technology"],
    "dips-care-information": ["Life sciences and social care"],
}
"""Assigned here, as the capabilities and objectives were."""


def at(day: date | str, hour: int, minute: int = 0) -> datetime:
    """A moment of a day in London; the day may be ISO 8601 text."""
    day = date.fromisoformat(day) if isinstance(day, str) else day
    return datetime.combine(day, time(hour, minute), LONDON)


def programme_of(world: World, fact: Fact) -> Programme:
    name = fact["programme"]
    found, _ = Programme.objects.get_or_create(
        region=world.region,
        slug=slugify(name),
        defaults={"name": name, "summary": PROGRAMMES[name]},
    )
    return found


def plan_of(
    world: World, fact: Fact, stages: tuple[StagePlan, ...] = (), **fields: Any
) -> CallPlan:
    """The call of a real challenge; `fields` say what only this story knows."""
    return CallPlan(
        fields={
            "programme": programme_of(world, fact),
            "kind": CallKind(fact["kind"]),
            "reference": fact["id"],
            "title": fact["title"],
            "summary": fact["summary"],
            "commissioner": fact.get("commissioner") or "",
            "partner": fact.get("partner", ""),
            "source": SOURCE,
            **fields,
        },
        objectives=fact["objectives"],
        capabilities=fact["capabilities"],
        sectors=SECTORS[fact["id"]],
        places=["Birmingham"] if fact.get("commissioner") == "Birmingham City Council" else [],
        essential=frozenset(fact["capabilities"][:1]),
        stages=stages,
    )


def load_past(world: World, fact: Fact) -> Call:
    """A challenge of which we know that it ran, but not all of its dates."""
    call = make_call(
        world,
        plan_of(world, fact, legal_route=LegalRoute.RESEARCH, budget=_budget(fact["phases"])),
    )
    import_as_past(world, call)
    for award in fact.get("awards", []):
        _import_award(world, call, award)
    publish(world, call, story(fact))
    return call


def _budget(phases: list[Fact]) -> Decimal:
    """The most that all phases together could come to, in pounds."""
    return Decimal(
        sum(
            phase.get("max_total_gbp") or phase["max_awards"] * phase["max_gbp_each"]
            for phase in phases
        )
    )


def _import_award(world: World, call: Call, fact: Fact) -> None:
    name = fact["organisation"]
    organisation = Organisation.objects.create(name=name, slug=slugify(name), source=SOURCE)
    award = Award.objects.create(
        call=call,
        organisation=organisation,
        title=f"{call.title}: {name}",
        slug=slugify(f"{call.reference}-{name}"),
        summary=f"One of five phase {fact['phase']} (feasibility) contracts of up to "
        f"{pounds(fact['max_gbp'])} each. The announcements give the limit and not the sum paid.",
        amount=fact["max_gbp"],
        amount_is_limit=True,
        state=AwardState.COMPLETED,  # twelve weeks, years ago
        source=SOURCE,
    )
    world.history.add(
        "awards.imported",
        award,
        chain=call.chain,
        at=world.now,
        amount=str(award.amount),
    )


def publish(
    world: World,
    call: Call,
    body: Body,
    faqs: Sequence[tuple[str, str]] = (),
    *,
    live: bool = True,
) -> CallPage:
    """The call's page; a draft of it where the call waits for approval."""
    kind = AcceleratorPage if call.kind == CallKind.ACCELERATOR else ChallengePage
    page = kind(
        title=call.title,
        slug=_slug(call.title),
        call=call,
        live=live,
        has_unpublished_changes=not live,
        search_description=call.summary[:250],
        body=body,
        faqs=[("faq", {"question": question, "answer": rich(text)}) for question, text in faqs],
    )
    with unrecorded():  # the story tells when it was made and published
        return world.index.add_child(instance=page)


def _slug(title: str) -> str:
    """As much of a title as fits in an address, in whole words."""
    return shorten(slugify(title).replace("-", " "), 72, placeholder="").replace(" ", "-")


def story(fact: Fact, told: str = "") -> Body:
    """A page's blocks from the facts; `told` says what the demonstration has added."""
    body: Body = [("heading", "How it was run")]
    body.append(("paragraph", rich(_sentence(fact["selection"]))))
    if facts := _facts(fact):
        body.append(("facts", facts))
    if offer := fact.get("pilot"):
        body.append(("paragraph", rich(f"For each winner: {offer}.")))
    if about := fact.get("programme_facts"):
        body.append(("paragraph", rich(_sentence(about))))
    if outcome := fact.get("outcome"):
        body += [
            ("heading", "What came of it"),
            ("paragraph", rich(_sentence(outcome))),
        ]
    body += [("heading", "What the announcements say, and what they don’t")]
    body.append(("paragraph", rich(" ".join([_dates(fact), *_unsaid(fact)]))))
    if told:
        body.append(("paragraph", rich(told)))
    return body


def _facts(fact: Fact) -> list[dict[str, str]]:
    found = []
    if each := fact.get("award_gbp_each"):
        found.append({"figure": pounds(each), "label": "for the winner"})
    for phase in fact.get("phases", []):
        if total := phase.get("max_total_gbp"):
            found.append({"figure": pounds(total), "label": f"at most in all. {phase['name']}"})
        else:
            label = f"at most for each of {phase['max_awards']} awards, over {phase['weeks']} weeks"
            found.append(
                {
                    "figure": pounds(phase["max_gbp_each"]),
                    "label": f"{label}. {phase['name']}",
                }
            )
    return found


def _dates(fact: Fact) -> str:
    given = [
        f"{word} on {_day(fact[key])}"
        for key, word in (
            ("opens", "opened"),
            ("closes", "closed"),
            ("decision", "was decided"),
        )
        if key in fact
    ]
    if phases := fact.get("phase_dates"):
        spans = [f"{_month(first)} to {_month(last)}" for first, last in phases]
        given.append(f"ran in phases from {' and from '.join(spans)}")
    if year := fact.get("year"):
        given.append(f"ran in {year}")
    if not given:
        return "The announcements give no dates for this challenge."
    all_said = {"opens", "closes", "decision"} <= fact.keys()
    more = "" if all_said else " Other dates are not given."
    return f"It {_listed(given)}.{more}"


def _listed(phrases: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(phrases[:-1]), phrases[-1]]))


def _unsaid(fact: Fact) -> list[str]:
    return [] if fact.get("commissioner") else ["They don’t name the public body that asked."]


def _day(iso: str) -> str:
    day = date.fromisoformat(iso)
    return f"{day.day} {day:%B %Y}"


def _month(iso: str) -> str:
    return f"{date.fromisoformat(iso + '-01'):%B %Y}"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def rich(text: str) -> str:
    return f"<p>{text}</p>"
