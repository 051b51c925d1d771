"""How much mail a person may cause, whatever they take back; and who wants none of it."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings as django_settings
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from challenges.judging.models import MemberRole
from challenges.judging.services import invite_to_panel, remove_member
from challenges.people.models import Expert
from challenges.people.services import add_expert
from challenges.pitches.partners import ask_partner, remove_partner
from marketplace.activity.mail_limits import (
    BY_ONE,
    FROM_ALL,
    TABLE,
    Mail,
    NotWanted,
    TooMuchMail,
    caused_by,
    read_unexpected,
    unexpected_path,
)
from marketplace.activity.models import Notification, Record, Unwanted
from marketplace.activity.services import notify, notify_address
from startups.models import MemberRole as TeamRole
from startups.models import Membership, TeamInvitation
from startups.services import (
    ask_to_join,
    cancel_invitation,
    invite_to_team,
    resend_invitation,
)
from tests.factories import (
    OrganisationFactory,
    UserFactory,
    make_call,
    make_entry,
    make_officer,
)

pytestmark = pytest.mark.django_db

STRANGER = "victim@example.net"
DAY = timedelta(days=1)


@pytest.fixture
def owned():
    owner, organisation = UserFactory(), OrganisationFactory()
    Membership.objects.create(organisation=organisation, user=owner, role=TeamRole.OWNER)
    return organisation, owner


def until_refused(act, most: int = 400) -> int:
    """How often it could be done."""
    for done in range(most):
        try:
            act(done)
        except TooMuchMail as refused:
            assert "today" in str(refused)
            return done
    raise AssertionError("never refused")


def mails_to(address: str) -> int:
    return Notification.objects.filter(address=address).count()


def test_a_stranger_is_invited_a_few_times_however_it_is_done(owned):
    organisation, owner = owned

    def invite_anew(_):
        invite_to_team(organisation=organisation, email=STRANGER, actor=owner)

    def cancel_and_invite(_):
        for each in TeamInvitation.objects.all():
            cancel_invitation(invitation=each, actor=owner)
        invite_to_team(organisation=organisation, email=STRANGER.upper(), actor=owner)

    def send_again(_):
        resend_invitation(invitation=TeamInvitation.objects.get(), actor=owner)

    done = until_refused(invite_anew)
    assert done == mails_to(STRANGER) == TABLE[Mail.TEAM].to_one
    for act in (send_again, cancel_and_invite):
        with pytest.raises(TooMuchMail, match="You have sent 3 invitations"):
            act(0)
    # Another of the owner's organisations is no way round.
    other = OrganisationFactory()
    Membership.objects.create(organisation=other, user=owner, role=TeamRole.OWNER)
    owner = type(owner).objects.get(pk=owner.pk)
    with pytest.raises(TooMuchMail):
        invite_to_team(organisation=other, email=STRANGER, actor=owner)


@pytest.mark.parametrize(
    "same",
    [
        ("victim@example.net", "Victim+{}@Example.NET"),
        ("v.ictim@gmail.com", "vic.tim+{}@googlemail.com"),
        ("victim@bücher.example", "victim+{}@xn--bcher-kva.example"),
    ],
)
def test_other_ways_to_write_an_address_are_no_way_round(owned, same):
    organisation, owner = owned
    first, others = same
    invite_to_team(organisation=organisation, email=first, actor=owner)
    done = until_refused(
        lambda n: invite_to_team(organisation=organisation, email=others.format(n), actor=owner)
    )
    assert done == TABLE[Mail.TEAM].to_one - 1


def test_what_was_refused_left_all_as_it_was(owned):
    organisation, owner = owned
    until_refused(lambda _: invite_to_team(organisation=organisation, email=STRANGER, actor=owner))
    held = TeamInvitation.objects.get()
    with pytest.raises(TooMuchMail):
        invite_to_team(organisation=organisation, email=STRANGER, actor=owner)
    assert TeamInvitation.objects.get() == held


def test_one_person_invites_so_many_a_day_and_more_the_next(owned):
    organisation, owner = owned

    def invite(number):
        invite_to_team(organisation=organisation, email=f"x{number}@example.net", actor=owner)

    assert until_refused(invite) == TABLE[Mail.TEAM].by_sender
    with time_machine.travel(timezone.now() + DAY + timedelta(minutes=1), tick=False):
        invite(999)


def test_one_address_takes_so_many_a_day_from_all_together():
    def invite(_):
        owner, organisation = UserFactory(), OrganisationFactory()
        Membership.objects.create(organisation=organisation, user=owner, role=TeamRole.OWNER)
        invite_to_team(organisation=organisation, email=STRANGER, actor=owner)

    assert until_refused(invite) == FROM_ALL.most


def test_the_form_says_so_beside_the_field_and_keeps_what_was_typed(client, owned):
    organisation, owner = owned
    client.force_login(owner)
    page = f"/organisations/{organisation.slug}/team/"
    for _ in range(4):
        response = client.post(page, {"email": STRANGER})
    assert "You have sent 3 invitations to your teams" in response.content.decode()
    assert f'value="{STRANGER}"' in response.content.decode()
    again = reverse(
        "startups:resend_invitation", args=[organisation.slug, TeamInvitation.objects.get().pk]
    )
    assert "You have sent 3" in client.post(again, follow=True).content.decode()
    assert mails_to(STRANGER) == 3


def test_asking_to_join_and_asking_partners_has_an_end(owned):
    organisation, _ = owned
    asker = UserFactory()
    teams = [OrganisationFactory() for _ in range(12)]
    done = until_refused(lambda n: ask_to_join(organisation=teams[n], actor=asker))
    assert done == TABLE[Mail.JOIN].by_sender

    entry = make_entry()
    lead = entry.pitch.organisation
    boss = UserFactory()
    Membership.objects.create(organisation=lead, user=boss, role=TeamRole.OWNER)

    def ask_and_remove(_):
        partner = ask_partner(
            entry=entry, organisation=organisation, part="All", share=None, actor=boss
        )
        remove_partner(partner=partner, actor=boss)

    assert until_refused(ask_and_remove) == TABLE[Mail.PARTNER].to_one


def test_officers_may_invite_a_whole_panel_and_nobody_over_and_over():
    officer = make_officer()
    stage = make_call(region=officer.region_roles.get().region).first_stage

    def invite(address):
        return invite_to_panel(
            stage=stage, email=address, name="J", role=MemberRole.JUDGE, expertise=[], actor=officer
        )

    for number in range(40):
        invite(f"judge{number}@example.net")
    assert until_refused(lambda _: invite(STRANGER)) == TABLE[Mail.PANEL].to_one


def test_a_kind_that_nobody_thought_of_has_limits_too():
    sender = UserFactory()
    done = until_refused(lambda _: notify_address(STRANGER, subject="x", body="y", sender=sender))
    assert done == TABLE[Mail.OTHER].to_one


@pytest.mark.django_db(transaction=True)
def test_what_a_person_causes_beyond_all_measure_waits_on_the_site():
    """A message about a pitch is not lost, and not mailed three hundred times a day."""
    person, other = UserFactory(), UserFactory()

    class Request:
        user = person

    with caused_by(Request):
        for number in range(BY_ONE.most + 5):
            notify([other, person], subject=f"Changed {number}", body="y")
    assert Notification.objects.filter(recipient=other).count() == BY_ONE.most + 5
    assert sum(other.email in each.to for each in mail.outbox) == BY_ONE.most
    assert sum(person.email in each.to for each in mail.outbox) == BY_ONE.most + 5
    mail.outbox.clear()
    notify([other], subject="By the clock", body="y")
    assert len(mail.outbox) == 1


# --- “I didn’t expect this” ---------------------------------------------------------


@pytest.fixture
def invited(owned, django_capture_on_commit_callbacks):
    organisation, owner = owned
    with django_capture_on_commit_callbacks(execute=True):
        invite_to_team(organisation=organisation, email=STRANGER, actor=owner)
    return mail.outbox[-1]


def link_in(message) -> str:
    found = re.search(r"/notifications/unexpected/\S+", message.body)
    assert found, message.body
    return found[0]


def test_the_link_ends_mail_from_there_and_opening_it_changes_nothing(
    invited, owned, client, django_capture_on_commit_callbacks
):
    organisation, owner = owned
    officer = make_officer()
    link = link_in(invited)
    assert invited.extra_headers["List-Unsubscribe"] == f"<{django_settings.SITE_URL}{link}>"
    page = client.get(link)
    assert organisation.name in page.content.decode()
    assert not Unwanted.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(2):
            assert client.post(link).status_code == 200
    with pytest.raises(NotWanted, match="no such mail"):
        invite_to_team(organisation=organisation, email=STRANGER.title(), actor=owner)
    entry = Record.objects.get(verb="activity.mail_unexpected")
    assert entry.chain.key == f"organisation:{organisation.pk}"
    assert STRANGER not in str(entry.detail)
    told = Notification.objects.filter(recipient=officer)
    assert told.get().subject.startswith("Mail that somebody did not expect")
    # Another organisation of the same person is the same sender; a third is not.
    other, third = OrganisationFactory(), OrganisationFactory()
    Membership.objects.create(organisation=other, user=owner, role=TeamRole.OWNER)
    boss = UserFactory()
    Membership.objects.create(organisation=third, user=boss, role=TeamRole.OWNER)
    owner = type(owner).objects.get(pk=owner.pk)
    with pytest.raises(NotWanted):
        invite_to_team(organisation=other, email=STRANGER, actor=owner)
    invite_to_team(organisation=third, email=STRANGER, actor=boss)


def test_from_all_means_from_all_officers_too(invited, client):
    client.post(link_in(invited), {"from": "all"})
    officer = make_officer()
    expert = Expert(
        region=officer.region_roles.get().region, name="X", email=STRANGER, group="industry"
    )
    with pytest.raises(NotWanted):
        add_expert(expert=expert, expertise=[], actor=officer)


def test_one_click_of_a_mail_program_needs_no_cookie_and_no_sign_in(invited):
    strict = Client(enforce_csrf_checks=True)
    response = strict.post(link_in(invited), {"List-Unsubscribe": "One-Click"})
    assert response.status_code == 200
    assert Unwanted.objects.exists()


@pytest.mark.parametrize("made_up", ["x", "x:y", "eyJ", "a" * 300, "%00"])
def test_a_link_that_was_made_up_is_nobodys(client, made_up):
    for response in (
        client.get(f"/notifications/unexpected/{made_up}/"),
        client.post(f"/notifications/unexpected/{made_up}/"),
    ):
        assert response.status_code == 404
    assert not Unwanted.objects.exists()


def test_the_page_is_the_same_whether_or_not_there_is_an_account(client):
    UserFactory(email="known@example.org")
    pages = [
        client.get(unexpected_path(address, source="organisation:7", name="A")).content
        for address in ("known@example.org", "unknown@example.org")
    ]
    new = rb'(csrfmiddlewaretoken" value|nonce)="[^"]+"|unexpected(/|%2F)[^"]+'
    plain = [re.sub(new, b"", each) for each in pages]
    assert plain[0] == plain[1]


def test_a_link_fits_and_holds_no_address():
    longest = f"{'x' * 60}@{'y' * 60}.{'z' * 60}.example"
    path = unexpected_path(
        longest, sender=UserFactory(), source="organisation:123456789", name="Ω" * 120
    )
    assert len(path) <= Notification._meta.get_field("unsubscribe").max_length
    said = read_unexpected(path.rstrip("/").rpartition("/")[2])
    assert "xxx" not in str(said)


def test_what_follows_an_invitation_is_left_out_and_never_refused(client):
    officer = make_officer()
    stage = make_call(region=officer.region_roles.get().region).first_stage
    member = invite_to_panel(
        stage=stage, email=STRANGER, name="J", role=MemberRole.JUDGE, expertise=[], actor=officer
    )
    client.post(Notification.objects.get(address=STRANGER).unsubscribe)
    before = mails_to(STRANGER)
    remove_member(member=member, reason="Wrong person", actor=officer)
    assert mails_to(STRANGER) == before


def test_an_old_name_has_no_power_in_a_subject(owned):
    organisation, owner = owned
    type(organisation).objects.filter(pk=organisation.pk).update(
        name="Your account is locked: open http://evil.example/login now"
    )
    organisation.refresh_from_db()
    invite_to_team(organisation=organisation, email=STRANGER, actor=owner)
    subject = Notification.objects.get(address=STRANGER).subject
    assert "http" not in subject
    assert "evil.example" not in subject
