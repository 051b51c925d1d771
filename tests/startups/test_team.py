"""Who is on a team, and who may change that."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.core import mail
from django.utils import timezone

from marketplace.errors import NotAllowed
from startups import services
from startups.models import Membership, TeamInvitation
from tests.factories import UserFactory
from tests.pages import error_beside
from tests.startups.things import organisation_with_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(client):
    organisation, owner, member = organisation_with_team()
    client.force_login(owner)
    return organisation, owner, member


def invite(client, organisation, email, capture) -> str:
    """Invite by the page; the path in the mail."""
    with capture(execute=True):
        response = client.post(f"/organisations/{organisation.slug}/team/", {"email": email})
    assert response.status_code == 302
    return re.search(r"/invitations/[\w-]+/", mail.outbox[-1].body)[0]


def test_an_invitation_goes_by_mail_and_works_once(
    client, team, django_capture_on_commit_callbacks
):
    organisation, owner, _ = team
    path = invite(client, organisation, "New@Example.org", django_capture_on_commit_callbacks)
    assert mail.outbox[-1].to == ["new@example.org"]
    client.logout()

    page = client.get(path).content.decode()
    assert str(owner) in page
    assert organisation.name in page
    assert f"/accounts/signup/?{urlencode({'next': path})}" in page
    assert f"/accounts/login/?{urlencode({'next': path})}" in page

    newcomer = UserFactory(email="new@example.org")
    client.force_login(newcomer)
    assert "Join the team" in client.get(path).content.decode()
    assert client.post(path)["Location"] == f"/organisations/{organisation.slug}/team/"
    assert organisation.memberships.get(user=newcomer).role == "member"
    assert "You are on this team" in client.get(path).content.decode()

    organisation.memberships.get(user=newcomer).delete()
    assert "has been used already" in client.get(path).content.decode()
    assert "run out or been used" in client.post(path).content.decode()
    assert not organisation.memberships.filter(user=newcomer).exists()


def test_an_invitation_is_only_for_its_address(client, team, django_capture_on_commit_callbacks):
    organisation, *_ = team
    path = invite(client, organisation, "new@example.org", django_capture_on_commit_callbacks)
    stranger = UserFactory(email="other@example.org")
    client.force_login(stranger)
    page = client.get(path).content.decode()
    assert "This invitation is for <strong>new@example.org</strong>" in page
    assert "Join the team" not in page
    assert "Sign in with that address" in client.post(path).content.decode()
    assert not organisation.memberships.filter(user=stranger).exists()


def test_an_invitation_runs_out(client, team, django_capture_on_commit_callbacks):
    organisation, *_ = team
    path = invite(client, organisation, "new@example.org", django_capture_on_commit_callbacks)
    TeamInvitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    newcomer = UserFactory(email="new@example.org")
    client.force_login(newcomer)
    assert "This invitation ran out" in client.get(path).content.decode()
    assert "run out" in client.post(path).content.decode()
    assert not organisation.memberships.filter(user=newcomer).exists()


def test_sending_again_stops_the_old_link(client, team, django_capture_on_commit_callbacks):
    organisation, *_ = team
    old = invite(client, organisation, "new@example.org", django_capture_on_commit_callbacks)
    waiting = organisation.invitations.get()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"/organisations/{organisation.slug}/invitations/{waiting.pk}/resend/")
    new = re.search(r"/invitations/[\w-]+/", mail.outbox[-1].body)[0]
    assert organisation.invitations.count() == 1
    client.logout()
    assert client.get(old).status_code == 404
    assert "does not work" in client.get(old).content.decode()
    assert client.get(new).status_code == 200


def test_cancelling_stops_the_link(client, team, django_capture_on_commit_callbacks):
    organisation, *_ = team
    path = invite(client, organisation, "new@example.org", django_capture_on_commit_callbacks)
    waiting = organisation.invitations.get()
    client.post(f"/organisations/{organisation.slug}/invitations/{waiting.pk}/cancel/")
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Enter an e-mail address"),
        ("nobody", "Enter an e-mail address, for example"),
        ("a\x00b@example.org", "Enter an e-mail address, for example"),
        ("a@example.org\nBcc: b@example.org", "Enter an e-mail address, for example"),
        ("x" * 300 + "@example.org", "254 characters or fewer"),
    ],
)
def test_a_bad_address_is_told_beside_the_field(client, team, typed, said):
    organisation, *_ = team
    response = client.post(f"/organisations/{organisation.slug}/team/", {"email": typed})
    assert response.status_code == 200
    assert said in error_beside(response, "email")
    assert not organisation.invitations.exists()


def test_a_member_is_not_invited_twice(client, team):
    organisation, _, member = team
    url = f"/organisations/{organisation.slug}/team/"
    response = client.post(url, {"email": member.email.upper()})
    assert "on the team already" in error_beside(response, "email")


def test_open_invitations_have_a_limit(client, team, monkeypatch):
    monkeypatch.setattr(services, "OPEN_INVITATIONS", 1)
    organisation, *_ = team
    url = f"/organisations/{organisation.slug}/team/"
    client.post(url, {"email": "a@example.org"})
    response = client.post(url, {"email": "b@example.org"})
    assert "Cancel some first" in error_beside(response, "email")


def test_removing_somebody_asks_first(client, team):
    organisation, _, member = team
    place = organisation.memberships.get(user=member)
    url = f"/organisations/{organisation.slug}/team/{place.pk}/remove/"
    assert f"Remove {member}?" in client.get(url).content.decode()
    assert organisation.memberships.count() == 2
    client.post(url)
    assert organisation.memberships.count() == 1
    client.force_login(member)
    assert client.get(f"/organisations/{organisation.slug}/team/").status_code == 404


def test_a_member_leaves(client, team):
    organisation, _, member = team
    client.force_login(member)
    place = organisation.memberships.get(user=member)
    url = f"/organisations/{organisation.slug}/team/{place.pk}/remove/"
    assert f"Leave {organisation}?" in client.get(url).content.decode()
    client.post(url)
    assert not organisation.memberships.filter(user=member).exists()


def test_the_only_owner_stays_until_there_is_another(client, team):
    organisation, owner, member = team
    url = f"/organisations/{organisation.slug}/team"
    own = organisation.memberships.get(user=owner)
    page = client.post(f"{url}/{own.pk}/remove/", follow=True)
    assert "needs an owner" in page.content.decode()
    assert organisation.memberships.filter(user=owner).exists()

    other = organisation.memberships.get(user=member)
    client.post(f"{url}/{other.pk}/owner/")
    client.post(f"{url}/{own.pk}/remove/")
    assert [place.role for place in organisation.memberships.all()] == ["owner"]


def test_services_ask_the_rules_themselves(team):
    organisation, _, member = team
    stranger = UserFactory()
    place = organisation.memberships.get(user=member)
    with pytest.raises(NotAllowed):
        services.invite_to_team(organisation=organisation, email="a@example.org", actor=member)
    with pytest.raises(NotAllowed):
        services.make_owner(membership=place, actor=member)
    with pytest.raises(NotAllowed):
        services.remove_member(membership=place, actor=stranger)
    assert Membership.objects.filter(pk=place.pk, role="member").exists()


def test_unknown_tokens_are_no_failure(client):
    assert client.get("/invitations/nothing/").status_code == 404
    assert client.get("/invitations/" + "x" * 3000 + "/").status_code == 404
    assert client.get("/invitations/a%00b/").status_code == 404
