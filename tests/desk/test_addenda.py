"""More time and other changes of the rules, through the desk's forms."""

from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from challenges.calls.models import Addendum, AddendumState, Stage
from marketplace.times import LONDON
from tests.desk.helpers import signed_in, url
from tests.factories import RegionFactory, close_stage, make_call, make_officer

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage():
    return make_call().first_stage


def local(at):
    return timezone.localtime(at).strftime("%Y-%m-%dT%H:%M")


def later(stage, days):
    extra = timedelta(days=days)
    return {
        "closes_at": local(stage.closes_at + extra),
        "scores_due_at": local(stage.scores_due_at + extra),
        "decision_on": (stage.decision_on + extra).isoformat(),
        "reason": "Holidays.",
    }


def test_an_officer_gives_everyone_more_time(stage):
    client = signed_in(make_officer())
    assert client.get(url("extend", stage.pk)).status_code == 200
    response = client.post(url("extend", stage.pk), later(stage, 7))
    assert response.status_code == 302
    assert Stage.objects.get(pk=stage.pk).closes_at > stage.closes_at + timedelta(days=6)


def test_a_passed_deadline_is_refused_at_its_field(stage):
    close_stage(stage)
    response = signed_in(make_officer()).post(url("extend", stage.pk), later(stage, 7))
    assert response.status_code == 400
    assert "can’t be moved" in response.context["form"].errors["closes_at"][0]


def whole_form(response):
    form = response.context["form"]
    data = {}
    for field in form:
        value = field.value()
        if hasattr(value, "tzinfo"):
            value = value.strftime("%Y-%m-%dT%H:%M")
        if value is True:
            data[field.html_name] = "on"
        elif value not in (None, False):
            data[field.html_name] = str(value)
    return data


def test_a_change_is_proposed_seen_and_published_by_another(stage):
    officer, colleague = signed_in(make_officer()), signed_in(make_officer())
    page = officer.get(url("change_rules", stage.pk))
    question = stage.questions.first()
    data = whole_form(page) | {
        "reason": "Somebody asked.",
        f"question-{question.pk}-guidance": "Up to two pictures may go with it.",
        "new-1-label": "Who else would use it?",
    }
    assert officer.post(url("change_rules", stage.pk), data).status_code == 302
    waiting = Addendum.objects.get()
    assert waiting.changes == {
        "questions": {str(question.pk): {"guidance": "Up to two pictures may go with it."}},
        "add": [
            {
                "label": "Who else would use it?",
                "kind": "long-text",
                "guidance": "",
                "required": False,
                "max_words": None,
            }
        ],
    }
    call = url("call", stage.call_id)
    assert "proposes a change" in colleague.get(call).content.decode()
    text = officer.get(url("addendum", waiting.pk)).content.decode()
    assert "Question added" in text and "Who else would use it?" in text
    assert "nobody approves their own" in text
    officer.post(url("addendum", waiting.pk), {"publish": "1"})
    waiting.refresh_from_db()
    assert waiting.state == AddendumState.PROPOSED
    colleague.post(url("addendum", waiting.pk), {"publish": "1"})
    waiting.refresh_from_db()
    assert waiting.state == AddendumState.PUBLISHED
    assert stage.rulebooks.count() == 2


def test_an_unfair_change_stands_at_its_field_and_nothing_typed_is_lost(stage):
    client = signed_in(make_officer())
    question = stage.questions.first()
    name = f"question-{question.pk}-max_words"
    data = whole_form(client.get(url("change_rules", stage.pk))) | {name: "5", "reason": "Short."}
    response = client.post(url("change_rules", stage.pk), data)
    assert response.status_code == 400
    assert "can’t get shorter" in response.content.decode()
    assert not Addendum.objects.exists()


@pytest.mark.parametrize("name", ["extend", "change_rules"])
def test_officers_elsewhere_find_nothing(stage, name):
    elsewhere = make_officer(RegionFactory(code="E47000001", slug="gmca"))
    assert signed_in(elsewhere).get(url(name, stage.pk)).status_code == 404


@pytest.mark.parametrize("days", [0, 1, 7, 18, 400])
def test_the_dates_that_are_offered_are_still_to_come(stage, days):
    closed = timezone.now() - timedelta(days=days, minutes=1)
    Stage.objects.filter(pk=stage.pk).update(
        opens_at=closed - timedelta(days=9),
        closes_at=closed,
        scores_due_at=closed + timedelta(days=7),
        decision_on=(closed + timedelta(days=9)).date(),
    )
    page = signed_in(make_officer()).get(url("extend", stage.pk))
    offered = page.context["form"].initial
    assert timezone.now() < offered["closes_at"] < offered["scores_due_at"]
    assert "can’t be moved" in page.content.decode()


@pytest.mark.parametrize(
    ("closes", "offered"),
    [
        (datetime(2027, 10, 26, 12), datetime(2027, 11, 2, 12)),  # to winter time
        (datetime(2027, 3, 24, 12), datetime(2027, 3, 31, 12)),  # to summer time
        (datetime(2027, 12, 20, 17), datetime(2027, 12, 29, 17)),  # Christmas, as observed
        (datetime(2027, 6, 1, 23, 59), datetime(2027, 6, 8, 23, 59)),
    ],
)
def test_the_hour_of_the_clock_is_kept_and_days_off_are_passed_over(closes, offered):
    closes, offered = closes.replace(tzinfo=LONDON), offered.replace(tzinfo=LONDON)
    with time_machine.travel(closes - timedelta(days=5), tick=False):
        stage = make_call().first_stage
        Stage.objects.filter(pk=stage.pk).update(
            closes_at=closes,
            scores_due_at=closes + timedelta(days=2),
            decision_on=closes.date() + timedelta(days=3),
        )
        dates = signed_in(make_officer()).get(url("extend", stage.pk)).context["form"].initial
    assert dates["closes_at"] == offered
    assert timezone.localtime(dates["scores_due_at"]).time() == closes.time()
    assert isinstance(dates["decision_on"], date)
    assert dates["closes_at"] < dates["scores_due_at"]
    assert dates["scores_due_at"].date() <= dates["decision_on"]


@pytest.mark.parametrize("days", [-3, 3])
def test_it_is_said_when_the_next_stage_opens_before_this_one_is_decided(days):
    first, second = make_call(stages=2).stages.order_by("order")
    due = max(second.opens_at, first.scores_due_at) + timedelta(days=days)
    due = max(due, first.scores_due_at + timedelta(minutes=1))
    decided = max(due.date() + timedelta(days=1), first.decision_on)
    data = later(first, 1) | {"scores_due_at": local(due), "decision_on": decided.isoformat()}
    page = signed_in(make_officer()).post(url("extend", first.pk), data, follow=True)
    assert Stage.objects.get(pk=first.pk).closes_at > first.closes_at
    said = f"“{second.name}” opens before the panel of “{first.name}” closes"
    assert (said in page.content.decode()) == (due > second.opens_at)


def test_whoever_publishes_a_change_reads_that_it_presses_the_next_stage():
    first, second = make_call(stages=2).stages.order_by("order")
    officer, colleague = signed_in(make_officer()), signed_in(make_officer())
    late = second.opens_at + timedelta(days=3)
    data = whole_form(officer.get(url("change_rules", first.pk)))
    data |= {"scores_due_at": local(late), "decision_on": local(late)[:10], "reason": "Holidays."}
    assert officer.post(url("change_rules", first.pk), data).status_code == 302
    text = colleague.get(url("addendum", Addendum.objects.get().pk)).content.decode()
    assert f"“{second.name}” opens before the panel of “{first.name}” closes" in text


def test_whoever_publishes_a_change_reads_that_a_limit_would_hold_nothing():
    stage = make_call(award_limit=25_000).first_stage
    officer, colleague = signed_in(make_officer()), signed_in(make_officer())
    ask = stage.questions.get(is_ask=True)
    data = whole_form(officer.get(url("change_rules", stage.pk)))
    data |= {f"question-{ask.pk}-retire": "on", "reason": "It was asked twice."}
    assert officer.post(url("change_rules", stage.pk), data).status_code == 302
    text = colleague.get(url("addendum", Addendum.objects.get().pk)).content.decode()
    assert "a pitch may ask for more than £25,000" in text


class TestMidnight:
    """A new deadline at 0:00 is asked about before it is promised: it never comes earlier again."""

    @pytest.fixture
    def midnight(self, stage):
        day = timezone.localdate(stage.closes_at) + timedelta(days=5)
        return datetime(day.year, day.month, day.day, tzinfo=LONDON)

    def post(self, stage, midnight, **more):
        data = later(stage, 14) | {"closes_at": local(midnight)} | more
        return signed_in(make_officer()).post(url("extend", stage.pk), data)

    def test_it_is_asked_first(self, stage, midnight):
        page = self.post(stage, midnight)
        assert page.status_code == 400
        html = page.content.decode()
        assert "end of the day" in html
        assert html.count('name="meant"') == 3
        assert f"11:59pm on {midnight:%A} {midnight.day} {midnight:%B %Y}" in html
        assert Stage.objects.get(pk=stage.pk).closes_at == stage.closes_at

    @pytest.mark.parametrize("minutes", [-1, 0, 24 * 60 - 1])
    def test_what_is_chosen_is_promised(self, stage, midnight, minutes):
        wanted = midnight + timedelta(minutes=minutes)
        assert self.post(stage, midnight, meant=wanted.isoformat()).status_code == 302
        assert Stage.objects.get(pk=stage.pk).closes_at == wanted

    def test_an_answer_about_another_moment_is_none(self, stage, midnight):
        other = midnight + timedelta(days=3)
        assert self.post(stage, other, meant=midnight.isoformat()).status_code == 400
        assert Stage.objects.get(pk=stage.pk).closes_at == stage.closes_at
