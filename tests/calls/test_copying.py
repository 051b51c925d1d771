"""A copy of a call carries what it should, at dates that keep their hours on working days."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from challenges.calls import setup
from challenges.calls.copying import PLANS, REGIONAL, new_dates
from challenges.calls.legal.working_days import is_working_day, next_working_day
from challenges.calls.models import Call, CallState, Question, Stage, TieBreak
from challenges.calls.moving import move
from challenges.calls.shapes import SHAPES
from challenges.judging.models import Panel
from cms.copying import PAGE_PLANS, THINGS_ABOVE
from cms.models import AcceleratorPage, CallPage, ChallengePage
from marketplace.accounts.models import Role
from marketplace.accounts.services import grant_role
from marketplace.errors import NotAllowed, Refused
from marketplace.times import day_ended_by
from tests.factories import (
    CallFactory,
    LocalAuthorityFactory,
    RegionFactory,
    SectorFactory,
    make_call,
    make_officer,
)

LONDON = ZoneInfo("Europe/London")
PAGES = (CallPage, ChallengePage, AcceleratorPage)
COPIED = [*PLANS, Panel, *PAGES]


def plan_of(model):
    return PAGE_PLANS.get(CallPage if model in PAGES else model) or PLANS[model]


@pytest.mark.parametrize("model", COPIED)
def test_every_field_is_carried_given_moved_or_reset(model):
    there = {f.name for f in (*model._meta.concrete_fields, *model._meta.many_to_many)}
    plan = plan_of(model)
    assert there - plan.fields == set(), "say in a Plan what a copy does with these"
    if model not in PAGES:
        assert plan.fields - there == set(), "these are gone"
    lists = [plan.carried, plan.given, plan.moved, plan.reset]
    assert sum(map(len, lists)) == len(plan.fields), "a field is in two lists"


@pytest.mark.parametrize("model", COPIED)
def test_every_thing_that_hangs_on_one_is_carried_or_left(model):
    there = {r.get_accessor_name() for r in model._meta.related_objects if r.get_accessor_name()}
    plan = plan_of(model)
    above = THINGS_ABOVE[model].things if model in THINGS_ABOVE else frozenset()
    assert there - plan.things - above == set(), "say in a Plan whether a copy has these"


def test_things_that_belong_to_one_region_are_named():
    regional = {
        f.name
        for f in (*Call._meta.concrete_fields, *Call._meta.many_to_many)
        if f.name in PLANS[Call].carried
        and f.related_model
        and any(g.name == "region" for g in f.related_model._meta.concrete_fields)
    }
    assert regional == set(REGIONAL)


# --- Dates, with no database -----------------------------------------------------------

STEPS = st.lists(
    st.tuples(st.integers(0, 90), st.times(min_value=time(2))), min_size=1, max_size=12
)
DAYS = st.dates(date(2023, 1, 1), date(2029, 12, 31))


@settings(deadline=None)
@given(start=DAYS, steps=STEPS, days=st.integers(-900, 900))
def test_moved_dates_keep_hour_and_order_and_are_working_days(start, steps, days):
    """Across both clock changes, leap years, Easter and Christmas."""
    moments, day = {}, start
    for place, (distance, clock) in enumerate(steps):
        day += timedelta(days=distance)
        moments[place] = datetime.combine(day, clock, LONDON).astimezone(UTC)
    moved = move(moments, days=days, zone=LONDON)
    in_order = sorted(moments, key=lambda place: moments[place])
    for place in moments:
        was, now = moments[place].astimezone(LONDON), moved[place]
        assert now.time() == was.time()
        assert is_working_day(now.date())
        assert now.date() >= was.date() + timedelta(days=days)
    for one, other in pairwise(in_order):
        assert (moments[one] < moments[other]) == (moved[one] < moved[other])
    pushed = False
    for place in in_order:  # until something had to give way, each is where it was put
        plain = moments[place].astimezone(LONDON).date() + timedelta(days=days)
        pushed = pushed or not is_working_day(plain)
        if not pushed:
            assert moved[place].date() == plain


@pytest.mark.parametrize(
    ("was", "days", "now"),
    [
        # From winter to summer and back: noon stays noon.
        ("2026-01-12 12:00", 98, "2026-04-20 12:00"),
        ("2026-07-06 17:00", 182, "2027-01-04 17:00"),
        ("2026-12-18 09:00", 7, "2026-12-29 09:00"),  # Christmas, and a substitute day
        ("2026-03-27 09:00", 7, "2026-04-07 09:00"),  # Good Friday to after Easter Monday
        ("2028-02-22 09:00", 7, "2028-02-29 09:00"),
        ("2026-06-06 10:00", 0, "2026-06-08 10:00"),  # a Saturday
    ],
)
def test_a_date_moved(was, days, now):
    at = datetime.fromisoformat(was).replace(tzinfo=LONDON)
    moved = move({"x": at.astimezone(UTC)}, days=days, zone=LONDON)["x"]
    assert moved.strftime("%Y-%m-%d %H:%M") == now


def test_what_falls_on_one_day_keeps_its_order():
    """Closing on Saturday evening and opening on Sunday morning are both moved to Monday."""
    closes = datetime(2026, 6, 6, 17, tzinfo=LONDON)
    opens = datetime(2026, 6, 7, 9, tzinfo=LONDON)
    moved = move({"closes": closes, "opens": opens}, days=0, zone=LONDON)
    assert moved["closes"].date() == date(2026, 6, 8)
    assert moved["opens"].date() == date(2026, 6, 9)


@settings(deadline=None)
@given(opens=DAYS, steps=st.lists(st.integers(1, 60), min_size=3, max_size=3), on=st.none() | DAYS)
def test_what_ends_at_midnight_ends_a_working_day(opens, steps, on):
    """A call that closed at the end of a Friday doesn't close at the end of a Sunday."""
    days = [opens + timedelta(days=sum(steps[:number])) for number in range(4)]
    names = ("opens_at", "questions_until", "closes_at", "scores_due_at")
    moments = {
        name: datetime.combine(day, time(0), LONDON).astimezone(UTC)
        for name, day in zip(names, days, strict=True)
    }
    distance = (on - opens).days if on else 0
    moved = move(moments, days=distance, zone=LONDON, ends=names[1:])
    assert list(moved.values()) == sorted(set(moved.values()))
    assert {at.time() for at in moved.values()} == {time(0)}
    assert is_working_day(moved["opens_at"].date())
    for name in names[1:]:
        assert is_working_day(day_ended_by(moved[name])), name
    was = moments["questions_until"]
    kept = day_ended_by(was) + timedelta(days=distance)
    if is_working_day(kept) and moved["opens_at"].date() < kept:
        assert day_ended_by(moved["questions_until"]) == kept


@pytest.mark.parametrize(
    ("closed", "closes"),
    [
        ("2026-03-14", "2026-09-12"),  # Friday to Friday, by what people read
        ("2026-03-16", "2026-09-15"),  # from the end of a Sunday
        ("2025-10-04", "2026-04-08"),  # to the end of Good Friday
    ],
)
def test_a_midnight_moved(closed, closes):
    at = datetime.fromisoformat(closed).replace(tzinfo=LONDON)
    moved = move({"x": at.astimezone(UTC)}, days=182, zone=LONDON, ends=["x"])["x"]
    assert moved == datetime.fromisoformat(closes).replace(tzinfo=LONDON)


def test_the_next_working_day_of_a_working_day_is_itself():
    assert next_working_day(date(2026, 12, 24)) == date(2026, 12, 24)
    assert next_working_day(date(2026, 12, 25)) == date(2026, 12, 29)


# --- Calls ------------------------------------------------------------------------------

pytestmark = pytest.mark.django_db


def stage_at(call, **fields):
    values = {
        "opens_at": datetime(2025, 2, 3, 9, tzinfo=LONDON),
        "closes_at": datetime(2025, 3, 17, 12, tzinfo=LONDON),
        "questions_until": datetime(2025, 3, 10, 12, tzinfo=LONDON),
        "scores_due_at": datetime(2025, 4, 14, 17, tzinfo=LONDON),
        "decision_on": date(2025, 4, 22),
        **fields,
    }
    return Stage.objects.create(call=call, **values)


def ask(stage, label, **fields):
    return Question.objects.create(stage=stage, label=label, **fields)


@time_machine.travel(datetime(2026, 8, 29, 12, tzinfo=UTC))
def test_a_copied_stage_is_blind_again_and_its_enquiries_end_this_year():
    source, call = CallFactory(), CallFactory()
    old = stage_at(
        source,
        is_blind=True,
        unblinded_at=timezone.now(),
        released_at=timezone.now(),
        tie_break=TieBreak.DRAW,
        minimum_total=60,
    )
    [new] = setup.copy_from_call(call=call, source=source, actor=make_officer())
    new.refresh_from_db()
    assert new.hides_names and new.released_at is None
    assert (new.tie_break, new.minimum_total) == (TieBreak.DRAW, 60)
    assert new.draw_secret != old.draw_secret
    local = {
        name: timezone.localtime(getattr(new, name)).strftime("%a %d %b %Y %H:%M")
        for name in ("opens_at", "questions_until", "closes_at", "scores_due_at")
    }
    assert local == {
        "opens_at": "Mon 14 Sep 2026 09:00",
        "questions_until": "Mon 19 Oct 2026 12:00",
        "closes_at": "Mon 26 Oct 2026 12:00",
        "scores_due_at": "Mon 23 Nov 2026 17:00",
    }
    assert new.decision_on == date(2026, 12, 1)


def test_empty_dates_stay_empty():
    source, call = CallFactory(), CallFactory()
    stage_at(source, questions_until=None)
    [new] = setup.copy_from_call(call=call, source=source, actor=make_officer())
    assert new.questions_until is None


def test_a_copys_condition_is_on_its_own_question():
    source, call = CallFactory(), CallFactory()
    stage = stage_at(source)
    gone = ask(stage, "Gone?", kind="yes-no", retired_at=timezone.now())
    kind = ask(stage, "Who are you?", kind="choice", choices="Council\nFirm")
    ask(stage, "Which council?", condition_on=kind, condition_answers="Council")
    ask(stage, "Why was it gone?", condition_on=gone, condition_answers="Yes")
    [new] = setup.copy_from_call(call=call, source=source, actor=make_officer())
    asked = {q.label: q for q in new.questions.all()}
    assert "Gone?" not in asked
    condition = asked["Which council?"].spec()["condition"]
    assert condition == {"question": asked["Who are you?"].pk, "answers": ["Council"]}
    freed = asked["Why was it gone?"]
    assert freed.condition_on is None and freed.condition_answers == ""


def test_a_draft_is_filled_where_it_is_empty_and_keeps_what_it_says():
    source = make_call(commissioner="Sandwell", budget=90_000, partner="A partner")
    source.sectors.add(SectorFactory(region=source.region))
    source.places.add(LocalAuthorityFactory(region=source.region))
    call = CallFactory(commissioner="Dudley", legal_route="prize")
    title = call.title
    setup.copy_from_call(call=call, source=source, actor=make_officer())
    call.refresh_from_db()
    assert (call.commissioner, call.legal_route, call.title) == ("Dudley", "prize", title)
    assert (call.budget, call.partner) == (90_000, "A partner")
    for name in ("objectives", "sectors", "places"):
        assert list(getattr(call, name).all()) == list(getattr(source, name).all()), name


def test_nothing_of_another_region_comes_along():
    source = make_call(commissioner="Sandwell")
    other = RegionFactory(code="E47000001", slug="gmca", short_name="GMCA")
    officer = make_officer(source.region)
    grant_role(user=officer, region=other, role=Role.OFFICER)
    call = CallFactory(region=other)
    setup.copy_from_call(call=call, source=source, actor=officer)
    call.refresh_from_db()
    assert call.commissioner == "Sandwell" and not call.objectives.exists()
    with pytest.raises(NotAllowed):
        setup.copy_from_call(
            call=CallFactory(region=other), source=source, actor=make_officer(other)
        )


@pytest.mark.parametrize("days", [-400, -1, 0, 3 * 366 + 1, 2_000_000])
def test_a_day_that_makes_no_sense_is_refused(days):
    stage = stage_at(CallFactory())
    try:
        day = timezone.localdate() + timedelta(days=days)
    except OverflowError:
        day = date.max
    with pytest.raises(Refused):
        new_dates([stage], day)


@settings(deadline=None, max_examples=100)
@given(days=st.integers(0, 1500), begun=st.integers(0, 60), open_for=st.integers(1, 60))
def test_the_day_offered_gives_the_dates_shown_beside_it(days, begun, open_for):
    """Whatever weekday the source opened on: the form sends the day back as it was offered."""
    opens_at = datetime(2026, 1, 1, 9, tzinfo=LONDON) + timedelta(days=days)
    stage = Stage(
        opens_at=opens_at,
        closes_at=opens_at + timedelta(days=open_for, hours=3),
        scores_due_at=opens_at + timedelta(days=open_for + 14, hours=8),
        decision_on=(opens_at + timedelta(days=open_for + 16)).date(),
    )
    with time_machine.travel(opens_at + timedelta(days=begun)):
        (shown,) = new_dates([stage])
        (made,) = new_dates([stage], timezone.localdate(shown.dates["opens_at"]))
    assert made.dates == shown.dates


@pytest.mark.parametrize("shape", SHAPES)
@settings(deadline=None, max_examples=40)
@given(days=st.integers(0, 1500))
def test_new_stages_begin_and_end_on_working_days(shape, days):
    """Whichever day a call is begun on."""
    with time_machine.travel(datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=days)):
        first = _dates_of(shape)
    assert all(is_working_day(timezone.localtime(at).date()) for at in first)
    assert first == sorted(first)
    assert {timezone.localtime(at).hour for at in first} <= {9, 12, 17}


def _dates_of(shape):
    """As `start_from_shape` gives them, without the database."""
    dates, last = [], None
    for each in SHAPES[shape].stages:
        rolls = last is not None and SHAPES[shape].is_rolling
        opens = last.closes_at if rolls else setup._opening_after(last)
        last = setup._dated(each, opens)
        dates += [last.opens_at, last.closes_at] if not rolls else [last.closes_at]
        if not SHAPES[shape].is_rolling:
            dates.append(last.scores_due_at)
        assert is_working_day(last.decision_on)
    return dates


def test_a_stage_that_is_added_opens_after_the_one_before_is_decided():
    officer = make_officer()
    call = CallFactory(state=CallState.DRAFT)
    one = setup.add_stage(call=call, actor=officer)
    two = setup.add_stage(call=call, actor=officer)
    assert timezone.localdate(two.opens_at) > one.decision_on
