"""The plan of least cost: every condition holds or what lacks is named, and it is the best."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from challenges.judging.matching import parts_of_pairs, plan
from challenges.judging.models import Assignment
from challenges.judging.pairs import standing_of
from challenges.judging.services import assign_entries
from challenges.judging.services.recusing import recuse
from startups.models import Claim
from tests.factories import (
    CapabilityFactory,
    close_stage,
    make_call,
    make_entry,
    make_judge,
    make_officer,
    submit,
)


@st.composite
def panels(draw):
    pitches, judges = draw(st.integers(1, 7)), draw(st.integers(1, 5))
    fit = draw(st.lists(st.integers(0, 100), min_size=pitches * judges, max_size=pitches * judges))
    pairs = [(j, i) for j in range(judges) for i in range(pitches)]
    return {
        "fit": np.array(fit, dtype=float).reshape(pitches, judges) / 100,
        "reviews": draw(st.integers(1, 4)),
        "most": draw(st.integers(1, 8)),
        "barred": draw(st.lists(st.sampled_from(pairs), unique=True, max_size=8)),
    }


@settings(deadline=None)
@given(panels())
def test_every_condition_holds_or_is_named(panel):
    found = plan(**panel)
    pitches, judges = panel["fit"].shape
    assert not set(found.pairs) & set(panel["barred"])
    assert len(set(found.pairs)) == len(found.pairs)
    for judge in range(judges):
        assert sum(j == judge for j, _ in found.pairs) <= panel["most"]
    for pitch in range(pitches):
        given_out = sum(i == pitch for _, i in found.pairs)
        assert given_out + found.lacking.get(pitch, 0) == panel["reviews"]


@settings(deadline=None)
@given(panels())
def test_its_worth_is_the_linear_programmes(panel):
    found = plan(**panel)
    pitches, judges = panel["fit"].shape
    allowed = np.ones((pitches, judges))
    for judge, pitch in panel["barred"]:
        allowed[pitch, judge] = 0
    each_pitch = np.kron(np.eye(pitches), np.ones(judges))
    each_judge = np.kron(np.ones(pitches), np.eye(judges))
    reviews = 10 * np.ones(pitches * judges) + panel["fit"].ravel()
    best = linprog(
        -reviews,
        A_ub=np.vstack([each_pitch, each_judge]),
        b_ub=[panel["reviews"]] * pitches + [panel["most"]] * judges,
        bounds=[(0, top) for top in allowed.ravel()],
    )
    assert 10 * len(found.pairs) + found.fit == pytest.approx(-best.fun, abs=1e-3)


@settings(deadline=None)
@given(panels(), st.data())
def test_one_more_conflict_never_leaves_its_pair(panel, data):
    before = plan(**panel).pairs
    if not before:
        return
    pair = data.draw(st.sampled_from(before))
    after = plan(**{**panel, "barred": [*panel["barred"], pair]})
    assert pair not in after.pairs


def test_what_stands_stays_and_what_would_rather_stays_if_it_can():
    fit = np.array([[1.0, 0.0], [1.0, 0.0]])
    assert (1, 0) in plan(fit, reviews=1, most=2, kept=[(1, 0)]).pairs
    assert (1, 0) in plan(fit, reviews=1, most=2, kept=[(1, 0)], keep_worth=2.0).pairs
    assert (1, 0) not in plan(fit, reviews=1, most=2).pairs


def test_a_share_across_themes_joins_the_parts():
    theme = np.kron(np.eye(2), np.ones((10, 3))).astype(bool)
    fit = np.where(theme, 1.0, 0.0)
    apart = plan(fit, reviews=2, most=10)
    assert (apart.parts, apart.across) in ((2, 0.0), (1, 0.0)) or apart.parts >= 2
    joined = plan(fit, reviews=2, most=10, theme=theme, across=0.1)
    assert joined.across >= 0.1


@pytest.mark.parametrize("levels", [1, 2, 4])
def test_only_so_many_cross_as_are_asked_where_many_fits_are_level(levels):
    chance = np.random.default_rng(2)
    theme = np.arange(200)[:, None] % 3 == np.arange(12)[None, :] % 3
    fit = chance.integers(0, levels, theme.shape) / levels
    found = plan(fit, reviews=3, least=45, most=55, theme=theme, across=0.05)
    assert found.across >= 0.05
    if levels == 1:
        assert found.across <= 0.07
        assert plan(fit, reviews=3, most=55, theme=theme).fit == found.fit
    no_theme = plan(fit, reviews=3, least=45, most=55)
    assert found.fit >= no_theme.fit - 0.05 * len(found.pairs)


def test_what_cannot_be_met_is_named():
    found = plan(
        np.ones((2, 3)), reviews=2, least=2, most=2, barred=[(2, 0), (2, 1)], kept=[(2, 1)]
    )
    assert found.under == {2: 2} and found.dropped == {(2, 1)} and not found.lacking


@pytest.mark.django_db
def test_a_replacement_comes_from_the_part_that_shares_no_pitch():
    """Two pairs of judges who read nothing together: the recusal lets one review link them."""
    call = make_call()
    entries = [submit(make_entry(call=call)) for _ in range(4)]
    stage = close_stage(call.first_stage)
    judges = [make_judge(stage) for _ in range(4)]
    stage.panel.reviews_per_pitch = 2
    stage.panel.save()
    for entry, pair in zip(entries, ((0, 1), (0, 1), (2, 3), (2, 3)), strict=True):
        for judge in pair:
            Assignment.objects.create(member=judges[judge], entry=entry)
    recuse(judges[0], Assignment.objects.filter(member=judges[0], entry=entries[0]), make_officer())
    pairs = standing_of(stage.panel).values_list("member", "entry")
    assert len(pairs) == 8 and parts_of_pairs(pairs) == 1


@pytest.mark.django_db
def test_pitches_go_to_those_who_know_the_matter():
    call = make_call()
    matters = [CapabilityFactory(), CapabilityFactory()]
    entries = []
    for matter in matters * 3:
        entry = make_entry(call=call)
        Claim.objects.create(
            organisation=entry.pitch.organisation, capability=matter, level=3, evidence="x"
        )
        entries.append((submit(entry), matter))
    stage = close_stage(call.first_stage)
    judges = [make_judge(stage) for _ in matters]
    for judge, matter in zip(judges, matters, strict=True):
        judge.expertise.add(matter)
    stage.panel.reviews_per_pitch = 1
    stage.panel.save()
    assert assign_entries(stage=stage, actor=make_officer()) == (6, 0)
    for entry, matter in entries:
        [assignment] = Assignment.objects.filter(entry=entry)
        assert matter in assignment.member.expertise.all()


def themed_fit(pitches: int = 24, judges: int = 6) -> np.ndarray:
    """Two themes without anything between them."""
    return (np.arange(pitches)[:, None] % 2 == np.arange(judges)[None, :] % 2).astype(float)


@pytest.mark.parametrize("reviews", [2, 3])
def test_themes_leave_no_panel_in_parts(reviews):
    fit = themed_fit()
    fields = {"reviews": reviews, "least": 0, "most": 4 * reviews}
    assert plan(fit, **fields).parts == 2
    linked = plan(fit, **fields, connected=True)
    assert linked.parts == 1 and not linked.lacking
    assert linked.fit >= fit.shape[0] * reviews - 2  # one or two reviews pay for it


def test_a_top_up_links_what_stands():
    """After a recusal one review is wanted: it may cross, as what stands is in two parts."""
    fit = themed_fit(4, 4)
    standing = [(0, 0), (2, 0), (1, 1), (3, 1), (0, 2), (2, 2), (1, 3)]
    found = plan(
        fit,
        reviews=[0, 0, 0, 1],
        most=4,
        barred=standing,
        linked=standing,
        connected=True,
    )
    [(judge, pitch)] = found.pairs
    assert found.parts == 1 and pitch == 3 and judge in (0, 2)


def test_what_can_not_be_linked_says_so():
    fit = themed_fit(4, 2)
    found = plan(fit, reviews=1, least=0, most=2, connected=True)
    assert found.parts == 2


@pytest.mark.django_db
def test_a_panel_of_two_themes_can_be_compared():
    call = make_call()
    matters = [CapabilityFactory(), CapabilityFactory()]
    for matter in matters * 6:
        entry = make_entry(call=call)
        Claim.objects.create(
            organisation=entry.pitch.organisation, capability=matter, level=3, evidence="x"
        )
        submit(entry)
    stage = close_stage(call.first_stage)
    judges = [make_judge(stage) for _ in range(6)]
    for number, judge in enumerate(judges):
        judge.expertise.add(matters[number % 2])
    stage.panel.reviews_per_pitch = 2
    stage.panel.save()
    officer = make_officer()
    assert assign_entries(stage=stage, actor=officer) == (24, 0)
    assert parts_of_pairs(Assignment.objects.values_list("member", "entry")) == 1
