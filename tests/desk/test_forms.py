"""Bad input keeps what was typed and says what is wrong; nothing of others can be reached."""

from typing import Any

import pytest

from challenges.calls.models import Call, CallState, Criterion, LegalRoute, Question, Stage
from challenges.judging.models import Decision, PanelMember
from cms.desk.panels import MOST_POSTED
from cms.models import CallPage
from cms.services import create_page
from marketplace.accounts.models import Role, User
from marketplace.accounts.services import grant_role
from tests.desk.helpers import form_data, read_and_approve, signed_in, url
from tests.factories import (
    CapabilityFactory,
    ObjectiveFactory,
    RegionFactory,
    close_stage,
    make_call,
    make_entry,
    make_judge,
    make_officer,
    submit,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer() -> User:
    return make_officer()


@pytest.fixture
def desk(officer: User) -> Any:
    return signed_in(officer)


@pytest.fixture
def call(officer: User) -> Call:
    return make_call(state=CallState.DRAFT, owner=officer)


@pytest.fixture
def stage(call: Call) -> Stage:
    return call.first_stage


def test_a_new_call_needs_a_title_and_keeps_the_summary(desk: Any) -> None:
    page = desk.post(url("new_call"), {"kind": "challenge", "title": "", "summary": "Kept words"})
    assert page.status_code == 400
    assert "Kept words" in page.content.decode()
    assert "title" in page.context["form"].errors
    assert not Call.objects.exists()


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"kind": "no", "title": "x" * 256, "summary": "y"},
        {"kind": "challenge", "title": "a\x00b", "summary": "y"},
        {"kind": "challenge", "title": "a", "summary": "y" * 6000},
    ],
)
def test_nonsense_makes_no_call(desk: Any, data: dict) -> None:
    response = desk.post(url("new_call"), data)
    assert response.status_code in (200, 400)
    assert not Call.objects.exists()


@pytest.mark.parametrize("regions", [1, 2])
def test_no_officer_makes_a_call_for_a_region_of_others(officer: User, regions: int) -> None:
    """With one region there is nothing to choose, with two only theirs."""
    if regions == 2:
        second = RegionFactory(code="E47000008", slug="second")
        grant_role(user=officer, region=second, role=Role.OFFICER)
    theirs = list(officer.region_roles.values_list("region", flat=True))
    others = RegionFactory(code="E47000009", slug="elsewhere")
    data = {"kind": "challenge", "legal_route": LegalRoute.GRANT, "title": "A", "summary": "B"}
    page = signed_in(officer).post(url("new_call"), {**data, "region": others.pk})
    made = list(Call.objects.values_list("region", flat=True))
    assert made == (theirs if regions == 1 else [])
    assert page.status_code == (302 if regions == 1 else 400)


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"closes_at": "2001-01-01 09:00"}, "closes_at", "must close after it opens"),
        ({"scores_due_at": "2001-01-01 09:00"}, "scores_due_at", "must close after the stage"),
        ({"decision_on": "2001-01-01"}, "decision_on", "must come after the stage closes"),
        ({"opens_at": "soon"}, "opens_at", "enter a real date and time"),
        ({"opens_at": ""}, "opens_at", "Enter "),
        ({"places": "0"}, "places", "must be 1 or more"),
        ({"places": "9" * 30}, "places", " or less"),
    ],
)
def test_a_stages_dates_must_make_sense(
    desk: Any, stage: Stage, changes: dict, field: str, words: str
) -> None:
    address = url("edit_stage", stage.pk)
    data = form_data(desk.get(address)) | {"name": "Renamed"} | changes
    page = desk.post(address, data)
    assert page.status_code == 400
    assert words in str(page.context["form"].errors[field])
    assert 'value="Renamed"' in page.content.decode()
    stage.refresh_from_db()
    assert stage.name == "Application"


@pytest.mark.parametrize("weight", ["0", "-1", "101", "", "lots", "99999999999999999999"])
def test_a_weight_is_from_1_to_100(desk: Any, stage: Stage, weight: str) -> None:
    address = url("edit_stage", stage.pk)
    data = form_data(desk.get(address)) | {"criteria-0-weight": weight}
    data["questions-0-guidance"] = "Typed and kept"
    page = desk.post(address, data)
    assert page.status_code == 400
    assert page.context["form"].formsets["criteria"].forms[0].errors["weight"]
    assert "Typed and kept" in page.content.decode()


def test_a_choice_question_needs_choices(desk: Any, stage: Stage) -> None:
    address = url("edit_stage", stage.pk)
    data = form_data(desk.get(address)) | {"questions-0-kind": "choice"}
    page = desk.post(address, data)
    assert page.status_code == 400
    assert "Give at least two choices" in page.content.decode()


def test_questions_are_added_reordered_and_removed(desk: Any, stage: Stage) -> None:
    address = url("edit_stage", stage.pk)
    data = form_data(desk.get(address))
    data |= {
        "questions-TOTAL_FORMS": "3",
        "questions-0-ORDER": "2",
        "questions-1-DELETE": "on",
        "questions-2-label": "Who are you?",
        "questions-2-kind": "short-text",
        "questions-2-section": "main",
        "questions-2-audience": "judges",
        "questions-2-identifies": "on",
        "questions-2-ORDER": "1",
    }
    assert desk.post(address, data).status_code == 302
    labels = list(stage.questions.values_list("label", flat=True))
    assert labels == ["Who are you?", "What would you do?"]


def test_empty_rows_are_offered_without_javascript(desk: Any, stage: Stage) -> None:
    address = f"{url('edit_stage', stage.pk)}?rows=3"
    page = desk.get(address)
    assert 'name="questions-4-label"' in page.content.decode()
    data = form_data(page) | {"questions-2-label": "A third?"}
    assert desk.post(address, data).status_code == 302
    assert stage.questions.count() == 3


def test_another_calls_question_cannot_be_taken_over(desk: Any, stage: Stage) -> None:
    theirs = make_call(state=CallState.DRAFT, region=RegionFactory(code="E47000001", slug="x"))
    question = theirs.first_stage.questions.first()
    address = url("edit_stage", stage.pk)
    data = form_data(desk.get(address))
    data |= {"questions-0-id": str(question.pk), "questions-0-label": "Taken over"}
    page = desk.post(address, data)
    assert page.status_code == 409
    assert "Taken over" in page.content.decode()
    question.refresh_from_db()
    assert question.label == "What would you do?"
    assert question.stage.call == theirs


@pytest.mark.parametrize(
    "broken",
    [
        {"questions-TOTAL_FORMS": ""},
        {"questions-TOTAL_FORMS": "x"},
        {"questions-TOTAL_FORMS": "9999999"},
        {"questions-0-id": "x"},
        {"questions-0-id": ""},
        {"questions-0-id": "99999999999999999999999"},
        {"version": "x"},
        {"version": "9" * 30},
        {"questions-0-label": "a\x00b"},
        {"questions-0-ORDER": "x"},
        {"questions-INITIAL_FORMS": "9999999"},
    ],
)
def test_a_form_taken_apart_gives_no_error_page(desk: Any, stage: Stage, broken: dict) -> None:
    address = url("edit_stage", stage.pk)
    response = desk.post(address, form_data(desk.get(address)) | broken)
    assert response.status_code in (400, 404, 409)
    assert Question.objects.filter(stage=stage).count() == 2
    assert desk.post(address, {}).status_code in (400, 409)


def test_no_more_rows_are_drawn_than_a_form_can_hold(desk: Any, stage: Stage) -> None:
    address = url("edit_stage", stage.pk)
    # As many rows as there are fields at most are looked at (`marketplace.middleware`).
    rows = {f"questions-{number}-label": "" for number in range(2, MOST_POSTED + 5)}
    data = form_data(desk.get(address)) | rows | {"questions-TOTAL_FORMS": "9999999"}
    page = desk.post(address, data).content.decode()
    assert f'name="questions-{MOST_POSTED - 1}-label"' in page
    assert f'name="questions-{MOST_POSTED}-label"' not in page


def test_the_second_of_two_edits_is_told_and_keeps_its_words(desk: Any, call: Call) -> None:
    address = url("edit_call", call.pk)
    first = form_data(desk.get(address)) | {"title": "First"}
    second = form_data(desk.get(address)) | {"title": "Second", "summary": "My own words"}
    assert desk.post(address, first).status_code == 302
    page = desk.post(address, second)
    assert page.status_code == 409
    assert "My own words" in page.content.decode()
    call.refresh_from_db()
    assert call.title == "First"


def test_a_capability_is_wanted_once(desk: Any, call: Call) -> None:
    capability = CapabilityFactory()
    address = url("edit_call", call.pk)
    data = form_data(desk.get(address)) | {"wanted-TOTAL_FORMS": "2"}
    for row in (0, 1):
        data |= {f"wanted-{row}-capability": capability.pk, f"wanted-{row}-level": "2"}
    page = desk.post(address, data)
    assert page.status_code == 400
    assert "Please correct the duplicate" in page.content.decode()
    assert not call.wanted.exists()


def test_only_ones_own_regions_objectives_can_be_chosen(desk: Any, call: Call) -> None:
    far = ObjectiveFactory(region=RegionFactory(code="E47000001", slug="gmca"), code="far")
    address = url("edit_call", call.pk)
    page = desk.post(address, form_data(desk.get(address)) | {"objectives": [far.pk]})
    assert page.status_code == 400
    assert far not in call.objectives.all()


def test_a_call_without_a_page_is_not_approved(desk: Any) -> None:
    call = make_call(state=CallState.PROPOSED, owner=make_officer(), proposed_by=make_officer())
    page = desk.post(url("approve", call.pk), follow=True)
    assert "This call has no page yet." in page.content.decode()
    call.refresh_from_db()
    assert call.state == CallState.PROPOSED


def test_a_page_linked_elsewhere_stops_the_approval(desk: Any, officer: User) -> None:
    author = make_officer()
    call = make_call(state=CallState.PROPOSED, owner=author, proposed_by=author)
    page = create_page(call=call, actor=author)
    page.call = make_call(state=CallState.DRAFT)
    page.save_revision()
    shown = read_and_approve(desk, call).content.decode()
    assert "linked to another call" in shown
    call.refresh_from_db()
    assert call.state == CallState.PROPOSED
    assert not CallPage.objects.get(call=call).live


def test_sending_back_needs_a_reason_which_the_owner_reads(desk: Any) -> None:
    author = make_officer()
    call = make_call(state=CallState.PROPOSED, owner=author, proposed_by=author)
    assert desk.post(url("return", call.pk), {"reason": " "}).status_code == 400
    desk.post(url("return", call.pk), {"reason": "Say who it is for."})
    home = signed_in(author).get(url("call", call.pk)).content.decode()
    assert "Say who it is for." in home
    assert author.notifications.filter(subject__startswith="Changes wanted").exists()


def test_cancelling_asks_first_and_needs_a_reason(desk: Any, call: Call) -> None:
    assert desk.get(url("cancel", call.pk)).status_code == 200
    desk.post(url("cancel", call.pk), {"reason": ""})
    call.refresh_from_db()
    assert call.state == CallState.DRAFT
    desk.post(url("cancel", call.pk), {"reason": "No money."})
    call.refresh_from_db()
    assert call.state == CallState.CANCELLED


def test_an_unready_call_is_not_sent_and_says_why(desk: Any, call: Call) -> None:
    Criterion.objects.all().delete()
    page = desk.post(url("propose", call.pk), follow=True).content.decode()
    assert "Add at least one criterion" in page
    call.refresh_from_db()
    assert call.state == CallState.DRAFT


def test_stages_are_added_moved_and_removed(desk: Any, call: Call, stage: Stage) -> None:
    desk.post(url("add_stage", call.pk))
    second = call.stages.last()
    assert second.opens_at > stage.closes_at
    desk.post(url("move_stage", second.pk), {"up": "1"})
    assert list(call.stages.values_list("pk", "order")) == [(second.pk, 1), (stage.pk, 2)]
    desk.post(url("move_stage", second.pk), {"up": "1"})
    assert call.stages.first() == second
    desk.post(url("remove_stage", second.pk))
    assert list(call.stages.values_list("pk", "order")) == [(stage.pk, 1)]


def test_a_shape_is_only_for_a_call_without_stages(desk: Any, call: Call) -> None:
    page = desk.post(url("shape", call.pk), {"shape": "one-stage"}, follow=True)
    assert "has stages already" in page.content.decode()
    Stage.objects.all().delete()
    page = desk.post(url("shape", call.pk), {"shape": "nonsense"}, follow=True)
    assert "Choose one of the shapes." in page.content.decode()
    desk.post(url("shape", call.pk), {"shape": "sift-and-pitch-day"})
    sift, day = call.stages.all()
    assert (sift.questions.count(), day.questions.count(), day.places) == (3, 0, 1)
    assert sum(day.criteria.values_list("weight", flat=True)) == 100


@pytest.mark.parametrize("name", ["propose", "approve", "shape", "add_stage", "make_page"])
def test_looking_changes_nothing(desk: Any, call: Call, name: str) -> None:
    before = call.stages.count()
    assert desk.get(url(name, call.pk)).status_code in (302, 404)
    call.refresh_from_db()
    assert (call.state, call.stages.count()) == (CallState.DRAFT, before)
    assert not CallPage.objects.exists()


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"name": "A", "email": "nonsense", "role": "judge"},
        {"name": "A", "email": "a@example.org", "role": "king"},
        {"name": "x" * 121, "email": "a@example.org", "role": "judge"},
    ],
)
def test_an_invitation_must_make_sense(desk: Any, stage: Stage, data: dict) -> None:
    page = desk.post(url("panel", stage.pk), data or {"name": ""})
    assert page.status_code == 400
    assert page.context["form"].errors
    assert not PanelMember.objects.exists()


def test_who_is_on_the_panel_is_not_invited_twice(desk: Any, stage: Stage) -> None:
    judge = make_judge(stage)
    page = desk.post(
        url("panel", stage.pk), {"name": "Again", "email": judge.email.upper(), "role": "judge"}
    )
    assert page.status_code == 400
    assert "is on this panel already" in page.content.decode()


@pytest.mark.parametrize("reviews", ["", "0", "-1", "51", "many", "9" * 30])
def test_the_number_of_reviews_must_make_sense(desk: Any, stage: Stage, reviews: str) -> None:
    page = desk.post(url("set_reviews", stage.pk), {"reviews": reviews})
    assert page.status_code == 400
    assert page.context["reviews_form"].errors


def test_nobody_is_removed_without_a_reason(desk: Any, stage: Stage) -> None:
    judge = make_judge(stage)
    assert desk.post(url("remove_member", judge.pk), {"reason": ""}).status_code == 400
    judge.refresh_from_db()
    assert judge.state == "accepted"


def test_sharing_out_says_why_not(desk: Any) -> None:
    stage = make_call().first_stage
    page = desk.post(url("share_out", stage.pk), follow=True).content.decode()
    assert "Share them out when the stage closes" in page
    stage = close_stage(stage)
    page = desk.post(url("share_out", stage.pk), follow=True).content.decode()
    assert "Nobody on the panel has accepted" in page


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"outcome": "awarded", "reason": "Yes"}, "amount"),
        ({"outcome": "awarded", "reason": "Yes", "amount": "0"}, "amount"),
        ({"outcome": "awarded", "reason": "Yes", "amount": "-5"}, "amount"),
        ({"outcome": "awarded", "reason": "Yes", "amount": "1e400"}, "amount"),
        ({"outcome": "awarded", "reason": "Yes", "amount": "NaN"}, "amount"),
        ({"outcome": "awarded", "reason": "Yes", "amount": "50001"}, "amount"),
        ({"outcome": "shortlisted", "reason": "Yes"}, "outcome"),
        ({"outcome": "not-awarded", "reason": " "}, "reason"),
        ({"outcome": "", "reason": "Yes"}, "outcome"),
    ],
)
def test_a_decision_must_make_sense(desk: Any, data: dict, field: str) -> None:
    entry = submit(make_entry())
    for address, more in (
        (url("decision", entry.pk), {"feedback": "Kept words"}),
        (url("ranking", entry.stage_id), {"entries": [entry.pk]}),
    ):
        page = desk.post(address, data | more)
        assert page.status_code == 400
        assert field in page.context["form"].errors
    assert f'value="{entry.pk}"' in page.content.decode()
    assert "checked" in page.content.decode()
    assert not Decision.objects.exists()


@pytest.mark.parametrize("ticked", [[], ["x"], ["99999999999999999999"], ["0"]])
def test_ticks_that_are_none_of_this_stages_are_refused(desk: Any, ticked: list) -> None:
    entry = submit(make_entry())
    elsewhere = submit(make_entry())
    for entries in (ticked, [elsewhere.pk]):
        data = {"entries": entries, "outcome": "not-awarded", "reason": "No"}
        assert desk.post(url("ranking", entry.stage_id), data).status_code == 400
    assert not Decision.objects.exists()


@pytest.mark.parametrize("pk", ["x", "0", "9" * 30])
@pytest.mark.parametrize("field", ["objectives", "programme", "wanted-0-capability"])
def test_choices_that_do_not_exist_are_refused(desk: Any, call: Call, field: str, pk: str) -> None:
    address = url("edit_call", call.pk)
    data = form_data(desk.get(address)) | {"wanted-TOTAL_FORMS": "1", "wanted-0-level": "1"}
    data["wanted-0-capability"] = CapabilityFactory().pk
    assert desk.post(address, data | {field: [pk]}).status_code in (400, 409)
    assert not call.wanted.exists()


@pytest.mark.parametrize("name", ["call", "edit_call", "pitch", "panel", "ranking", "release"])
def test_an_unknown_number_is_not_found(desk: Any, name: str) -> None:
    for pk in (0, 999_999, 10**30):
        assert desk.get(url(name, pk)).status_code == 404


def offered(desk: Any, page: CallPage) -> set[Call]:
    form = desk.get(f"/admin/pages/{page.pk}/edit/").context["form"]
    return set(form.fields["call"].queryset)


def test_a_page_may_speak_for_calls_of_ones_own_region_that_have_no_page(
    desk: Any, call: Call, officer: User
) -> None:
    page = create_page(call=call, actor=officer)
    free = make_call(state=CallState.DRAFT, owner=officer)
    create_page(call=make_call(state=CallState.DRAFT, owner=officer), actor=officer)
    elsewhere = RegionFactory(code="E47000001", slug="gmca", short_name="GMCA")
    make_call(state=CallState.DRAFT, region=elsewhere)
    assert offered(desk, page) == {call, free}
