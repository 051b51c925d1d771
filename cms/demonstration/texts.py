"""What the invented people write: sentences from a few moulds, so that no two texts are alike."""

from random import Random
from typing import Any

Firm = dict[str, Any]
"""One entry of data/startups.json: name, makes, result, capabilities, sector."""

TRIED_WITH = (
    "a borough council in the north",
    "two housing associations",
    "a hospital trust",
    "a county council",
    "a city’s transport authority",
    "a group of eleven schools",
    "a charity that works in four towns",
    "a combined authority",
)
GREW = (
    "and {count} organisations pay for it today",
    "and it has since been used by {count} public bodies",
    "and {count} teams now rely on it every week",
)
HABITS = (
    "We test with the people who will use it before we write a line of code, and we publish "
    "what we learn, including what did not work.",
    "Half of our team came from public services, so we know how a rota, a budget round and a "
    "committee feel from the inside.",
    "We work in the open, keep data where it was given, and leave every customer able to carry "
    "on without us.",
    "We are small and answer the phone ourselves, and we would sooner do one thing well than "
    "promise five.",
)
WISHES = (
    "What we look for now is a public body in the region that would try it with us on a larger "
    "scale.",
    "Next we want to show that it works in a place where most people have never heard of us.",
    "We would like partners who will measure the result with us, and say so if there is none.",
)
EVIDENCE = (
    "Built and ran this for {customer} in {year}; {count} people used it in the first six months.",
    "Delivered for {customer} between {year} and {next_year}, unaided; the reference is on our "
    "site.",
    "Part of our main product since {year}; reviewed by {customer} and kept on after the trial.",
    "One project so far, for {customer} in {year}, with {count} users and a published evaluation.",
)
APPROACH = (
    "We would start with {makes}. In the first month we would set it up with one team in {place}; "
    "in the second we would open it to about {count} people; in the third we would measure and "
    "write down what we found. The aim is that {result}.",
    "Our answer is {makes}. It exists today and needs fitting to the region, not inventing. We "
    "would work beside the people who own the problem for three months, starting in {place} "
    "with about {count} residents, so that {result}.",
    "We propose {makes}. Rather than a large build, we would run three short trials of a month "
    "each with some {count} people in and around {place}, keep what works, and stop what does "
    "not. If it goes well, {result}.",
)
BENEFIT = (
    "It would help the people named in the challenge first, and the staff who serve them next. "
    "We would count how many of about {count} people took part, compare them with a similar "
    "group, and ask both what changed.",
    "Some {count} residents in the trial, and later many more. We would know by three figures "
    "agreed before we start, taken from records that the service keeps anyway.",
    "Mostly those whom services hear from late. We would publish a baseline in the first week "
    "and the same figures in the last, for about {count} people.",
)
TRIED = (
    "We tried it with {customer} in {year}. {count} people used it; two thirds were still using "
    "it after three months. What failed was sign-up on paper, which we have dropped.",
    "With {customer}, since {year}. An outside evaluation found a small but clear effect among "
    "{count} people, and advised us to train front-line staff earlier.",
    "A prototype with {customer} in {year}, with {count} people. It is early: the effect is "
    "promising and not yet proven.",
)
PRAISE = {
    "high": (
        "Clear, and grounded in work already done.",
        "The strongest part of the pitch: specific and believable.",
        "Shows real knowledge of the people concerned.",
    ),
    "middle": (
        "Reasonable, but the figures need a source.",
        "Sound idea; the plan for the first month is thin.",
        "Would like to see who in the service has agreed to take part.",
    ),
    "low": (
        "Too general to judge what would happen in the pilot.",
        "Does not say how it differs from what the region has.",
        "The effect claimed is not supported by the evidence given.",
    ),
}
REASON = {
    "shortlisted": "Among the five highest scores of the panel in the sift.",
    "awarded": "The highest score of the panel on the pitch day.",
    "not-awarded": "Other pitches scored higher against the published criteria.",
}


def describe(firm: Firm, place: str, random: Random) -> dict[str, str]:
    """`summary` (up to 300 characters) and `description` (more than 40 words) of a firm."""
    grew = random.choice(GREW).format(count=random.randint(3, 24))
    made = firm["makes"][0].upper() + firm["makes"][1:]
    description = (
        f"{firm['name']} makes {firm['makes']}. The point of it is that {firm['result']}. "
        f"We began in {place} with {random.choice(TRIED_WITH)}, {grew}.\n\n"
        f"{random.choice(HABITS)} {random.choice(WISHES)}"
    )
    return {"summary": f"{made}, so that {firm['result']}.", "description": description}


def evidence(random: Random) -> str:
    year = random.randint(2014, 2024)
    return random.choice(EVIDENCE).format(
        customer=random.choice(TRIED_WITH),
        year=year,
        next_year=year + 1,
        count=random.randint(8, 90) * 10,
    )


def approach(firm: Firm, place: str, random: Random) -> str:
    return random.choice(APPROACH).format(
        makes=firm["makes"],
        result=firm["result"],
        place=place,
        count=random.randint(4, 40) * 10,
    )


def benefit(random: Random) -> str:
    return random.choice(BENEFIT).format(count=random.randint(4, 40) * 10)


def tried(year: int, random: Random) -> str:
    return random.choice(TRIED).format(
        customer=random.choice(TRIED_WITH), year=year, count=random.randint(3, 50) * 10
    )


def remark(share: float, random: Random) -> str:
    """A judge's comment on a score; `share` is the score from 0 to 1 of its scale."""
    band = "high" if share >= 0.75 else "middle" if share >= 0.45 else "low"
    return random.choice(PRAISE[band])
