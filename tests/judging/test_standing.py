"""Places by the sealed rules: what decides, minimums, ties, the draw, the cut line."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from django.core.cache import cache
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from challenges.calls.draw import draw_order
from challenges.calls.models import DecidesBy, Stage, TieBreak
from challenges.calls.services import seal_rulebook
from challenges.judging import fairness, standing
from challenges.judging.decisions import decide
from challenges.judging.models import Assignment, AssignmentState, Score
from challenges.judging.standing import Floor, Marks, Rules, stand
from challenges.judging.table import digests_of, table_of, work_out_rankings
from challenges.pitches.models import Entry, EntryState, Pitch
from marketplace.errors import Refused
from tests.desk.helpers import signed_in, url
from tests.factories import (
    OrganisationFactory,
    assign,
    close_stage,
    make_call,
    make_entry,
    make_judge,
    make_officer,
    release,
    submit,
)
from tests.judging.conftest import World, write_review

scores = st.lists(
    st.tuples(
        st.decimals(0, 100, places=2) | st.sampled_from([Decimal("33.33"), Decimal("50")]),
        st.integers(0, 5),
    ),
    max_size=3,
)


def marks_of(totals: list) -> list[Marks]:
    return [
        Marks(n, f"R{n:03}", [total for total, _ in each], [20.0 * heavy for _, heavy in each])
        for n, each in enumerate(totals)
    ]


def test_its_words_are_those_of_the_sealed_rules() -> None:
    assert TieBreak.HEAVIEST_CRITERION == standing.HEAVIEST
    assert TieBreak.DRAW == standing.DRAW
    assert DecidesBy.ADJUSTED == standing.ADJUSTED


@given(st.lists(scores, min_size=1, max_size=6), st.sampled_from(TieBreak.values))
def test_places_equal_the_reference(totals: list, tie_break: str) -> None:
    keys = [
        (
            sum(Fraction(total) for total, _ in each) / len(each),
            Fraction(sum(heavy for _, heavy in each), len(each)) if tie_break == "heaviest" else 0,
        )
        if each
        else None
        for each in totals
    ]
    expected = [
        None if key is None else 1 + sum(other is not None and other > key for other in keys)
        for key in keys
    ]
    rows = stand(marks_of(totals), Rules(tie_break=tie_break))
    found = {row.entry: row for row in rows}
    assert [found[n].place for n in range(len(totals))] == expected
    assert all(row.level == expected.count(row.place) for row in rows if row.place)
    assert [row.place or 99 for row in rows] == sorted(row.place or 99 for row in rows)


def test_the_adjusted_total_decides_where_it_is_given() -> None:
    marks = marks_of([[(Decimal(80), 5)], [(Decimal(60), 5)]])
    rows = stand(marks, Rules(decides_by="adjusted"), adjusted={0: 61.0, 1: 70.0})
    assert [(row.entry, row.total, row.mean) for row in rows] == [(1, 70.0, 60.0), (0, 61.0, 80.0)]


def test_who_is_under_a_minimum_has_no_place_and_reads_why() -> None:
    marks = [
        Marks(1, "A", [Decimal(90)], [], {7: 2.5}),
        Marks(2, "B", [Decimal(70)], [], {7: 3.0}),
        Marks(3, "C", [Decimal("49.99")], [], {7: 5.0}),
        Marks(4, "D", []),
    ]
    rows = stand(marks, Rules(minimum_total=50, floors={7: Floor("Impact", 3)}))
    assert [(row.entry, row.place) for row in rows] == [(2, 1), (1, None), (3, None), (4, None)]
    assert rows[1].short_of == ("“Impact” 2.50, at least 3 needed",)
    assert rows[2].short_of == ("total 49.99, at least 50 needed",)


def test_a_draw_parts_only_those_who_are_level() -> None:
    marks = marks_of(
        [[(Decimal(50), 1)], [(Decimal(50), 5)], [(Decimal(50), 3)], [(Decimal(9), 1)]]
    )
    drawn = ["R002", "R000", "R001"]
    rows = stand(marks, Rules(tie_break="draw"), drawn=drawn)
    assert [(row.reference, row.place, row.drawn) for row in rows] == [
        ("R002", 1, True),
        ("R000", 2, True),
        ("R001", 3, True),
        ("R003", 4, False),
    ]


def test_the_cut_line_may_run_through_level_pitches() -> None:
    marks = marks_of([[(Decimal(50), 1)], [(Decimal(50), 1)], [(Decimal(60), 1)]])
    first, second, third = stand(marks, Rules())
    assert first.goes_forward(2) and not second.goes_forward(2)
    assert second.is_level_across(2) and third.is_level_across(2)
    assert not second.is_level_across(3) and second.goes_forward(3)


# --- With a stage -----------------------------------------------------------------------


def make_ranking(stage: Stage, totals: list, judges: list) -> list[Entry]:
    """An entry for each list of (total, score of 5 on the heaviest criterion)."""
    made = []
    for given_scores in totals:
        pitch = Pitch.objects.create(call=stage.call, organisation=OrganisationFactory(), title="T")
        entry = Entry.objects.create(
            pitch=pitch, stage=stage, rulebook=stage.rulebook, state=EntryState.SUBMITTED
        )
        for judge, (total, heavy) in zip(judges, given_scores, strict=False):
            Assignment.objects.create(
                member=judge,
                entry=entry,
                state=AssignmentState.SUBMITTED,
                total=total,
                tie_score=100 * heavy / 5,
            )
        made.append(entry)
    return made


def sealed_stage(entries: int = 0, criterion_minimum: int | None = None, **rules: object) -> Stage:
    """A stage sealed with these rules, just closed, with so many submitted entries."""
    call = make_call()
    stage = call.first_stage
    stage.rulebooks.all().delete()
    Stage.objects.filter(pk=stage.pk).update(**rules)
    if criterion_minimum is not None:
        stage.criteria.filter(name="Impact").update(minimum=criterion_minimum)
    seal_rulebook(Stage.objects.select_related("call").get(pk=stage.pk))
    for _ in range(entries):
        submit(make_entry(call=call))
    return close_stage(stage)


def harsh_and_lenient(stage: Stage) -> dict[str, Entry]:
    """Two judges far apart; who was read by the harsh one alone is better than raw means say."""
    harsh, lenient = make_judge(stage), make_judge(stage)
    both = make_ranking(stage, [[(20 + n, 3), (70 + n, 3)] for n in range(10)], [harsh, lenient])
    [unlucky] = make_ranking(stage, [[(35, 3)]], [harsh])
    [lucky] = make_ranking(stage, [[(71, 3)]], [lenient])
    return {"unlucky": unlucky, "lucky": lucky, "usual": both[5]}


@pytest.mark.django_db
def test_the_sealed_ranking_decides() -> None:
    raw = sealed_stage()
    entries = harsh_and_lenient(raw)
    assert table_of(raw).standings[0].entry == entries["lucky"].pk
    adjusted = sealed_stage(decides_by=DecidesBy.ADJUSTED)
    entries = harsh_and_lenient(adjusted)
    table = table_of(adjusted)
    assert table.is_adjusted
    assert table.standings[0].entry == entries["unlucky"].pk


@pytest.mark.django_db
def test_a_worker_fits_before_anybody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = sealed_stage()
    harsh_and_lenient(stage)
    cache.clear()
    assert work_out_rankings() == 1

    def refuse(*args: object) -> None:
        raise AssertionError("fitted in the page")

    monkeypatch.setattr(fairness, "adjust", refuse)
    page = signed_in(make_officer()).get(url("fairness", stage.pk))
    assert page.status_code == 200
    Stage.objects.filter(pk=stage.pk).update(released_at=timezone.now())
    assert work_out_rankings() == 0


@pytest.mark.django_db
def test_where_nothing_can_be_adjusted_raw_means_decide_and_the_page_says_why() -> None:
    stage = sealed_stage(decides_by=DecidesBy.ADJUSTED)
    judges = [make_judge(stage), make_judge(stage)]
    make_ranking(stage, [[(40, 3)], [(60, 3)]], judges[:1])
    make_ranking(stage, [[(50, 3)], [(70, 3)]], judges[1:])
    table = table_of(stage)
    assert not table.is_adjusted and "2 parts" in table.why_raw
    assert [row.mean for row in table.standings] == [70, 60, 50, 40]
    page = signed_in(make_officer()).get(url("ranking", stage.pk)).content.decode()
    assert "raw means do for now" in page and "2 parts" in page


@pytest.mark.django_db
def test_minimums_keep_pitches_from_winning() -> None:
    stage = sealed_stage(2, criterion_minimum=3, minimum_total=30)
    judge, officer = make_judge(stage), make_officer()
    weak, strong = stage.entries.order_by("pk")
    for entry, value in ((weak, 2), (strong, 4)):
        write_review(assign(judge, entry), value)
    table = table_of(stage)
    assert [(row.entry, row.place) for row in table.standings] == [(strong.pk, 1), (weak.pk, None)]
    page = signed_in(officer).get(url("ranking", stage.pk)).content.decode()
    assert "Under a minimum" in page and "“Impact” 2.00, at least 3 needed" in page
    award = {"outcome": "awarded", "reason": "Good.", "amount": Decimal(10), "actor": officer}
    with pytest.raises(Refused, match="under a minimum"):
        decide(stage=stage, entries=[weak], **award)
    assert decide(stage=stage, entries=[strong], **award)
    decide(stage=stage, entries=[weak], outcome="not-awarded", reason="Weak.", actor=officer)


@pytest.mark.django_db
def test_a_release_keeps_the_minimums_too() -> None:
    """Scores may have changed since the officer decided."""
    stage = sealed_stage(1, minimum_total=50)
    officer, entry = make_officer(), stage.entries.get()
    review = write_review(assign(make_judge(stage), entry), 4)
    decide(
        stage=stage,
        entries=[entry],
        outcome="awarded",
        reason="x",
        amount=Decimal(9),
        actor=officer,
    )
    Assignment.objects.filter(pk=review.pk).update(total=10)
    with pytest.raises(Refused, match="under a minimum"):
        release(stage, officer)


@pytest.mark.django_db
def test_the_draw_waits_for_the_panel_to_close_and_anyone_can_repeat_it() -> None:
    stage = sealed_stage(4, tie_break=TieBreak.DRAW)
    judge = make_judge(stage)
    entries = list(stage.entries.select_related("pitch").order_by("pk"))
    for entry in entries:
        write_review(assign(judge, entry), 3)
    waiting = table_of(stage)
    assert waiting.draw_waits and {row.place for row in waiting.standings} == {1}
    table = table_of(stage, stage.scores_due_at)
    references = [entry.pitch.reference for entry in entries]
    digests = [entry.submissions.get().digest for entry in entries]
    assert [row.reference for row in table.standings] == draw_order(
        stage.draw_secret, digests, references
    )
    assert [row.place for row in table.standings] == [1, 2, 3, 4]
    Stage.objects.filter(pk=stage.pk).update(scores_due_at=timezone.now() - timedelta(seconds=1))
    page = signed_in(make_officer()).get(url("ranking", stage.pk)).content.decode()
    assert page.count(">drawn<") == 4


@pytest.mark.django_db
def test_a_withdrawal_does_not_draw_again() -> None:
    stage = sealed_stage(3, tie_break=TieBreak.DRAW)
    before = sorted(digests_of(stage))
    Entry.objects.filter(pk=stage.entries.first().pk).update(state=EntryState.WITHDRAWN)
    assert sorted(digests_of(stage)) == before


@pytest.mark.django_db
def test_recused_and_unfinished_reviews_count_nowhere(world: World) -> None:
    write_review(world.assignment, 5)
    second, third = make_judge(world.stage), make_judge(world.stage)
    assign(second, world.entry)
    recused = assign(third, world.entry)
    Assignment.objects.filter(pk=recused.pk).update(state=AssignmentState.RECUSED, total=0)
    row = table_of(world.stage).of(world.entry.pk)
    assert row and (row.mean, row.reviews, row.place) == (100, 1, 1)


@pytest.mark.django_db
def test_a_minimum_reads_only_scores_that_were_handed_in() -> None:
    stage = sealed_stage(1, criterion_minimum=3)
    entry = stage.entries.get()
    write_review(assign(make_judge(stage), entry), 4)
    draft = assign(make_judge(stage), entry)
    Score.objects.create(assignment=draft, criterion=stage.criteria.first(), value=0)
    assert table_of(stage).standings[0].place == 1


@pytest.mark.django_db
@pytest.mark.parametrize("many", [1, 12])
def test_the_table_is_two_queries(many: int, django_assert_num_queries: Callable) -> None:
    stage = close_stage(make_call().first_stage)
    make_ranking(stage, [[(50, 3)]] * many, [make_judge(stage)])
    with django_assert_num_queries(2):
        assert len(table_of(stage).standings) == many


@pytest.mark.django_db
def test_the_page_shows_both_rankings_and_the_cut_line() -> None:
    stage = sealed_stage(places=2)
    harsh_and_lenient(stage)
    page = signed_in(make_officer()).get(url("ranking", stage.pk)).content.decode()
    for words in (
        "Raw mean",
        "Raw place",
        "90% sure",
        "Cut line: 2 go forward",
        "Level with the cut",
    ):
        assert words in page
