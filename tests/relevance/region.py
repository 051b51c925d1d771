"""The region's 24 challenges against the demonstration's start-ups, judged by reading both.

`region.tsv` holds who could answer which challenge: 3 built for it, 2 a main part of it, 1 near
it; whoever is not named has nothing for it. The start-ups are invented and marked so; a person
read what they say and claim and what each challenge asks, with no ranking in sight, and wrote down
why. Their claims were invented with the challenges at hand, so capabilities do better here than
they would in life.

`python -m tests.relevance.region` on a loaded demonstration prints what each signal adds.
"""

import csv
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

Grades = dict[str, dict[str, int]]

VARIANTS: Mapping[str, Mapping[str, float]] = {
    "text alone": {"text": 1.0},
    "capabilities alone": {"capabilities": 1.0},
    "text and capabilities": {"text": 0.4, "capabilities": 0.6},
    "as shipped": {},
}
"""Name → shares of the signals in place of those shipped."""


def grades() -> Grades:
    """Call's reference → slug → grade, as people see a call; turned round by `turned`."""
    found: Grades = {}
    path = Path(__file__).with_name("region.tsv")
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            found.setdefault(row["call"], {})[row["organisation"]] = int(row["grade"])
    return found


@contextmanager
def weights(shares: Mapping[str, float]) -> Iterator[None]:
    from search import scoring

    full = dict.fromkeys(scoring.WEIGHTS, 0.0) | dict(shares) if shares else scoring.WEIGHTS
    with mock.patch.object(scoring, "WEIGHTS", full):
        yield


def call_to_firms(judged: Grades) -> list[float]:
    """nDCG@10 of each judged call, over all public start-ups with anything to show."""
    from challenges.calls.models import Call
    from search.matching import match_organisations
    from search.ranking.measures import ndcg

    found = []
    for call in Call.objects.filter(reference__in=judged).select_related("page").order_by("pk"):
        ranked = [match.thing.slug for match in match_organisations(call, 10)]
        found.append(ndcg(ranked, judged[call.reference]))
    return found


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings.development")
    import django

    django.setup()
    from search.ranking.measures import interval

    judged = grades()
    print(f"{len(judged)} challenges, {sum(map(len, judged.values()))} judgements; nDCG@10")
    runs = {}
    for name, shares in VARIANTS.items():
        with weights(shares):
            runs[name] = call_to_firms(judged)
        mean, low, high = interval(runs[name])
        print(f"{name:<24}{mean:7.3f}  [{low:.3f}, {high:.3f}]")
    less = [mine - text for mine, text in zip(runs["as shipped"], runs["text alone"], strict=True)]
    mean, low, high = interval(less)
    print(f"{'shipped less text alone':<24}{mean:7.3f}  [{low:.3f}, {high:.3f}]")


if __name__ == "__main__":
    main()
