"""The legal checklist: dated rules, due dates in working days, ticks that are recorded."""

import itertools
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from challenges.calls.legal.checklist import legal_checklist, route_warnings, rules, threshold
from challenges.calls.legal.letters import route_paragraphs
from challenges.calls.legal.ticking import tick_step, untick_step
from challenges.calls.legal.working_days import (
    is_working_day,
    working_days_after,
    working_days_between,
    working_days_from,
)
from challenges.calls.models import LegalRoute
from challenges.judging.models import Outcome
from marketplace.activity.models import Record
from marketplace.errors import NotAllowed, Refused
from tests.factories import UserFactory, make_call, make_officer

DAYS = st.dates(date(2024, 1, 1), date(2030, 12, 31))


class TestWorkingDays:
    @pytest.mark.parametrize(
        "day",
        [
            # www.gov.uk/bank-holidays, England and Wales
            *("2025-12-25", "2025-12-26", "2026-01-01", "2026-04-03", "2026-04-06"),
            *("2026-05-04", "2026-05-25", "2026-08-31", "2026-12-25", "2026-12-28"),
            *("2027-01-01", "2027-03-26", "2027-03-29", "2027-12-27", "2027-12-28"),
        ],
    )
    def test_published_bank_holidays(self, day):
        assert not is_working_day(date.fromisoformat(day))

    def test_a_standstill_of_eight_begins_with_the_day_of_the_notice(self):
        monday = date(2026, 6, 1)
        assert working_days_from(monday, 8) == date(2026, 6, 10)

    def test_christmas_is_counted_out(self):
        assert working_days_from(date(2026, 12, 23), 8) == date(2027, 1, 6)

    @given(DAYS, st.integers(1, 60))
    def test_counting_there_and_back(self, day, count):
        end = working_days_after(day, count)
        assert is_working_day(end) and working_days_between(day, end) == count

    def test_no_day_is_no_count(self):
        with pytest.raises(ValueError, match="at least one"):
            working_days_from(date(2026, 6, 1), 0)


class TestRules:
    def test_thresholds_change_with_the_years(self):
        assert threshold("contract", date(2025, 6, 1)).pounds == Decimal(214904)
        assert threshold("contract", date(2026, 1, 1)).pounds == Decimal(207720)
        assert threshold("contract", date(2020, 1, 1)) is None

    def test_every_rule_has_a_source_and_a_known_route(self):
        for row in rules()["steps"]:
            assert row["source"] and row["text"]
            assert set(row["routes"]) <= set(LegalRoute.values)
            assert row["due"]["anchor"] in ("opens", "closes", "decision")
        assert len({row["key"] for row in rules()["steps"]}) == len(rules()["steps"])

    def test_no_two_thresholds_of_one_key_hold_on_one_day(self):
        rows = sorted(rules()["thresholds"], key=lambda row: (row["key"], row["from"]))
        for earlier, later in itertools.pairwise(rows):
            if earlier["key"] == later["key"]:
                assert earlier["to"] is not None and earlier["to"] < later["from"]


@pytest.mark.django_db
class TestLetters:
    """Each route adds to a letter what its law asks for, dated and with its source."""

    ON = date(2026, 6, 1)

    @pytest.mark.parametrize(
        ("route", "outcome", "words"),
        [
            ("grant", "awarded", "stays within £315,000. (Subsidy Control Act 2022"),
            ("prize", "awarded", "minimal financial assistance"),
            ("covered", "not-awarded", "eight working days"),
            ("covered", "awarded", "This letter is no contract"),
            ("below-threshold", "awarded", "This letter is no contract"),
            ("research", "awarded", "This letter is no contract"),
        ],
    )
    def test_what_is_added(self, route, outcome, words):
        found = route_paragraphs(make_call(legal_route=route), outcome, self.ON)
        assert words in " ".join(found)

    def test_nothing_to_somebody_who_got_no_grant_and_nothing_before_the_law(self):
        grant, covered = make_call(legal_route="grant"), make_call(legal_route="covered")
        assert route_paragraphs(grant, "not-awarded", self.ON) == []
        assert route_paragraphs(covered, "not-awarded", date(2025, 2, 23)) == []

    def test_no_threshold_is_left_unnamed(self):
        for route, outcome in itertools.product(LegalRoute.values, Outcome.values):
            text = " ".join(route_paragraphs(make_call(legal_route=route), outcome, self.ON))
            assert "{" not in text and "the limit" not in text


@pytest.mark.django_db
class TestChecklist:
    @pytest.mark.parametrize("route", LegalRoute.values)
    def test_every_route_has_steps_with_dates(self, route):
        steps = legal_checklist(make_call(legal_route=route))
        assert len(steps) >= 4
        assert all(step.due_on for step in steps)
        assert [step.due_on for step in steps] == sorted(step.due_on for step in steps)

    def test_the_standstill_follows_the_decision(self):
        call = make_call(legal_route="covered", budget=500_000)
        by_key = {step.key: step for step in legal_checklist(call)}
        decided = call.first_stage.decision_on
        assert by_key["standstill"].due_on == working_days_from(decided, 8)
        assert by_key["contract-details"].due_on == decided + timedelta(days=30)

    def test_small_contracts_need_no_notice(self):
        keys = [s.key for s in legal_checklist(make_call(legal_route="below-threshold", budget=1))]
        assert "below-threshold-notice" in keys  # the award limit of 50,000 is above 30,000
        call = make_call(legal_route="below-threshold", budget=1, award_limit=1)
        assert "below-threshold-notice" not in [s.key for s in legal_checklist(call)]

    @pytest.mark.parametrize(
        ("route", "limit", "key", "expected"),
        [
            ("grant", 100_000, "transparency-entry", False),
            ("grant", 100_001, "transparency-entry", True),
            ("below-threshold", 29_999, "below-threshold-notice", False),
            ("below-threshold", 30_000, "below-threshold-notice", True),
        ],
    )
    def test_over_a_threshold_and_from_one_on(self, route, limit, key, expected):
        call = make_call(legal_route=route, award_limit=limit)
        assert (key in [step.key for step in legal_checklist(call)]) == expected

    def test_approval_ticks_what_it_proves(self):
        by_key = {s.key: s for s in legal_checklist(make_call())}
        assert by_key["rules-sealed"].is_done and by_key["rules-sealed"].is_automatic
        assert not by_key["all-told"].is_done

    @pytest.mark.parametrize(
        ("route", "money", "words"),
        [
            ("below-threshold", {"budget": 300_000}, "is not below the threshold"),
            ("covered", {"budget": 20_000}, "a below-threshold contract may do"),
            ("grant", {"award_limit": 400_000}, "more than minimal assistance"),
        ],
    )
    def test_money_that_does_not_fit_the_route(self, route, money, words):
        [warning] = route_warnings(make_call(legal_route=route, **money))
        assert words in warning

    def test_money_that_fits(self):
        assert route_warnings(make_call(legal_route="grant", award_limit=50_000)) == []

    def test_a_tick_is_recorded_with_its_note_and_can_be_taken_back(self):
        call, officer = make_call(), make_officer()
        tick_step(call=call, key="grant-standard", note="In the board’s papers.", actor=officer)
        step = next(s for s in legal_checklist(call) if s.key == "grant-standard")
        assert step.is_done and step.note.by == officer
        untick_step(call=call, key="grant-standard", actor=officer)
        assert not next(s for s in legal_checklist(call) if s.key == "grant-standard").is_done
        verbs = list(Record.objects.filter(actor=officer).values_list("verb", flat=True))
        assert verbs == ["calls.legal_step_done", "calls.legal_step_undone"]

    @pytest.mark.parametrize(
        ("key", "note"), [("rules-sealed", "x"), ("nothing", "x"), ("grant-standard", " ")]
    )
    def test_what_can_not_be_ticked(self, key, note):
        with pytest.raises(Refused):
            tick_step(call=make_call(), key=key, note=note, actor=make_officer())

    def test_only_officers_tick(self):
        with pytest.raises(NotAllowed):
            tick_step(call=make_call(), key="grant-standard", note="x", actor=UserFactory())

    def test_queries_do_not_grow(self, django_assert_num_queries):
        call, officer = make_call(), make_officer()
        tick_step(call=call, key="grant-standard", note="x", actor=officer)
        tick_step(call=call, key="subsidy-assessed", note="x", actor=officer)
        with django_assert_num_queries(2):
            legal_checklist(call)
