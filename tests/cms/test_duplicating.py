"""A call made from an earlier one, with its page: what comes along, and what does not."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.images.tests.utils import get_test_image_file

from challenges.calls.legal.working_days import is_working_day, next_working_day
from challenges.calls.models import (
    Call,
    CallKind,
    CallState,
    ClarityRating,
    Enquiry,
    LegalNote,
    Stage,
    WantedCapability,
)
from challenges.calls.services import propose_call
from challenges.judging.models import Panel
from cms.models import AcceleratorPage, CallPage, ChallengeIndexPage, ChallengePage
from cms.services import approve_and_publish, create_page, duplicate_call
from marketplace.activity.models import Record
from marketplace.errors import NotAllowed, Refused
from marketplace.times import day_ended_by
from tests.desk.helpers import form_data, signed_in, url
from tests.factories import (
    AwardFactory,
    CallFactory,
    CapabilityFactory,
    RegionFactory,
    UserFactory,
    make_call,
    make_entry,
    make_judge,
    make_officer,
    submit,
)

pytestmark = pytest.mark.django_db


def publish(call, **fields):
    from wagtail.images import get_image_model

    picture = get_image_model().objects.create(title="Damp", file=get_test_image_file())
    kind = AcceleratorPage if call.kind == CallKind.ACCELERATOR else ChallengePage
    return ChallengeIndexPage.objects.first().add_child(
        instance=kind(
            title=call.title,
            slug=f"call-{call.pk}",
            call=call,
            lead_image=picture,
            body=[("heading", "Why"), ("paragraph", "<p>It is damp.</p>")],
            faqs=[("faq", {"question": "Who may apply?", "answer": "<p>All.</p>"})],
            search_description="Damp homes.",
            **fields,
        )
    )


def lived(kind=CallKind.CHALLENGE):
    """A call with everything that may hang on one."""
    call = make_call(stages=2, blind=True, kind=kind, budget=90_000, partner="A partner")
    publish(call)
    officer = make_officer()
    submit(make_entry(call=call))
    member = make_judge(call.first_stage)
    Panel.objects.filter(pk=member.panel_id).update(reviews_per_pitch=5, most_per_judge=9)
    WantedCapability.objects.create(call=call, capability=CapabilityFactory(), level=3)
    LegalNote.objects.create(call=call, key="notice", note="Done.", by=officer)
    Enquiry.objects.create(
        region=call.region, call=call, typed="Why?", question="Why?", due_on=timezone.localdate()
    )
    ClarityRating.objects.create(call=call, by=UserFactory(), score=4)
    AwardFactory(call=call)
    now = timezone.now()
    Stage.objects.filter(call=call).update(unblinded_at=now, released_at=now)
    Call.objects.filter(pk=call.pk).update(
        owner=officer,
        proposed_by=officer,
        approved_by=make_officer(),
        approved_at=now,
        return_reason="Was sent back.",
        source="A public record",
        is_demonstration=True,
        version=7,
    )
    return Call.objects.get(pk=call.pk)


@pytest.mark.parametrize("kind", CallKind.values)
@pytest.mark.parametrize("state", CallState.values)
def test_everything_but_what_happened(state, kind):
    source, officer = lived(kind), make_officer()
    Call.objects.filter(pk=source.pk).update(state=state)
    source.refresh_from_db()
    call = duplicate_call(source=source, actor=officer, title="Damp again")
    call.refresh_from_db()
    assert (call.title, call.owner, call.region) == ("Damp again", officer, source.region)
    assert (call.state, call.version, call.kind) == (CallState.DRAFT, 1, source.kind)
    for name in ("summary", "budget", "award_limit", "partner", "legal_route", "programme"):
        assert getattr(call, name) == getattr(source, name), name
    for name in ("proposed_by", "approved_by", "approved_at", "return_reason", "source"):
        assert not getattr(call, name), name
    assert not call.is_demonstration and call.reference != source.reference
    assert list(call.objectives.all()) == list(source.objectives.all())
    assert [w.level for w in call.wanted.all()] == [3]
    for name in ("pitches", "awards", "enquiries", "legal_notes", "clarity_ratings", "notes"):
        assert not getattr(call, name).exists(), name
    stages = list(call.stages.all())
    assert [s.hides_names for s in stages] == [True, True]
    assert not any(s.released_at or s.rulebooks.exists() or s.entries.exists() for s in stages)
    assert (stages[0].panel.reviews_per_pitch, stages[0].panel.most_per_judge) == (5, 9)
    assert not stages[0].panel.members.exists()
    page, old = call.page.specific, source.page.specific
    assert type(page) is type(old) and not page.live and page.slug != old.slug
    assert (page.title, page.lead_image) == ("Damp again", old.lead_image)
    assert page.get_parent() == old.get_parent()
    for shown in (page, page.get_latest_revision_as_object()):
        assert [b.block_type for b in shown.body] == ["heading", "paragraph"]
        assert shown.faqs[0].value["question"] == "Who may apply?"
        assert shown.search_description == "Damp homes."
    source.refresh_from_db()
    assert source.page.call_id == source.pk and source.version == 7


def test_the_copy_goes_its_own_way_to_the_public():
    officer = make_officer()
    call = duplicate_call(source=lived(), actor=officer)
    propose_call(call=call, actor=officer)
    approve_and_publish(call=call, actor=make_officer())
    page = CallPage.objects.get(call=call)
    assert page.live and "It is damp." in Client().get(page.url).content.decode()
    assert {"calls.duplicated", "calls.approved"} <= set(
        Record.objects.filter(chain__key=call.chain).values_list("verb", flat=True)
    )


def test_the_draft_of_a_page_that_never_was_public_comes_along():
    officer = make_officer()
    source = make_call(state=CallState.DRAFT)
    page = create_page(call=source, actor=officer).specific
    page.body = [("heading", "Only a draft")]
    page.save_revision()
    call = duplicate_call(source=source, actor=officer)
    assert call.page.specific.body[0].value == "Only a draft"


def test_what_the_public_reads_comes_along_and_not_what_is_tried_out():
    source = make_call()
    page = publish(source)
    page.body = [("heading", "Tried out")]
    page.save_revision()
    call = duplicate_call(source=source, actor=make_officer())
    assert [b.block_type for b in call.page.specific.body] == ["heading", "paragraph"]


def test_without_stages_or_page():
    """As imported: what there is comes along."""
    source = CallFactory(state=CallState.APPROVED, source="A public record")
    call = duplicate_call(source=source, actor=make_officer())
    assert not call.stages.exists() and call.page.title == source.title


def test_a_rolling_call_stays_rolling():
    source = make_call(stages=3, is_rolling=True)
    call = duplicate_call(source=source, actor=make_officer())
    assert call.is_rolling and call.stages.count() == 3


def test_only_by_officers_of_its_region():
    elsewhere = make_officer(RegionFactory(code="E47000001", slug="gmca", short_name="GMCA"))
    source = make_call()
    for person in (elsewhere, UserFactory()):
        with pytest.raises(NotAllowed):
            duplicate_call(source=source, actor=person)
    assert signed_in(elsewhere).get(url("duplicate", source.pk)).status_code == 404
    assert Call.objects.count() == 1


@pytest.mark.parametrize("title", ["x" * 255, "é " * 127, "!!!", "🎉", "日本", "Damp homes"])
def test_any_title_gives_a_page_of_its_own_as_often_as_it_is_used(title):
    """One of 255 letters left no room for a number, and one of none gave no address at all."""
    officer, source = make_officer(), lived()
    for _ in range(3):
        source = duplicate_call(source=source, actor=officer, title=title)
    slugs = list(CallPage.objects.values_list("slug", flat=True))
    assert len(slugs) == len(set(slugs)) == 4 and all(slugs)


def test_a_day_that_makes_no_sense_leaves_nothing_behind():
    with pytest.raises(Refused):
        duplicate_call(source=make_call(), actor=make_officer(), opens_on=timezone.localdate())
    assert Call.objects.count() == 1 and not CallPage.objects.exists()


class TestDesk:
    @pytest.fixture
    def officer(self):
        return make_officer()

    @pytest.fixture
    def desk(self, officer):
        return signed_in(officer)

    def test_it_shows_the_dates_and_then_makes_it(self, desk, officer):
        source = lived()
        page = desk.get(url("duplicate", source.pk))
        assert "Enquiries until" not in page.content.decode()  # none were set
        day = next_working_day(timezone.localdate() + timedelta(days=60))
        data = {**form_data(page), "title": "Damp in 2030", "opens_on": day.isoformat()}
        shown = desk.post(url("duplicate", source.pk), {**data, "show": "1"})
        assert f"{day:%-d %B %Y}" in shown.content.decode()
        assert Call.objects.count() == 1
        made = desk.post(url("duplicate", source.pk), {**data, "make": "1"})
        call = Call.objects.exclude(pk=source.pk).get()
        assert made.headers["Location"] == url("call", call.pk)
        assert timezone.localdate(call.first_stage.opens_at) == day
        assert call.owner == officer

    def test_a_midnight_is_said_by_the_one_day_that_it_ends(self, desk):
        source = make_call()
        at = timezone.make_aware(datetime(2025, 3, 15))
        Stage.objects.filter(call=source).update(
            opens_at=at - timedelta(days=40), closes_at=at, scores_due_at=at + timedelta(days=14)
        )
        page = desk.get(url("duplicate", source.pk)).content.decode()
        assert "<td>midnight at the end of Friday 14 March 2025 GMT</td>" in page
        assert "<td><b>midnight at the end of " in page
        duplicate_call(source=source, actor=make_officer())
        made = Stage.objects.exclude(call=source).get()
        assert is_working_day(day_ended_by(made.closes_at))

    @pytest.mark.parametrize("day", ["", "1999-01-01", "9999-12-31", "yesterday"])
    def test_days_as_people_type_them(self, desk, day):
        source = make_call()
        data = {"title": "Again", "opens_on": day, "make": "1"}
        reply = desk.post(url("duplicate", source.pk), data)
        assert (reply.status_code, Call.objects.count()) == ((302, 2) if not day else (400, 1))

    def test_it_says_what_is_asked_of_everybody_now(self, desk):
        source = make_call()
        first, second = source.first_stage.questions.all()
        type(first).objects.filter(pk=first.pk).update(kind="yes-no", retired_at=timezone.now())
        type(second).objects.filter(pk=second.pk).update(
            condition_on=first, condition_answers="Yes"
        )
        page = desk.get(url("duplicate", source.pk)).content.decode()
        assert "of everybody" in page and second.label in page

    def test_it_is_offered_in_the_list_on_the_call_and_on_the_public_page(self, desk):
        source = make_call()
        address = url("duplicate", source.pk)
        for where in (url("calls"), url("call", source.pk), publish(source).url):
            assert address in desk.get(where).content.decode(), where
        assert address not in Client().get(source.page.url).content.decode()

    def test_calls_to_copy_are_offered_with_cancelled_ones_last(self, desk):
        draft = CallFactory()
        kept = make_call()
        gone = make_call(state=CallState.CANCELLED)
        offered = desk.get(url("call", draft.pk)).context["earlier_calls"]
        assert list(offered) == [kept, gone]

    def test_copying_into_a_draft_fills_its_empty_page(self, desk, officer):
        source, draft = lived(), CallFactory(title="New")
        page = create_page(call=draft, actor=officer).specific
        page.faqs = [("faq", {"question": "Mine?", "answer": "<p>Yes.</p>"})]
        page.save_revision()
        desk.post(url("copy_call", draft.pk), {"source": source.pk})
        latest = CallPage.objects.get(call=draft).specific.get_latest_revision_as_object()
        assert [b.block_type for b in latest.body] == ["heading", "paragraph"]
        assert latest.faqs[0].value["question"] == "Mine?" and latest.title == "New"


def test_the_desks_address_is_what_the_public_page_links_to():
    assert reverse("desk:duplicate", args=[1]) == "/admin/desk/calls/1/duplicate/"
