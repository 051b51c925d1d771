"""The copy of one's data, and the end of one's account."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.test import Client
from django.utils import timezone

from challenges.awards.answering import decline_offer
from challenges.awards.declining import turn_down
from challenges.awards.models import Award, AwardState
from challenges.calls.models import Call
from challenges.interests.models import Interest
from challenges.judging.models import Appeal, Assignment, MemberState, Outcome, PanelMember, Release
from challenges.judging.services.releasing import stop_release
from challenges.people.models import Expert
from challenges.people.services import add_expert
from challenges.pitches.services import withdraw_entry
from marketplace.accounts.models import User
from marketplace.accounts.services import FAREWELL, delete_account, why_account_stays
from marketplace.accounts.tasks import forget_closed_accounts
from marketplace.activity.following import follow
from marketplace.activity.models import Notification, Record
from marketplace.activity.services import find_break, notify
from marketplace.errors import Refused
from marketplace.retention.pruning import forget_past_terms
from search.services import reindex
from startups.models import MemberRole, Membership, TeamInvitation
from tests.awards.after import build
from tests.factories import (
    PASSWORD,
    AwardFactory,
    OrganisationFactory,
    RegionFactory,
    UserFactory,
    make_call,
    make_entry,
    make_judge,
    make_officer,
    sign_in,
    signed_release,
    submit,
)
from tests.judging.conftest import build_world, write_review
from tests.retention.everywhere import places_of

pytestmark = pytest.mark.django_db

NAME, ADDRESS = "Zqname Person", "zqmail@example.org"


def somebody(**fields: Any) -> User:
    return UserFactory(name=NAME, email=ADDRESS, **fields)


def with_everything(person: User) -> User:
    """Somebody with a row in as many places as one person can have."""
    call = make_call()
    organisation = OrganisationFactory(owner=UserFactory())
    Membership.objects.create(organisation=organisation, user=person)
    TeamInvitation.objects.create(
        organisation=OrganisationFactory(owner=UserFactory()),
        email=ADDRESS,
        token_digest="a" * 64,
        invited_by=UserFactory(),
        expires_at=timezone.now() + timedelta(days=1),
    )
    follow(person=person, thing=call)
    Interest.objects.create(person=person, kind="other", organisation_name="Zqname & sons")
    Expert.objects.create(region=call.region, email=ADDRESS, name=NAME, post="Zqname’s post")
    notify([person], subject="Zqname, hello", body="Words", path="/")
    entry = make_entry(call=call, organisation=organisation)
    entry.answers.update(saved_by=person)
    judge = make_judge(call.first_stage)
    PanelMember.objects.filter(pk=judge.pk).update(
        user=None, email=ADDRESS, name=NAME, state=MemberState.INVITED
    )
    return person


def test_nothing_that_names_them_is_left_anywhere() -> None:
    person = with_everything(somebody())
    assert "judging.PanelMember.email" in places_of(NAME, ADDRESS)
    delete_account(user=person)
    assert places_of("Zqname", "zqmail") == {"activity.Notification.address"}
    farewell = Notification.objects.get(address=ADDRESS)
    assert (farewell.subject, farewell.recipient) == (FAREWELL, None)
    Notification.objects.update(mailed_at=timezone.now())
    assert forget_closed_accounts() == 1
    assert places_of("Zqname", "zqmail") == set()
    person.refresh_from_db()
    assert not person.is_active
    assert not person.has_usable_password()
    assert str(person) == "Deleted account"
    assert Record.objects.get(verb="accounts.deleted").detail == {}
    for record in Record.objects.select_related("chain"):
        assert find_break(record.chain) is None
    with pytest.raises(Refused, match="already"):
        delete_account(user=person)


def test_what_a_judge_did_stays_without_the_name() -> None:
    world = build_world()
    judge = User.objects.get(pk=world.judge.user_id)
    review = write_review(world.assignment, 4, comment="Sound.")
    delete_account(user=judge)
    kept = Assignment.objects.get(pk=review.pk)
    assert (kept.total, kept.comment) == (review.total, "Sound.")
    member = PanelMember.objects.get(pk=world.judge.pk)
    assert (member.name, member.user_id) == ("A former judge", judge.pk)
    assert not judge.region_roles.exists()
    assert Record.objects.filter(verb="accounts.role_revoked").count() == 1


def only_owner() -> Iterator[User]:
    organisation = OrganisationFactory(owner=(owner := somebody()))
    Membership.objects.create(organisation=organisation, user=UserFactory())
    yield owner
    Membership.objects.filter(organisation=organisation).update(role=MemberRole.OWNER)


def alone_with_a_live_pitch() -> Iterator[User]:
    entry = submit(make_entry(organisation=OrganisationFactory(owner=(owner := somebody()))))
    yield owner
    withdraw_entry(entry=entry, actor=owner, reason="")


def alone_with_a_funded_project() -> Iterator[User]:
    award = AwardFactory(organisation=OrganisationFactory(owner=(owner := somebody())))
    yield owner
    Award.objects.filter(pk=award.pk).update(state=AwardState.COMPLETED)


def alone_with_an_offer() -> Iterator[User]:
    after = build(entries=3, winners=1)
    turn_down(entry=after.entry(0), actor=after.member(0))
    offer = after.offer(1, 0)
    yield after.member(1)
    decline_offer(offer=offer, actor=after.member(1))


def alone_with_a_place_in_the_next_stage() -> Iterator[User]:
    after = build(entries=1, outcome=Outcome.SHORTLISTED, stages=2, reserve=False)
    yield after.member(0)
    turn_down(entry=after.entry(0), actor=after.member(0))


def judge_with_an_open_review() -> Iterator[User]:
    world = build_world()
    yield User.objects.get(pk=world.judge.user_id)
    write_review(world.assignment, 3)


def officer_with_a_call() -> Iterator[User]:
    call = make_call(owner=(owner := make_officer()))
    yield owner
    Call.objects.filter(pk=call.pk).update(owner=make_officer(call.region))


def reviewer_of_an_appeal() -> Iterator[User]:
    world = build_world()
    appeal = Appeal.objects.create(
        entry=world.entries[0],
        kind="appeal",
        grounds="A rule.",
        due_on=timezone.localdate(),
        reviewer=(reviewer := make_officer()),
    )
    yield reviewer
    Appeal.objects.filter(pk=appeal.pk).update(state="withdrawn")


def officer_of_a_release(proposed: bool) -> Iterator[User]:
    after = build(entries=2, released=False)
    signed_release(after.stage, after.first, second=after.second)
    yield after.first if proposed else after.second
    release = Release.objects.get()
    stop_release(release=release, reason="I leave.", actor=after.second)


def officer_who_proposed_a_release() -> Iterator[User]:
    yield from officer_of_a_release(proposed=True)


def officer_who_signed_a_release() -> Iterator[User]:
    yield from officer_of_a_release(proposed=False)


def only_administrator() -> Iterator[User]:
    yield somebody(is_superuser=True)
    UserFactory(is_superuser=True)


BOUND = [
    only_owner,
    alone_with_a_live_pitch,
    alone_with_a_funded_project,
    alone_with_an_offer,
    alone_with_a_place_in_the_next_stage,
    judge_with_an_open_review,
    officer_with_a_call,
    reviewer_of_an_appeal,
    officer_who_proposed_a_release,
    officer_who_signed_a_release,
    only_administrator,
]


@pytest.mark.parametrize("bound", BOUND, ids=lambda bound: bound.__name__)
def test_whom_others_need_stays_until_that_is_settled(bound: Any, client: Client) -> None:
    story = bound()
    person = next(story)
    reason = why_account_stays(person)[0]
    with pytest.raises(Refused, match=r"first\.$"):
        delete_account(user=person)
    page = sign_in(client, person).get("/accounts/delete/").content.decode()
    assert "Others depend on you" in page
    assert f'href="{reason.path}"' in page or not reason.path
    assert 'name="sure"' not in page
    client.post("/accounts/delete/", {"sure": "on"})
    assert User.objects.get(pk=person.pk).is_active
    next(story, None)
    assert why_account_stays(person) == []
    assert not delete_account(user=person).is_active


def test_the_page_deletes_and_signs_out(
    client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    person = somebody()
    other = Client()
    other.force_login(person)
    client.force_login(person)
    page = client.get("/accounts/delete/").content.decode()
    assert "can’t be undone" in page
    assert client.post("/accounts/delete/", {}).status_code == 200
    assert User.objects.get(pk=person.pk).is_active
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post("/accounts/delete/", {"sure": "on"}, follow=True)
    assert "Your account is deleted" in response.content.decode()
    assert [message.to for message in mail.outbox] == [[ADDRESS]]
    for one in (client, other):
        assert "/accounts/login/" in one.get("/accounts/you/")["Location"]
    assert not client.login(email=ADDRESS, password=PASSWORD)


@pytest.mark.parametrize("path", ["/accounts/delete/", "/accounts/copy/"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_it_asks_who_it_is_first(client: Client, path: str, method: str) -> None:
    assert getattr(client, method)(path)["Location"].startswith("/accounts/login/")
    person = somebody()
    client.force_login(person)
    session = client.session
    session["signed_in_at"] = 0
    session["account_authentication_methods"] = []
    session.save()
    assert "reauthenticate" in getattr(client, method)(path, {"sure": "on"})["Location"]
    assert User.objects.get(pk=person.pk).is_active


def test_officers_hear_that_a_judge_has_left() -> None:
    world = build_world()
    write_review(world.assignment, 3)
    delete_account(user=User.objects.get(pk=world.judge.user_id))
    assert PanelMember.objects.get(pk=world.judge.pk).state == MemberState.STEPPED_DOWN
    told = Notification.objects.filter(subject__contains="has stepped down")
    assert [one.recipient for one in told] == [world.officer]


def test_colleagues_who_are_switched_off_look_after_nothing() -> None:
    entry = submit(make_entry(organisation=OrganisationFactory(owner=(owner := somebody()))))
    gone = UserFactory(is_active=False)
    Membership.objects.create(
        organisation=entry.pitch.organisation, user=gone, role=MemberRole.OWNER
    )
    [reason] = why_account_stays(owner)
    assert "nobody else is on the team" in reason.text


def test_an_invented_person_of_the_demonstration_stays() -> None:
    with pytest.raises(Refused, match="invented"):
        delete_account(user=somebody(is_demonstration=True))


def test_search_forgets_an_entry_of_the_directory(
    django_capture_on_commit_callbacks: Any,
) -> None:
    person, officer = somebody(), make_officer()
    with django_capture_on_commit_callbacks(execute=True):
        expert = Expert(region=RegionFactory(), email=ADDRESS, name=NAME)
        add_expert(expert=expert, expertise=[], actor=officer)
        Expert.objects.update(is_public=True)
        reindex("person", {expert.pk})
    assert "search.IndexEntry.title" in places_of("Zqname")
    with django_capture_on_commit_callbacks(execute=True):
        delete_account(user=person)
    assert places_of("Zqname") == set()


def test_an_officer_loses_the_desk() -> None:
    officer = make_officer()
    delete_account(user=officer)
    assert not Group.objects.filter(user=officer).exists()


def test_the_address_is_free_again() -> None:
    delete_account(user=somebody())
    again = somebody()
    delete_account(user=again)
    assert User.objects.filter(name="Deleted account").count() == 2


def test_the_copy_has_what_is_theirs_and_no_secret(client: Client) -> None:
    person = with_everything(somebody())
    client.force_login(person)
    assert "Content-Disposition" not in client.get("/accounts/copy/")
    response = client.post("/accounts/copy/")
    assert "your-data-" in response["Content-Disposition"]
    copy = json.loads(response.content)
    text = response.content.decode()
    for kind in ("users", "memberships", "notifications", "follows", "interests", "experts"):
        assert copy[kind], kind
    assert NAME in text
    assert "Zqname &" in text
    for secret in (person.password, "a" * 64, "We put sensors in homes."):
        assert secret not in text
    assert Record.objects.filter(verb="accounts.copied", actor=person).count() == 1


def test_the_copy_has_nothing_of_others(client: Client) -> None:
    with_everything(UserFactory())
    stranger = UserFactory(name="Zqstranger", email="zqstranger@example.org")
    client.force_login(somebody())
    assert "Zqstranger" not in client.post("/accounts/copy/").content.decode()
    assert stranger.is_active


def test_the_copy_costs_the_same_however_much_there_is(django_assert_max_num_queries: Any) -> None:
    from marketplace.accounts.services import copy_for

    person = somebody()
    region = RegionFactory()
    for _ in range(30):
        notify([person], subject="Hello", body="Words", path=f"/{region.pk}/")
    with django_assert_max_num_queries(130):
        copy_for(user=person)


def test_old_messages_go_and_waiting_ones_stay(settings: Any) -> None:
    person = somebody()
    notify([person] * 3, subject="Hello", body="Words")
    old, waiting, young = Notification.objects.order_by("pk")
    long_ago = timezone.now() - timedelta(days=731)
    Notification.objects.filter(pk__in=[old.pk, waiting.pk]).update(created_at=long_ago)
    Notification.objects.filter(pk=old.pk).update(mailed_at=long_ago)
    settings.NOTIFICATION_RETENTION_DAYS = 0
    assert "activity.Notification" not in forget_past_terms()
    settings.NOTIFICATION_RETENTION_DAYS = 730
    assert forget_past_terms()["activity.Notification"] == 1
    assert set(Notification.objects.all()) == {waiting, young}
