"""A call that ends takes everything in it along, and everybody in it hears."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from challenges.awards.answering import accept_offer
from challenges.awards.declining import turn_down
from challenges.awards.lapsing import tell_ended_lists, watch_offers
from challenges.calls.addenda import propose_addendum
from challenges.calls.cancelling import MATTER, cancel_call, what_ends
from challenges.calls.enquiries import ask
from challenges.calls.models import Addendum, Call, CallState, Enquiry, SignOff, SignOffState, Stage
from challenges.calls.sign_offs import propose, sign
from challenges.judging.afterwards import OVER, afterwards_of
from challenges.judging.models import (
    Decision,
    Offer,
    OfferState,
    Outcome,
    PanelMember,
    Release,
    ReleaseState,
)
from challenges.judging.reserve import waiting
from challenges.judging.services import invite_to_panel, outbox
from challenges.judging.services.releasing import carry_out_due, release_decisions
from challenges.pitches.models import Entry, EntryState
from challenges.pitches.partners import answer_as_partner, ask_partner
from challenges.pitches.services import start_pitch, submit_entry
from challenges.pitches.tasks import remind_of_drafts
from marketplace.accounts.models import User
from marketplace.activity.models import Notification, Record
from marketplace.errors import NotAllowed, Refused, TooLate
from tests.awards.after import build
from tests.factories import (
    OrganisationFactory,
    RegionFactory,
    UserFactory,
    assign,
    close_stage,
    make_call,
    make_entry,
    make_judge,
    make_officer,
    sign_in,
    signed_release,
    submit,
)
from tests.factories import release as release_stage
from tests.judging.conftest import write_review

pytestmark = pytest.mark.django_db
WHY = "The budget was withdrawn."


def cancelled(call: Call, reason: str = WHY) -> Call:
    """As two officers do it."""
    first, second = make_officer(call.region), make_officer(call.region)
    sign(sign_off=propose(matter=MATTER, thing=call, reason=reason, actor=first), actor=second)
    return Call.objects.get(pk=call.pk)


def told(person: User) -> list[str]:
    found = Notification.objects.filter(recipient=person, subject__startswith="Cancelled")
    return list(found.values_list("body", flat=True))


def team(entry: Entry) -> User:
    return User.objects.get(memberships__organisation=entry.pitch.organisation)


@pytest.fixture
def call() -> Call:
    return make_call(title="Damp homes", stages=2)


class TestWhoSigns:
    def test_one_officer_ends_a_call_that_nobody_has_begun(self, call: Call) -> None:
        cancel_call(call=call, actor=make_officer(call.region), reason=WHY)
        assert Call.objects.get(pk=call.pk).state == CallState.CANCELLED

    @pytest.mark.parametrize("begun", ["draft", "submitted", "withdrawn"])
    def test_with_a_pitch_in_it_one_officer_is_refused(self, call: Call, begun: str) -> None:
        entry = make_entry(call=call)
        Entry.objects.filter(pk=entry.pk).update(state=begun)
        with pytest.raises(Refused, match="second officer"):
            cancel_call(call=call, actor=make_officer(call.region), reason=WHY)
        assert Call.objects.get(pk=call.pk).state == CallState.APPROVED
        assert cancelled(call).state == CallState.CANCELLED

    def test_an_officer_elsewhere_can_neither_propose_nor_sign(self, call: Call) -> None:
        make_entry(call=call)
        other = RegionFactory(code="E47000001", slug="elsewhere", name="Elsewhere")
        stranger = make_officer(other)
        with pytest.raises(NotAllowed):
            propose(matter=MATTER, thing=call, reason=WHY, actor=stranger)
        waiting = propose(matter=MATTER, thing=call, reason=WHY, actor=make_officer(call.region))
        with pytest.raises(NotAllowed):
            sign(sign_off=waiting, actor=stranger)

    def test_after_the_last_release_nothing_is_left_to_cancel(self, call: Call) -> None:
        call.stages.update(released_at=timezone.now())
        with pytest.raises(NotAllowed):
            propose(matter=MATTER, thing=call, reason=WHY, actor=make_officer(call.region))

    def test_a_place_of_an_ended_call_is_offered_to_nobody_to_decline(self) -> None:
        after = build(outcome=Outcome.SHORTLISTED, stages=2)
        assert afterwards_of(after.entry(0)).may_decline
        cancelled(after.call)
        assert not afterwards_of(after.entry(0)).may_decline

    def test_what_a_release_gave_stays(self, call: Call) -> None:
        entry = submit(make_entry(call=call))
        Entry.objects.filter(pk=entry.pk).update(state=EntryState.SHORTLISTED)
        Stage.objects.filter(pk=entry.stage_id).update(released_at=timezone.now())
        cancelled(call)
        assert Entry.objects.get(pk=entry.pk).state == EntryState.SHORTLISTED


class TestWhatEnds:
    def test_pitches_leave_the_competition_and_drafts_stay_their_teams_own(
        self, call: Call
    ) -> None:
        draft, entry = make_entry(call=call), submit(make_entry(call=call))
        cancelled(call)
        assert Entry.objects.get(pk=entry.pk).state == EntryState.CANCELLED
        assert Entry.objects.get(pk=draft.pk).state == EntryState.DRAFT
        for each in (draft, entry):
            assert WHY in told(team(each))[0]
            assert len(told(team(each))) == 1
            with pytest.raises(Refused):
                submit_entry(entry=each, actor=team(each))
        verbs = Record.objects.filter(chain__key=call.chain).values_list("verb", flat=True)
        assert {"calls.cancelled", "pitches.cancelled"} <= set(verbs)

    def test_panels_close_and_each_judge_hears_once(self, call: Call) -> None:
        entry = submit(make_entry(call=call))
        stage = close_stage(call.first_stage)
        judge = make_judge(stage)
        make_judge(call.stages.last(), email="also@example.org")
        write_review(assign(judge, entry))
        invited = invite_to_panel(
            stage=stage,
            email="asked@example.org",
            name="Asked",
            role="judge",
            actor=make_officer(call.region),
        )
        cancelled(call)
        assert len(told(judge.user)) == 1
        assert len(told(User.objects.get(email="also@example.org"))) == 1
        assert PanelMember.objects.get(pk=invited.pk).state == "removed"
        assert Notification.objects.filter(
            address="asked@example.org", subject="Cancelled: Damp homes"
        ).exists()

    def test_what_waited_is_answered(self, call: Call) -> None:
        asker, officer = UserFactory(), make_officer(call.region)
        Stage.objects.filter(call=call).update(questions_until=timezone.now() + timedelta(hours=1))
        fresh = Call.objects.get(pk=call.pk)
        enquiry = ask(call=fresh, text="May a charity apply?", actor=asker)
        addendum = propose_addendum(
            stage=call.first_stage,
            changes={},
            clarification="Charities may apply.",
            reason="Asked twice.",
            actor=officer,
        )
        make_entry(call=call)
        cancelled(call)
        assert Enquiry.objects.get(pk=enquiry.pk).state == "declined"
        assert Notification.objects.filter(recipient=asker, body__contains=WHY).exists()
        assert Addendum.objects.get(pk=addendum.pk).state == "returned"
        assert not SignOff.objects.filter(state=SignOffState.PROPOSED).exists()

    def test_no_reminder_follows(self, call: Call) -> None:
        make_entry(call=call)
        cancelled(call)
        assert remind_of_drafts() == 0

    def test_nobody_starts_afterwards(self, call: Call) -> None:
        held = Call.objects.get(pk=call.pk)
        held.first_stage  # noqa: B018  (as a page that was opened before has it)
        make_entry(call=call)
        cancelled(call)
        founder = UserFactory()
        with pytest.raises(TooLate):
            start_pitch(call=held, organisation=OrganisationFactory(owner=founder), actor=founder)

    def test_the_counts_are_shown_first(self, call: Call) -> None:
        make_entry(call=call)
        submit(make_entry(call=call))
        make_judge(call.first_stage)
        rows = dict(what_ends(call))
        assert rows["Pitches submitted"] == "1"
        assert rows["Pitches being written"] == "1"
        assert rows["People in their teams, who are told"] == "2"
        assert rows["Judges and people invited to judge, who are told"] == "1"


class TestPages:
    def _page(self, person: User, address: str) -> str:
        return sign_in(Client(), person).get(address).content.decode()

    def test_every_dashboard_says_so(self, call: Call) -> None:
        draft, entry = make_entry(call=call), submit(make_entry(call=call))
        stage = close_stage(call.first_stage)
        judge = make_judge(stage)
        assign(judge, entry)
        assert "1 of 1 pitch to score" in self._page(judge.user, "/dashboard/")
        cancelled(call)
        judges = self._page(judge.user, "/dashboard/")
        assert "to score" not in judges
        assert "Call cancelled" in self._page(judge.user, reverse("judging:panels"))
        panel = self._page(judge.user, reverse("judging:panel", kwargs={"pk": judge.pk}))
        assert WHY in panel and "You have no pitch to score yet" not in panel
        for each in (draft, entry):
            for address in ("/dashboard/", each.get_absolute_url()):
                page = self._page(team(each), address)
                assert WHY in page
                assert "A decision is expected" not in page and "Decision expected" not in page

    def test_an_officer_sees_the_counts_and_asks_a_second(self, call: Call) -> None:
        submit(make_entry(call=call))
        officer, second = make_officer(call.region), make_officer(call.region)
        client = sign_in(Client(), officer)
        address = reverse("desk:cancel", kwargs={"pk": call.pk})
        page = client.get(address).content.decode()
        assert "Pitches submitted" in page and "second officer" in page
        assert client.post(address, {"reason": ""}).status_code == 400
        client.post(address, {"reason": WHY})
        assert Call.objects.get(pk=call.pk).state == CallState.APPROVED
        waiting = SignOff.objects.get()
        assert client.get(address).url == reverse("desk:sign_off", kwargs={"pk": waiting.pk})
        other = sign_in(Client(), second)
        there = reverse("desk:sign_off", kwargs={"pk": waiting.pk})
        assert "Pitches submitted" in other.get(there).content.decode()
        other.post(there, {"sign": "1"})
        assert Call.objects.get(pk=call.pk).state == CallState.CANCELLED
        at_desk = other.get(reverse("desk:call", kwargs={"pk": call.pk})).content.decode()
        assert "ended with the call" in at_desk


def test_a_partner_hears_too(call: Call) -> None:
    entry = make_entry(call=call)
    helper = UserFactory()
    partner = ask_partner(
        entry=entry,
        organisation=OrganisationFactory(owner=helper),
        part="Sensors",
        share=None,
        actor=team(entry),
    )
    answer_as_partner(partner=partner, event="confirm", actor=helper)
    cancelled(call)
    assert len(told(helper)) == 1


class TestWhatWasPromised:
    """What a released stage, or one about to be, had promised: nothing waits in an ended call."""

    def test_a_signed_release_comes_to_nothing(self) -> None:
        after = build(released=False)
        signed = signed_release(after.stage, after.first)
        cancelled(after.call)
        release = Release.objects.get()
        assert (release.state, release.why) == (ReleaseState.REFUSED, "The call was cancelled.")
        with pytest.raises(Refused):
            release_decisions(sign_off=signed)
        assert carry_out_due() == 0

    def test_offers_end_and_whoever_waits_for_a_place_hears_once(self) -> None:
        after = build(outcome=Outcome.SHORTLISTED, stages=2)
        turn_down(entry=after.entry(0), actor=after.member(0))
        offer = after.offer(1, 0)
        rows = dict(what_ends(after.call))
        assert rows["Pitches on a reserve list, whose teams are told"] == "3"
        cancelled(after.call)
        assert Offer.objects.get().state == OfferState.TAKEN_BACK
        assert ["can’t be taken any more" in text for text in told(after.member(1))] == [True]
        assert ["reserve list has ended" in text for text in told(after.member(2))] == [True]
        assert WHY in told(after.member(2))[0]
        for number in (1, 2):
            said = afterwards_of(after.entry(number))
            assert (said.offer, said.sentences[-1:]) == (None, (OVER,))
        stage = Stage.objects.select_related("call").get(pk=after.stage.pk)
        assert waiting(stage) == []
        with pytest.raises(Refused):
            accept_offer(offer=offer, actor=after.member(1))
        assert watch_offers(offer.until - timedelta(hours=1)) == 0
        assert watch_offers(offer.until) == 0
        assert tell_ended_lists(timezone.now() + timedelta(days=61)) == 0

    def test_a_letter_that_was_held_back_is_awaited_no_longer(self) -> None:
        after = build(outcome=Outcome.SHORTLISTED, stages=2, released=False)
        decision = Decision.objects.get(entry=after.entries[0])
        outbox.hold_letter(decision=decision, reason="We ring first.", actor=after.first)
        release_stage(after.stage, after.first)
        assert [each.pk for each in outbox.held_of(after.stage.pk)] == [decision.pk]
        cancelled(after.call)
        assert outbox.held_of(after.stage.pk) == []
        assert outbox.remind_of_held() == 0
        assert outbox.send_overdue(timezone.now() + timedelta(days=30)) == 0
