"""Following, and news that everyone hears once, at their own pace."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone

from challenges.calls.enquiries import ask
from challenges.calls.models import Stage
from challenges.calls.services import cancel_call
from challenges.calls.tasks import announce_open_calls
from challenges.pitches.changed_rules import extend_deadline
from challenges.pitches.reminders import remind_of_drafts
from marketplace.activity.following import (
    announce,
    change_pace,
    follow,
    person_of,
    send_digests,
    stop_following,
    stop_mail,
    unsubscribe_path,
)
from marketplace.activity.models import Follow, NewsLine, Notification, Pace
from marketplace.activity.news import _tellers, tell_missed_news
from tests.factories import (
    ObjectiveFactory,
    OrganisationFactory,
    UserFactory,
    make_call,
    make_entry,
    make_officer,
    sign_in,
    submit,
)
from tests.parts import require_part

pytestmark = pytest.mark.django_db


def news(call, key="a", text="It happened"):
    return announce([call], key=key, text=text, path="/somewhere/")


def bodies(person):
    return list(Notification.objects.filter(recipient=person).values_list("body", flat=True))


class TestNews:
    def test_at_once(self):
        call, person = make_call(), UserFactory()
        follow(person=person, thing=call, pace=Pace.NOW)
        assert [news(call), news(call)] == [1, 0]
        [body] = bodies(person)
        assert "It happened" in body and f"because you follow {call}" in body

    def test_in_a_digest_each_once(self):
        call, person = make_call(), UserFactory()
        follow(person=person, thing=call, pace=Pace.DAILY)
        news(call, "a", "First"), news(call, "b", "Second")
        assert bodies(person) == []
        assert [send_digests("weekly"), send_digests("daily"), send_digests("daily")] == [0, 1, 0]
        [body] = bodies(person)
        assert "First" in body and "Second" in body
        assert Notification.objects.get(recipient=person).subject == "2 things happened today"

    def test_never_by_mail_is_on_the_site(self):
        call, person = make_call(), UserFactory()
        follow(person=person, thing=call, pace=Pace.NEVER)
        news(call)
        assert Notification.objects.get(recipient=person).address == ""

    def test_one_who_follows_two_things_hears_it_once(self):
        call, person = make_call(), UserFactory()
        objective = ObjectiveFactory()
        for thing in (call, objective):
            follow(person=person, thing=thing, pace=Pace.NOW)
        announce([call, objective], key="a", text="x", path="/")
        assert len(bodies(person)) == 1

    @pytest.mark.parametrize("followers", [1, 6])
    def test_queries_of_a_digest_grow_with_people_only(self, followers):
        call = make_call()
        for _ in range(followers):
            follow(person=UserFactory(), thing=call)
        for key in "abcdef":
            news(call, key)
        assert send_digests("daily") == followers

    def test_one_who_follows_two_things_hears_it_at_the_sooner_pace(self):
        call, person, objective = make_call(), UserFactory(), ObjectiveFactory()
        follow(person=person, thing=call, pace=Pace.NEVER)
        follow(person=person, thing=objective, pace=Pace.NOW)
        assert announce([call, objective], key="a", text="x", path="/") == 1
        assert Notification.objects.get(recipient=person).address == person.email

    @pytest.mark.parametrize("followers", [1, 40])
    def test_queries_of_news_do_not_grow_with_followers(self, followers, django_assert_num_queries):
        call = make_call()
        for _ in range(followers):
            follow(person=UserFactory(), thing=call, pace=Pace.NOW)
        with django_assert_num_queries(8):
            assert news(call) == followers


class TestWishes:
    """What a person wishes now holds for the news that waits, too."""

    @pytest.fixture
    def waiting(self):
        call, person = make_call(), UserFactory()
        own = follow(person=person, thing=call, pace=Pace.WEEKLY)
        news(call)
        return own

    def test_sooner(self, waiting):
        change_pace(waiting, Pace.DAILY)
        assert [send_digests("daily"), send_digests("weekly")] == [1, 0]

    def test_at_once(self, waiting):
        change_pace(waiting, Pace.NOW)
        assert Notification.objects.get(recipient=waiting.person).address
        assert send_digests("weekly") == 0

    def test_never_by_mail(self, waiting):
        change_pace(waiting, Pace.NEVER)
        assert Notification.objects.get(recipient=waiting.person).address == ""
        assert send_digests("weekly") == 0

    def test_no_longer(self, waiting):
        stop_following(waiting)
        assert send_digests("weekly") == 0
        assert not Notification.objects.filter(recipient=waiting.person).exists()

    def test_on_the_page(self, client, waiting):
        sign_in(client, waiting.person)
        assert "/notifications/following/" in client.get("/notifications/").content.decode()
        page = f"/notifications/following/{waiting.pk}/"
        client.post(page, {"pace": "daily"})
        assert NewsLine.objects.get().pace == Pace.DAILY
        client.post(page, {"stop": "1"})
        assert send_digests("daily") == 0


class TestUnsubscribe:
    @pytest.fixture
    def person(self):
        person = UserFactory()
        follow(person=person, thing=make_call(), pace=Pace.DAILY)
        return person

    def test_opening_the_link_changes_nothing(self, client, person):
        assert "Stop news by mail?" in client.get(unsubscribe_path(person)).content.decode()
        assert Follow.objects.get().pace == Pace.DAILY

    def test_one_click_without_signing_in_or_token_of_a_form(self, person):
        client = Client(enforce_csrf_checks=True)
        data = {"List-Unsubscribe": "One-Click"}
        assert client.post(unsubscribe_path(person), data).status_code == 200
        assert Follow.objects.get().pace == Pace.NEVER

    def test_a_made_up_token_is_nobodys(self, client):
        assert person_of("1:made:up") is None
        assert client.post("/notifications/unsubscribe/1:made:up/").status_code == 404

    def test_the_mail_offers_it(self, person, django_capture_on_commit_callbacks):
        stop = unsubscribe_path(person)
        news_of = Follow.objects.get()
        NewsLine.objects.create(
            person=person, key="k", text="T", reason=f"you follow {news_of}", path="/", pace="daily"
        )
        with django_capture_on_commit_callbacks(execute=True):
            send_digests("daily")
        headers = mail.outbox[0].extra_headers
        assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert stop.split("/")[2] in headers["List-Unsubscribe"]

    def test_receipts_have_no_such_header(self, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            submit(make_entry())
        assert mail.outbox and not mail.outbox[0].extra_headers

    def test_what_waited_is_not_sent_after_all(self, person):
        news(Follow.objects.get() and make_call())
        NewsLine.objects.create(
            person=person, key="k", text="T", reason="r", path="/", pace="daily"
        )
        stop_mail(person.pk)
        assert send_digests("daily") == 0


class TestPages:
    def test_follow_and_stop(self, client):
        person, call = UserFactory(), make_call()
        sign_in(client, person)
        client.post(f"/follow/call/{call.pk}/")
        assert str(call) in client.get("/notifications/following/").content.decode()
        own = Follow.objects.get()
        client.post(f"/notifications/following/{own.pk}/", {"pace": "weekly"})
        own.refresh_from_db()
        assert own.pace == "weekly"
        client.post(f"/notifications/following/{own.pk}/", {"stop": "1"})
        assert not Follow.objects.exists()

    def test_nobody_changes_anothers(self, client):
        own = follow(person=UserFactory(), thing=make_call())
        sign_in(client, UserFactory())
        path = f"/notifications/following/{own.pk}/"
        assert client.post(path, {"stop": "1"}).status_code == 404

    @pytest.mark.parametrize("kind", ["call", "organisation", "nothing"])
    def test_what_a_person_may_not_see_can_not_be_followed(self, client, kind):
        hidden = {
            "call": make_call(state="draft"),
            "organisation": OrganisationFactory(is_public=False),
            "nothing": make_call(),
        }[kind]
        sign_in(client, UserFactory())
        assert client.post(f"/follow/{kind}/{hidden.pk}/").status_code == 404


class TestSweeps:
    def test_a_call_that_opened_is_told_once_however_often(self):
        person, late = UserFactory(), UserFactory()
        call = make_call()
        for each in (person, late):
            follow(person=each, thing=call.objectives.get(), pace=Pace.NOW)
        before = call.first_stage.opens_at - timedelta(minutes=1)
        Follow.objects.filter(person=person).update(since=before)
        assert [announce_open_calls() for _ in range(3)] == [1, 0, 0]
        assert "Open now" in bodies(person)[0]
        assert bodies(late) == []  # who began to follow an open call knows that it is open

    def test_news_that_a_worker_lost_is_told_once_and_not_to_who_came_later(self):
        call, early, late = make_call(), UserFactory(), UserFactory()
        follow(person=early, thing=call, pace=Pace.NOW)
        cancel_call(call=call, reason="No money", actor=make_officer(call.region))
        follow(person=late, thing=call, pace=Pace.NOW)
        assert bodies(early) == []  # the worker died: nothing was told after the commit
        for _ in range(2):
            tell_missed_news()
        assert [len(bodies(early)), len(bodies(late))] == [1, 0]
        tell_missed_news(timezone.now() + timedelta(days=4))
        assert len(bodies(early)) == 1

    def test_one_that_fails_keeps_no_other_back(self, monkeypatch):
        def fail(record):
            raise RuntimeError("no such call")

        monkeypatch.setitem(_tellers, "calls.asked", fail)
        call, person = make_call(closes_in=timedelta(days=20)), UserFactory()
        follow(person=person, thing=call, pace=Pace.NOW)
        ask(call=call, text="Hm?", actor=UserFactory())
        cancel_call(call=call, reason="No money", actor=make_officer(call.region))
        tell_missed_news()
        assert len(bodies(person)) == 1

    @pytest.mark.parametrize(
        ("left", "times"), [(4, 0), (3, 1), (2.5, 1), (1, 1), (0.5, 1), (-1, 0)]
    )
    def test_a_draft_is_reminded_of_once_for_each_time(self, left, times):
        entry = make_entry(
            call=make_call(closes_in=timedelta(days=left, seconds=-1), opens_in=timedelta(days=-9))
        )
        assert sum(remind_of_drafts() for _ in range(3)) == times
        assert Notification.objects.filter(subject__contains="Not submitted").count() == times
        assert entry

    def test_at_three_days_and_again_at_one(self):
        entry = make_entry(call=make_call(closes_in=timedelta(days=2.5)))
        now = timezone.now()
        at = [now, now + timedelta(days=1), now + timedelta(days=2), now + timedelta(days=2.2)]
        assert [remind_of_drafts(moment) for moment in at] == [1, 0, 1, 0]
        assert entry

    def test_submitted_pitches_are_left_alone(self):
        submit(make_entry(call=make_call(closes_in=timedelta(hours=5))))
        assert remind_of_drafts() == 0

    def test_a_longer_deadline_is_another_deadline(self):
        entry = make_entry(call=make_call(closes_in=timedelta(hours=20)))
        stage, extra = entry.stage, timedelta(days=1.5)
        assert remind_of_drafts() == 1
        extend_deadline(
            stage=stage,
            closes_at=stage.closes_at + extra,
            scores_due_at=stage.scores_due_at + extra,
            decision_on=stage.decision_on + timedelta(days=2),
            reason="Snow",
            actor=make_officer(),
        )
        assert remind_of_drafts() == 1
        assert Stage.objects.get(pk=stage.pk).closes_at > stage.closes_at


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_workers_at_once_remind_once():
    require_part("PostgreSQL", connection.vendor == "postgresql", "run `make test-real`")
    make_entry(call=make_call(closes_in=timedelta(hours=5)))

    def work(_):
        try:
            return remind_of_drafts()
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    assert Notification.objects.filter(subject__contains="Not submitted").count() == 1
