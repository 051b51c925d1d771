"""What is odd about a release is found, wants a reason, and goes into the record."""

from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from challenges.calls.models import LegalRoute, Stage
from challenges.judging.before_release import Oddity, Ready, explain
from challenges.judging.looks import HEADINGS
from challenges.judging.models import (
    Assignment,
    Conflict,
    Decision,
    Meeting,
    Panel,
    PanelMember,
)
from challenges.judging.services import outbox
from challenges.judging.services.releasing import (
    propose_release,
)
from challenges.pitches.models import Partner, ScanState
from marketplace.accounts.models import User
from marketplace.activity.models import Record
from marketplace.errors import Incomplete
from tests.factories import (
    OrganisationFactory,
    assign,
    make_judge,
    release,
)
from tests.judging.conftest import World, attach, write_review

pytestmark = pytest.mark.django_db


def codes(world: World) -> set[str]:
    return {each.code for each in Ready(Stage.objects.get(pk=world.stage.pk)).oddities}


def reasons(world: World, text: str = "It was looked at.") -> dict[str, str]:
    return dict.fromkeys(codes(world), text)


def fresh(world: World) -> Stage:
    return Stage.objects.get(pk=world.stage.pk)


def test_a_stage_in_order_has_nothing_to_explain(decided: World) -> None:
    assert codes(decided) == set()
    assert Ready(fresh(decided)).obstacles() == []


def _recused(world: World) -> None:
    Assignment.objects.filter(entry=world.entry).update(state="recused")


def _conflict(world: World) -> None:
    Conflict.objects.create(member=make_judge(world.stage), entry=world.entry, nature="A cousin.")


def _left(world: World) -> None:
    partner = Partner.objects.create(
        pitch=world.entry.pitch, organisation=OrganisationFactory(), part="Sensors", state="left"
    )
    Partner.objects.filter(pk=partner.pk).update(answered_at=timezone.now())


def _file(world: World) -> None:
    type(attach(world.entry)).objects.update(scan_state=ScanState.UNSCANNED)


def _late_review(world: World) -> None:
    assign(make_judge(world.stage), world.entry)
    Stage.objects.filter(pk=world.stage.pk).update(scores_due_at=timezone.now())


def _level(world: World) -> None:
    write_review(assign(make_judge(world.stage), world.entries[1]), 5)
    write_review(assign(make_judge(world.stage), world.entry), 3)
    Assignment.objects.filter(state="submitted").update(total=70, tie_score=70)
    rulebook = world.stage.rulebook
    type(rulebook).objects.filter(pk=rulebook.pk).update(content={**rulebook.content, "places": 1})


ODD: dict[str, Any] = {
    "no-review": _recused,
    "few-reviews": lambda w: Panel.objects.update(reviews_per_pitch=3),
    "unfinished": _late_review,
    "conflict": _conflict,
    "no-judges": lambda w: PanelMember.objects.update(state="removed"),
    "meeting": lambda w: Meeting.objects.create(stage=w.stage, opened_by=w.officer),
    "level": _level,
    "departure": lambda w: type(w.call).objects.update(budget=10),
    "doubt": lambda w: Decision.objects.filter(entry=w.entry).update(feedback="Pathetic."),
    "held": lambda w: outbox.hold_letter(
        decision=w.entry.decision, reason="We ring them first.", actor=w.officer
    ),
    "legal": lambda w: w.call.legal_notes.all().delete(),
    "standstill": lambda w: type(w.call).objects.update(legal_route=LegalRoute.COVERED),
    "limit": lambda w: type(w.call).objects.update(award_limit=5),
    "partner": _left,
    "files": _file,
    "nobody-to-tell": lambda w: User.objects.filter(pk=w.applicant.pk).update(is_active=False),
}


@pytest.mark.parametrize("code", ODD)
def test_each_oddity_is_found_wants_a_reason_and_goes_into_the_record(
    decided: World, second: User, code: str
) -> None:
    ODD[code](decided)
    assert code in codes(decided)
    assert code in HEADINGS
    given = reasons(decided)
    if code != "held":  # its reason was written when it was held
        with pytest.raises(Incomplete, match="missing or unusual"):
            propose_release(
                stage=fresh(decided),
                actor=decided.officer,
                reasons={key: text for key, text in given.items() if key != code},
            )
        with pytest.raises(Incomplete):
            propose_release(
                stage=fresh(decided), actor=decided.officer, reasons={**given, code: "  "}
            )
    release(fresh(decided), decided.officer, second=second)
    kept = Record.objects.get(verb="judging.released").detail["oddities"]
    assert code in {each["code"] for each in kept}
    assert all(each["reason"] and each["sentence"] for each in kept)


@given(
    st.lists(
        st.tuples(st.sampled_from(list(HEADINGS)), st.sampled_from("abc")),
        unique=True,
        max_size=6,
    ),
    st.data(),
)
def test_every_oddity_or_all_of_its_code_must_be_explained(rows: list, data: Any) -> None:
    oddities = [Oddity(code, about, "…") for code, about in rows]
    keys = [each.key for each in oddities] + [each.code for each in oddities]
    given = (
        data.draw(st.dictionaries(st.sampled_from(keys), st.sampled_from(["", " ", "So."])))
        if keys
        else {}
    )
    blank = [
        each.key for each in oddities if "So." not in (given.get(each.key), given.get(each.code))
    ]
    if blank:
        with pytest.raises(Incomplete) as refusal:
            explain(oddities, given)
        assert [key for key, _ in refusal.value.problems] == blank
    else:
        assert [row["reason"] for row in explain(oddities, given)] == ["So."] * len(oddities)
