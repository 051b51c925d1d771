"""Asking and answering: once for all, in time, and without a name."""

import itertools
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse
from django.utils import timezone

from challenges.calls import enquiries
from challenges.calls.models import Enquiry, EnquiryState, Stage
from challenges.calls.similar import similar
from challenges.calls.workflow import ENQUIRY
from marketplace.activity.following import follow
from marketplace.activity.models import NewsLine, Notification, Pace, Record
from marketplace.errors import NotAllowed, Refused, TooLate
from tests.factories import (
    RegionFactory,
    UserFactory,
    make_call,
    make_entry,
    make_judge,
    make_officer,
    sign_in,
)

pytestmark = pytest.mark.django_db

ASKER = "Quillon Unusual-Name"


@pytest.fixture
def call():
    return make_call(closes_in=timedelta(days=20))


@pytest.fixture
def officer(call):
    return make_officer(call.region)


@pytest.fixture
def asker():
    return UserFactory(name=ASKER, email="quillon@unusual.example")


@pytest.fixture
def asked(call, asker):
    return enquiries.ask(call=call, text="May we work with a university?", actor=asker)


def answer(enquiry, officer, **changes):
    fields = {"question": "May a university take part?", "text": "Yes.", "is_public": True}
    return enquiries.answer(enquiry=enquiry, actor=officer, **fields | changes)


class TestAsking:
    def test_a_question_gets_an_owner_and_a_day(self, officer, asker):
        call = make_call(closes_in=timedelta(days=20), owner=officer)
        asked = enquiries.ask(call=call, text=" Who owns it? ", actor=asker)
        assert (asked.owner, asked.typed, asked.state) == (officer, "Who owns it?", "waiting")
        assert asked.due_on > timezone.localdate()
        assert Notification.objects.filter(address=officer.email).exists()

    def test_a_call_without_an_owner_finds_an_officer(self, call, officer, asker):
        assert call.owner is None
        assert enquiries.ask(call=call, text="Who owns it?", actor=asker).owner == officer

    def test_not_after_its_time(self, asker):
        call = make_call(closes_in=timedelta(days=1))
        Stage.objects.filter(call=call).update(questions_until=timezone.now())
        with pytest.raises(TooLate):
            enquiries.ask(call=call, text="Late?", actor=asker)

    @pytest.mark.parametrize("state", ["draft", "proposed", "cancelled"])
    def test_only_about_published_calls(self, asker, state):
        with pytest.raises(NotAllowed):
            enquiries.ask(call=make_call(state=state), text="Hm?", actor=asker)

    def test_neither_nothing_nor_a_flood(self, call, asker):
        with pytest.raises(Refused, match="Type"):
            enquiries.ask(call=call, text="  ", actor=asker)
        for number in range(enquiries.MOST_WAITING):
            enquiries.ask(call=call, text=f"Question {number}?", actor=asker)
        with pytest.raises(Refused, match="wait for an answer"):
            enquiries.ask(call=call, text="One more?", actor=asker)

    def test_a_general_one_goes_to_the_officer_with_least_to_do(self, call, officer, asker):
        second = make_officer(call.region)
        owners = [
            enquiries.ask_region(
                region=call.region, topic="data", text=f"Where {n}?", actor=asker
            ).owner
            for n in range(4)
        ]
        assert owners == [officer, second, officer, second]


class TestAnswering:
    def test_once_for_all(self, call, officer, asker, asked):
        team = make_entry(call=call).pitch.organisation.memberships.get().user
        follower = UserFactory()
        follow(person=follower, thing=call, pace=Pace.NOW)
        answer(asked, officer)
        told = set(Notification.objects.values_list("address", flat=True))
        assert {asker.email, team.email, follower.email} <= told
        [published] = call.enquiries.published()
        assert published.question == "May a university take part?"
        assert published.typed == "May we work with a university?"

    def test_saved_again_it_tells_nobody_and_put_right_it_tells_everybody(
        self, call, officer, asker, asked
    ):
        follower = UserFactory()
        follow(person=follower, thing=call, pace=Pace.NOW)
        for text, times in (("Yes.", 1), ("Yes.", 1), ("Yes, as a partner.", 2)):
            answer(asked, officer, text=text)
            for person in (asker, follower):
                told = Notification.objects.filter(recipient=person).count()
                assert told == times, (text, person)

    def test_what_everyone_has_read_is_not_hidden(self, call, officer, asked):
        answer(asked, officer)
        with pytest.raises(Refused, match="can’t be hidden"):
            answer(asked, officer, is_public=False)
        assert call.enquiries.published().exists()

    def test_one_that_is_late_is_reminded_of_once_for_each_day_it_was_due(self, officer, asked):
        def reminders(days):
            today = asked.due_on + timedelta(days=days)
            enquiries.remind_of_late_answers(today)
            return Notification.objects.filter(
                recipient=officer, subject__startswith="Late:"
            ).count()

        assert [reminders(days) for days in (0, 1, 1, 2)] == [0, 1, 1, 1]
        Enquiry.objects.update(due_on=asked.due_on + timedelta(days=7))
        assert reminders(8) == 2

    def test_privately(self, call, officer, asker, asked):
        team = make_entry(call=call).pitch.organisation.memberships.get().user
        answer(asked, officer, is_public=False)
        assert not call.enquiries.published().exists()
        assert not Notification.objects.filter(address=team.email).exists()
        assert Notification.objects.filter(address=asker.email).exists()

    def test_or_not_with_a_reason(self, call, officer, asker, asked):
        with pytest.raises(Refused):
            enquiries.decline(enquiry=asked, reason=" ", actor=officer)
        enquiries.decline(enquiry=asked, reason="It is in the rules.", actor=officer)
        assert Notification.objects.filter(address=asker.email, body__contains="in the rules")

    def test_handed_over_within_the_region(self, call, officer, asked):
        other = make_officer(call.region)
        assert enquiries.hand_over(enquiry=asked, owner=other, actor=officer).owner == other
        with pytest.raises(NotAllowed):
            enquiries.hand_over(enquiry=asked, owner=UserFactory(), actor=officer)

    def test_every_state_event_and_role(self, officer, asker, asked):
        elsewhere = make_officer(RegionFactory(code="E47000001", slug="gmca"))
        people = {
            "officer": officer,
            "asker": asker,
            "elsewhere": elsewhere,
            "anonymous": AnonymousUser(),
        }
        sources = {"answer": set(EnquiryState.values), "decline": {"waiting"}}
        assert set(ENQUIRY.events) == set(sources)
        for event, state, role in itertools.product(sources, EnquiryState.values, people):
            asked.state = state
            expected = state in sources[event] and role == "officer"
            assert ENQUIRY.allows(event, asked, people[role]) == expected, (event, state, role)

    def test_age_is_in_working_days(self, asked):
        asked.due_on = date(2026, 12, 24)
        assert not asked.is_late(date(2026, 12, 24)) and asked.is_late(date(2026, 12, 25))


class TestNobodyLearnsWhoAsked:
    def test_on_any_page_in_any_mail(
        self, client, call, officer, asker, asked, mailoutbox, django_capture_on_commit_callbacks
    ):
        applicant = make_entry(call=call).pitch.organisation.memberships.get().user
        judge = make_judge(call.first_stage).user
        with django_capture_on_commit_callbacks(execute=True):
            answer(asked, officer)
        base = f"/calls/{call.reference}"
        pages = [
            f"{base}/questions/",
            f"{base}/questions/similar/?text=university",
            f"{base}/rules/1/",
            f"{base}/rules/1.json",
            "/dashboard/",
            "/notifications/",
        ]
        for person in (None, applicant, judge):
            client.logout()
            if person:
                sign_in(client, person)
            for page in pages:
                text = client.get(page).content.decode()
                assert ASKER not in text and asker.email not in text, (person, page)
            assert client.get(f"/calls/enquiries/{asked.pk}/").status_code in (302, 404)
        for mail in mailoutbox:
            if mail.to != [asker.email]:
                assert ASKER not in mail.body + mail.subject and asker.email not in mail.body

    def test_nor_from_the_record(self, asked):
        assert Record.objects.get(verb="calls.asked").actor is None


class TestPages:
    def test_asking_with_a_like_question_first(self, client, call, officer, asker, asked):
        answer(asked, officer)
        page = f"/calls/{call.reference}/questions/"
        sign_in(client, UserFactory())
        near = client.post(page, {"text": "Could a university take part in it?"})
        assert "Has this been answered already?" in near.content.decode()
        assert Enquiry.objects.count() == 1
        client.post(page, {"text": "Could a university take part in it?", "anyway": "1"})
        assert Enquiry.objects.count() == 2

    def test_the_asker_follows_it(self, client, asker, asked):
        sign_in(client, asker)
        text = client.get(f"/calls/enquiries/{asked.pk}/").content.decode()
        assert "May we work with a university?" in text and "Due by" in text

    def test_a_general_question(self, client, call, officer, asker):
        sign_in(client, asker)
        assert client.post("/calls/ask/", {}).status_code == 400
        reply = client.post("/calls/ask/", {"topic": "data", "text": "Where is the data?"})
        assert reply.status_code == 302
        assert "Where is the data?" in client.get("/calls/ask/").content.decode()

    def test_the_desk(self, client, officer, asked):
        sign_in(client, officer)
        assert asked.question in client.get("/admin/desk/enquiries/").content.decode()
        page = f"/admin/desk/enquiries/{asked.pk}/"
        assert ASKER in client.get(page).content.decode()
        assert client.post(page, {"answer": "1", "question": "Q?", "text": ""}).status_code == 400
        client.post(page, {"answer": "1", "question": "Q?", "text": "A.", "is_public": "on"})
        asked.refresh_from_db()
        assert asked.state == EnquiryState.ANSWERED

    def test_several_that_ask_the_same_are_answered_at_once(self, client, call, officer, asked):
        second, other = UserFactory(), UserFactory()
        alike = enquiries.ask(call=call, text="May a university work with us?", actor=second)
        different = enquiries.ask(call=call, text="When is the money paid?", actor=other)
        sign_in(client, officer)
        page = f"/admin/desk/enquiries/{asked.pk}/"
        text = client.get(page).content.decode()
        assert alike.typed in text and different.typed not in text
        data = {"answer": "1", "question": "Q?", "text": "A.", "is_public": "on"}
        assert client.post(page, {**data, "alike": [different.pk]}).status_code == 400
        client.post(page, {**data, "alike": [alike.pk]})
        alike.refresh_from_db(), different.refresh_from_db()
        assert (alike.state, alike.answer, different.state) == ("answered", "A.", "waiting")
        assert call.enquiries.published().count() == 1
        assert Notification.objects.filter(address=second.email, body__contains="A.").exists()

    @pytest.mark.parametrize("rows", [1, 30])
    def test_queries_do_not_grow(self, client, call, officer, rows, django_assert_num_queries):
        for number in range(rows):
            asked = enquiries.ask(call=call, text=f"What of {number}?", actor=UserFactory())
            answer(asked, officer)
        client.get(f"/calls/{call.reference}/questions/")
        with django_assert_num_queries(4):
            client.get(f"/calls/{call.reference}/questions/")


def test_likeness_is_of_words_that_matter():
    held = ["Can we apply with a partner?", "Is VAT included?", "When is the decision made?"]
    assert similar("May partners apply together with us?", held) == [0]
    assert similar("the of and", held) == []
    assert similar("", held) == []
    assert NewsLine.objects.count() == 0


class TestWhichRegion:
    """A general question goes to the region that is meant, and not to the first there is."""

    ASKED = {"topic": "other", "text": "Do you lend rooms?"}

    def test_where_there_are_two_the_asker_chooses(self, client):
        first, second = RegionFactory(), RegionFactory(code="E47000001", slug="other", name="Other")
        sign_in(client, UserFactory())
        address = reverse("calls:ask_region")
        assert client.post(address, self.ASKED).status_code == 400
        client.post(address, {**self.ASKED, "region": second.pk})
        assert Enquiry.objects.get().region == second
        assert first != second

    def test_where_there_is_one_nothing_is_asked(self, client):
        region = RegionFactory()
        sign_in(client, UserFactory())
        address = reverse("calls:ask_region")
        assert "Which region" not in client.get(address).content.decode()
        client.post(address, self.ASKED)
        assert Enquiry.objects.get().region == region
