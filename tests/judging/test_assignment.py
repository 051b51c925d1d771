"""Sharing out, as properties over any panel and any conflicts."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from challenges.judging.assignment import share_out


@st.composite
def panels(draw: st.DrawFn) -> dict:
    entries = [f"e{n}" for n in range(draw(st.integers(0, 12)))]
    judges = [f"j{n}" for n in range(draw(st.integers(0, 7)))]
    pairs = [(judge, entry) for judge in judges for entry in entries]
    some = st.lists(st.sampled_from(pairs), unique=True) if pairs else st.just([])
    existing = draw(some)
    conflicts = [pair for pair in draw(some) if pair not in existing]
    return {
        "entries": entries,
        "judges": judges,
        "reviews": draw(st.integers(1, 4)),
        "conflicts": conflicts,
        "existing": existing,
    }


@given(panels())
def test_no_pair_is_made_that_must_not_be_or_that_stands(panel: dict) -> None:
    new, _ = share_out(**panel)
    assert not set(new) & set(panel["conflicts"])
    assert not set(new) & set(panel["existing"])
    assert len(new) == len(set(new))
    assert all(judge in panel["judges"] and entry in panel["entries"] for judge, entry in new)


@given(panels())
def test_each_entry_gets_its_reviews_or_lacks_them_for_want_of_judges(panel: dict) -> None:
    new, lacking = share_out(**panel)
    readers = Counter(entry for _, entry in [*new, *panel["existing"]])
    for entry in panel["entries"]:
        stands = sum(e == entry for _, e in panel["existing"])
        barred = sum(e == entry for _, e in panel["conflicts"])
        possible = len(panel["judges"]) - barred
        wanted = max(stands, min(panel["reviews"], possible))
        assert readers[entry] == wanted
        assert lacking.get(entry, 0) == max(0, panel["reviews"] - wanted)


@given(st.integers(0, 25), st.integers(1, 9), st.integers(1, 4))
def test_loads_differ_by_at_most_one_without_conflicts(
    entries: int, judges: int, reviews: int
) -> None:
    new, _ = share_out(list(range(entries)), [f"j{n}" for n in range(judges)], reviews=reviews)
    loads = Counter({f"j{n}": 0 for n in range(judges)})
    loads.update(judge for judge, _ in new)
    assert max(loads.values()) - min(loads.values()) <= 1


@given(panels())
def test_no_reader_could_be_swapped_for_a_judge_with_two_less(panel: dict) -> None:
    """No single move makes the loads evener."""
    new, _ = share_out(**panel)
    taken = set(panel["conflicts"]) | set(panel["existing"]) | set(new)
    loads = Counter(dict.fromkeys(panel["judges"], 0))
    loads.update(judge for judge, _ in [*panel["existing"], *new])
    for judge, entry in new:
        for other in panel["judges"]:
            if (other, entry) not in taken:
                assert loads[judge] - loads[other] <= 1


@given(panels())
def test_the_most_loaded_could_not_have_less(panel: dict) -> None:
    """Compared with the best possible, found by trying smaller ceilings with maximum flow."""
    new, lacking = share_out(**panel)
    loads = Counter(judge for judge, _ in [*panel["existing"], *new])
    given_out = {judge for judge, _ in new}
    if not given_out:
        return
    most = max(loads[judge] for judge in given_out)
    assert _most_with_ceiling(panel, lacking, most - 1) < len(new)


def _most_with_ceiling(panel: dict, lacking: dict, ceiling: int) -> int:
    """How many of the wanted reviews fit if nobody reads more than `ceiling` (augmenting paths)."""
    barred = set(panel["conflicts"]) | set(panel["existing"])
    stands = Counter(judge for judge, _ in panel["existing"])
    room = {judge: max(0, ceiling - stands[judge]) for judge in panel["judges"]}
    holds: dict[str, list[str]] = {judge: [] for judge in panel["judges"]}

    def place(entry: str, seen: set[str]) -> bool:
        for judge in panel["judges"]:
            if judge in seen or (judge, entry) in barred or entry in holds[judge]:
                continue
            seen.add(judge)
            if len(holds[judge]) < room[judge]:
                holds[judge].append(entry)
                return True
            for held in list(holds[judge]):
                holds[judge].remove(held)
                if place(held, seen):
                    holds[judge].append(entry)
                    return True
                holds[judge].append(held)
        return False

    placed = 0
    for entry in panel["entries"]:
        has = sum(e == entry for _, e in panel["existing"])
        for _ in range(max(0, panel["reviews"] - has)):
            placed += place(entry, set())
    return placed
