"""What a copy of a call carries, field by field, and the dates that it gets.

A test fails for a field, or for a thing that hangs on one of these, that no list here (or, for
the floors above, in `cms.copying`) names: whoever adds one says what a copy does with it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from challenges.calls.legal.working_days import next_working_day
from challenges.calls.models import Call, Criterion, Question, Stage, WantedCapability
from challenges.calls.moving import DAY, TO_PREPARE, move, same_weekday_from
from marketplace.errors import Refused

MOST_AHEAD = timedelta(days=3 * 366)
END_OF_DAY = time.max


@dataclass(frozen=True)
class Plan:
    """Names of a model's fields, and of what hangs on it, by what a copy does with them."""

    carried: frozenset[str]
    given: frozenset[str] = frozenset()
    """Set by whoever makes the copy: what it belongs to, whose it is."""
    moved: frozenset[str] = frozenset()
    """Dates, moved as a whole in local time."""
    reset: frozenset[str] = frozenset()
    """As in something new: history, secrets, approvals."""
    things_carried: frozenset[str] = frozenset()
    things_left: frozenset[str] = frozenset()

    @property
    def fields(self) -> frozenset[str]:
        return self.carried | self.given | self.moved | self.reset

    @property
    def things(self) -> frozenset[str]:
        return self.things_carried | self.things_left


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


REGIONAL = _names("programme objectives sectors places")
"""Belong to one region, so a call of another can't have them."""

PLANS: Mapping[type, Plan] = {
    Call: Plan(
        carried=_names(
            "summary commissioner partner legal_route budget award_limit for_stages for_sizes "
            "is_rolling programme objectives sectors places"
        ),
        given=_names("region kind title owner"),
        reset=_names(
            "id reference state proposed_by approved_by approved_at return_reason source "
            "is_demonstration created_at updated_at version"
        ),
        things_carried=_names("wanted stages"),
        things_left=_names("clarity_ratings enquiries legal_notes hand_overs sign_offs proposals"),
    ),
    Stage: Plan(
        carried=_names(
            "order name places is_blind tie_break decides_by minimum_total conflict_rules"
        ),
        given=_names("call"),
        moved=_names("opens_at closes_at questions_until scores_due_at decision_on"),
        # A copy closes at another moment, of which nobody has said yet what is meant.
        reset=_names("id unblinded_at draw_secret released_at first_read_at midnight_meant"),
        things_carried=_names("questions criteria"),
        things_left=_names("rulebooks addenda"),
    ),
    Question: Plan(
        carried=_names(
            "sort_order kind label guidance required max_words choices identifies section "
            "audience weight unit acceptable refusal is_ask"
        ),
        # It waits for the copy of the question that its source waits for.
        given=_names("stage condition_on condition_answers"),
        reset=_names("id retired_at"),
    ),
    Criterion: Plan(
        carried=_names("sort_order name guidance weight scale anchors minimum"),
        given=_names("stage"),
        reset=_names("id"),
    ),
    WantedCapability: Plan(
        carried=_names("capability level essential"), given=_names("call"), reset=_names("id")
    ),
}


@dataclass(frozen=True)
class NewDates:
    """A stage and when the same stage of a copy would be: its moved fields by name."""

    stage: Stage
    dates: Mapping[str, Any]


def carried_fields(thing: Any, *, but: frozenset[str] = frozenset()) -> dict[str, Any]:
    """What a copy of this thing is made with; lists of other things are set afterwards."""
    names = PLANS[type(thing)].carried - but
    return {
        field.attname: getattr(thing, field.attname)
        for field in thing._meta.concrete_fields
        if field.name in names
    }


def carried_call_fields(source: Call, *, region_id: int) -> dict[str, Any]:
    """As `carried_fields`, without what belongs to another region."""
    return carried_fields(source, but=_not_for(source, region_id))


def _not_for(source: Call, region_id: int) -> frozenset[str]:
    return frozenset() if source.region_id == region_id else REGIONAL


def fill_lists(call: Call, source: Call) -> None:
    """Give the call the source's objectives, sectors and places, where it has none yet."""
    names = PLANS[Call].carried - _not_for(source, call.region_id)
    for field in Call._meta.many_to_many:
        own = getattr(call, field.name)
        if field.name in names and not own.exists():
            own.set(getattr(source, field.name).all())


def fill_wanted(call: Call, source: Call) -> None:
    """Add the capabilities that the source wants and the call does not name."""
    known = set(call.wanted.values_list("capability", flat=True))
    WantedCapability.objects.bulk_create(
        WantedCapability(call=call, **carried_fields(want))
        for want in source.wanted.all()
        if want.capability_id not in known
    )


def stages_to_copy(source: Call) -> list[Stage]:
    return list(source.stages.prefetch_related("questions", "criteria"))


def copy_stages(call: Call, stages: Sequence[Stage], opens_on: date | None = None) -> list[Stage]:
    """The same stages in another call, with their questions and criteria, at new dates."""
    return [_copy_stage(call, new.stage, new.dates) for new in new_dates(stages, opens_on)]


def _copy_stage(call: Call, stage: Stage, dates: Mapping[str, Any]) -> Stage:
    copy = Stage.objects.create(call=call, **carried_fields(stage), **dates)
    _copy_questions(copy, _asked(stage))
    Criterion.objects.bulk_create(
        Criterion(stage=copy, **carried_fields(each)) for each in stage.criteria.all()
    )
    return copy


def _asked(stage: Stage) -> list[Question]:
    return [each for each in stage.questions.all() if each.retired_at is None]


def _copy_questions(copy: Stage, questions: Sequence[Question]) -> None:
    """Make them in the copy, each waiting for the copy of the one that it waits for.

    One that waits for a question that is left behind has no condition any more.
    """
    made = Question.objects.bulk_create(
        Question(stage=copy, **carried_fields(each)) for each in questions
    )
    copies = {source.pk: new for source, new in zip(questions, made, strict=True)}
    hanging = []
    for each in questions:
        if (on := each.condition_on_id) is not None and on in copies:
            new = copies[each.pk]
            new.condition_on, new.condition_answers = copies[on], each.condition_answers
            hanging.append(new)
    Question.objects.bulk_update(hanging, ["condition_on", "condition_answers"])


def conditions_lost(stages: Sequence[Stage]) -> list[str]:
    """Questions that waited for one that was taken out: a copy asks them of everybody."""
    return [
        question.label
        for stage in stages
        for asked in [_asked(stage)]
        for question in asked
        if question.condition_on_id is not None
        and question.condition_on_id not in {each.pk for each in asked}
    ]


def new_dates(stages: Sequence[Stage], opens_on: date | None = None) -> list[NewDates]:
    """When a copy's stages would be: the same weekdays, hours and distances, on working days.

    Args:
        stages: a call's, in order.
        opens_on: the day on which the first opens; in about two weeks unless given.

    Raises:
        Refused: that day is over, or years away.
    """
    if not stages:
        return []
    zone = timezone.get_default_timezone()
    first = timezone.localdate(stages[0].opens_at, zone)
    days = (_opening(first, opens_on) - first).days
    moments = _moments(stages)
    ends = [key for key in moments if key[1] != "opens_at"]
    moved = move(moments, days=days, zone=zone, ends=ends)
    return [
        NewDates(stage, {name: moved.get((place, name)) for name in PLANS[Stage].moved} | on)
        for place, stage in enumerate(stages)
        for on in [{"decision_on": moved[place, "decision_on"].date()}]
    ]


def _opening(first: date, opens_on: date | None) -> date:
    today = timezone.localdate()
    if opens_on is None:
        return same_weekday_from(today + TO_PREPARE, first)
    if opens_on <= today:
        raise Refused("Choose a day that is still to come for the first stage to open.")
    if opens_on > today + MOST_AHEAD:
        raise Refused("Choose a day within the next three years for the first stage to open.")
    return _weekday_that_leads_to(opens_on, first)


def _weekday_that_leads_to(day: date, like: date) -> date:
    """The weekday of `like` from which a weekend or a holiday moves an opening on to `day`.

    So that the day offered, sent back as it stands, gives the dates that stood beside it: the
    other dates count from where the weekday falls, not from where a weekend has pushed it. The
    day itself, if it doesn't come about like this.
    """
    before = same_weekday_from(day - 6 * DAY, like)
    return before if next_working_day(before) == day else day


def _moments(stages: Sequence[Stage]) -> dict[tuple[int, str], datetime]:
    """(place of the stage, field) → moment; a day stands for its end."""
    zone = timezone.get_default_timezone()
    moments: dict[tuple[int, str], datetime] = {}
    for place, stage in enumerate(stages):
        for name in PLANS[Stage].moved:
            value = getattr(stage, name)
            if value is None:
                continue
            if not isinstance(value, datetime):
                value = datetime.combine(value, END_OF_DAY, zone)
            moments[place, name] = value
    return moments
