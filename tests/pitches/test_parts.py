"""Who has part in a pitch: mail, permissions and judging ask one function."""

from datetime import timedelta

import pytest
from django.utils import timezone

from challenges.calls.models import Stage
from challenges.judging.models import Assignment, AssignmentState, Conflict
from challenges.judging.reading import readings
from challenges.judging.services import decide_conflict, save_review
from challenges.pitches.models import Partner, PartnerState
from challenges.pitches.partners import MOST, answer_as_partner, ask_partner, remove_partner
from challenges.pitches.parts import gone_since, has_part, people_in
from challenges.pitches.reminders import remind_of_drafts
from challenges.pitches.services import (
    restore_entry,
    save_answers,
    submit_entry,
    team_of,
    withdraw_entry,
)
from marketplace.activity.models import Notification
from marketplace.activity.news import tell_missed_news
from marketplace.activity.services import notify, notify_address
from marketplace.activity.tasks import send_notifications
from marketplace.errors import EditConflict, NotAllowed, Refused
from startups.models import Membership, Organisation
from startups.rules import forget_memberships
from startups.services import accept_invitation, invite_to_team
from tests.factories import (
    OrganisationFactory,
    UserFactory,
    assign,
    close_stage,
    make_entry,
    make_judge,
    make_officer,
)
from tests.pitches.conftest import fresh, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def other():
    person = UserFactory()
    organisation = OrganisationFactory(owner=person, name="Second Wind Ltd")
    organisation.person = person
    return organisation


def asked(team, other):
    return ask_partner(
        entry=team.entry, organisation=other, part="Sensors.", share=5, actor=team.person
    )


def confirmed(team, other):
    return answer_as_partner(partner=asked(team, other), event="confirm", actor=other.person)


def mail_to(person):
    return set(Notification.objects.filter(recipient=person).values_list("subject", flat=True))


@pytest.mark.parametrize("state", PartnerState.values)
def test_only_the_lead_and_confirmed_partners_have_part(team, other, state):
    Partner.objects.create(
        pitch=team.entry.pitch, organisation=other, part="x", state=state, asked_by=team.person
    )
    has = state == PartnerState.CONFIRMED
    assert (other.person in team_of(team.entry)) is has
    assert has_part(other.person, team.entry.pitch) is has
    assert team.person in team_of(team.entry) and has_part(team.person, team.entry.pitch)
    assert not has_part(UserFactory(), team.entry.pitch)


def test_somebody_in_both_organisations_hears_once(team, other):
    confirmed(team, other)
    Membership.objects.create(organisation=other, user=team.person)
    assert team_of(team.entry).count(team.person) == 1


def test_queries_do_not_grow(team, other, django_assert_num_queries):
    confirmed(team, other)
    pitches = [make_entry(call=team.call).pitch_id for _ in range(3)]
    for wanted in (pitches[:1], [*pitches, team.entry.pitch_id]):
        with django_assert_num_queries(4):
            people_in(wanted)


def test_partners_get_receipt_and_withdrawal_and_those_only_asked_nothing(team, other):
    confirmed(team, other)
    stranger = OrganisationFactory(owner=UserFactory())
    partner = asked(team, stranger)
    before = mail_to(stranger.memberships.get().user)
    remove_partner(partner=partner, actor=team.person)
    submit_entry(entry=fresh(team.entry), actor=team.person)
    withdraw_entry(entry=fresh(team.entry), actor=team.person)
    said = " ".join(mail_to(other.person))
    assert "Receipt" in said and "Withdrawn" in said
    after = mail_to(stranger.memberships.get().user) - before
    assert len(after) == 1 and "Out of a pitch" in after.pop()


def test_switched_off_accounts_get_no_mail(team, other, mailoutbox):
    off = UserFactory(is_active=False)
    Membership.objects.create(organisation=team.organisation, user=off)
    submit_entry(entry=team.entry, actor=team.person)
    assert not mail_to(off)
    assert notify([off], subject="x", body="y") == []
    assert notify_address(off.email.upper(), subject="x", body="y") == []
    later = UserFactory()
    waiting = [
        Notification.objects.create(recipient=person, address=address, subject="x", body="y")
        for person, address in ((later, later.email), (None, later.email.upper()))
    ]
    later.is_active = False
    later.save(update_fields=["is_active"])
    assert send_notifications([each.pk for each in waiting]) == 0
    assert mailoutbox == []


def test_declined_partners_take_no_place_and_can_be_asked_again(team):
    for _ in range(MOST):
        person = UserFactory()
        declining = OrganisationFactory(owner=person)
        answer_as_partner(partner=asked(team, declining), event="decline", actor=person)
    assert asked(team, declining).state == PartnerState.INVITED
    for _ in range(MOST - 1):
        asked(team, OrganisationFactory())
    with pytest.raises(Refused, match="12 partners"):
        asked(team, OrganisationFactory())


class TestAfterSubmission:
    @pytest.fixture
    def partner(self, team, other):
        partner = confirmed(team, other)
        submit_entry(entry=fresh(team.entry), actor=team.person)
        return partner

    @pytest.mark.parametrize("who", ["lead", "partner"])
    def test_officers_hear_that_a_consortium_changed(self, team, other, partner, who):
        officer = make_officer(team.call.region)
        close_stage(team.entry.stage)
        if who == "lead":
            remove_partner(partner=partner, actor=team.person)
        else:
            answer_as_partner(partner=partner, event="leave", actor=other.person)
        people = {team.call.owner} if team.call.owner else {officer}
        assert any("consortium" in text for each in people for text in mail_to(each))
        assert gone_since(team.entry.submissions.last()) == ["Second Wind Ltd"]

    def test_the_team_is_told_to_submit_again_while_it_can(self, team, other, partner):
        remove_partner(partner=partner, actor=team.person)
        body = Notification.objects.filter(recipient=team.person).latest("pk").body
        assert "still names it" in body and "submit it again" in body


class TestChanged:
    """Whoever joins or goes changes what would be submitted, as words do."""

    def gone(self, team, other, how):
        partner = Partner.objects.get()
        if how == "leave":
            return answer_as_partner(partner=partner, event="leave", actor=other.person)
        return remove_partner(partner=partner, actor=team.person)

    def test_one_that_joins_what_is_submitted_is_said_and_reminded_of(self, team, other):
        submit_entry(entry=team.entry, actor=team.person)
        confirmed(team, other)
        entry = fresh(team.entry)
        assert entry.has_unsubmitted_changes
        body = Notification.objects.filter(recipient=team.person).latest("pk").body
        assert "does not name it" in body and "submits it again" in body
        Stage.objects.filter(pk=entry.stage_id).update(
            closes_at=timezone.now() + timedelta(hours=20)
        )
        assert remind_of_drafts() == 1
        again = submit_entry(entry=fresh(entry), actor=team.person)
        assert again.number == 2 and again.content["partners"]
        assert not fresh(entry).has_unsubmitted_changes

    @pytest.mark.parametrize("how", ["leave", "remove"])
    def test_one_that_goes_is_reminded_of_until_the_deadline(self, team, other, how):
        confirmed(team, other)
        submit_entry(entry=fresh(team.entry), actor=team.person)
        self.gone(team, other, how)
        assert fresh(team.entry).has_unsubmitted_changes

    @pytest.mark.parametrize("how", ["leave", "remove"])
    def test_after_the_deadline_nothing_is_to_be_submitted(self, team, other, how):
        confirmed(team, other)
        submit_entry(entry=fresh(team.entry), actor=team.person)
        close_stage(team.entry.stage)
        self.gone(team, other, how)
        assert not fresh(team.entry).has_unsubmitted_changes

    @pytest.mark.parametrize("how", ["leave", "remove", "join"])
    def test_nobody_submits_what_they_did_not_check(self, team, other, how):
        if how != "join":
            confirmed(team, other)
        checked = fresh(team.entry).version
        confirmed(team, other) if how == "join" else self.gone(team, other, how)
        with pytest.raises(EditConflict, match="Check it again"):
            submit_entry(entry=fresh(team.entry), actor=team.person, version=checked)

    def test_who_is_writing_meanwhile_loses_nothing(self, team, other):
        loaded = fresh(team.entry).version
        confirmed(team, other)
        question = team.entry.stage.questions.first().pk
        save_answers(
            entry=team.entry, answers={question: "Words."}, version=loaded, actor=team.person
        )
        assert fresh(team.entry).answers.get(question=question).value == "Words."

    def test_all_in_the_pitch_and_colleagues_hear(self, team, other):
        first = OrganisationFactory(owner=UserFactory())
        first.person = first.memberships.get().user
        confirmed(team, first)
        colleague = UserFactory()
        Membership.objects.create(organisation=other, user=colleague)
        partner = confirmed(team, other)
        answer_as_partner(partner=partner, event="leave", actor=other.person)
        for person in (team.person, first.person, other.person, colleague):
            said = mail_to(person)
            assert {"Second Wind Ltd has confirmed: Warm homes"} <= said
            assert {"Second Wind Ltd has left: Warm homes"} <= said

    def test_what_is_brought_back_is_said(self, team, other):
        confirmed(team, other)
        submit_entry(entry=fresh(team.entry), actor=team.person)
        withdraw_entry(entry=fresh(team.entry), actor=team.person)
        restore_entry(entry=fresh(team.entry), actor=team.person)
        for person in (team.person, other.person):
            assert "Brought back: Warm homes" in mail_to(person)


class TestJudging:
    @pytest.fixture
    def shared_out(self, team, other):
        partner = asked(team, other)
        answer_as_partner(partner=partner, event="confirm", actor=other.person)
        submit_entry(entry=fresh(team.entry), actor=team.person)
        close_stage(team.entry.stage)
        judge = make_judge(fresh(team.entry).stage)
        return assign(judge, fresh(team.entry))

    def test_a_judge_who_joins_a_partner_loses_the_review(
        self, team, other, shared_out, django_capture_on_commit_callbacks
    ):
        judge = shared_out.member.user
        link = invite_to_team(organisation=other, email=judge.email, actor=other.person)
        with django_capture_on_commit_callbacks(execute=True):
            accept_invitation(invitation=link, actor=judge)
        shared_out.refresh_from_db()
        assert shared_out.state == AssignmentState.RECUSED
        assert Conflict.objects.get(entry=team.entry).was_found
        with pytest.raises(NotAllowed):
            save_review(
                assignment=shared_out,
                scores={},
                recommendation="",
                comment="",
                version=shared_out.version,
                actor=judge,
            )
        conflict = Conflict.objects.get(entry=team.entry)
        officer = make_officer(team.call.region)
        with pytest.raises(Refused, match="only a recusal"):
            decide_conflict(
                conflict=conflict, kind="real", decision="none", reason="x", actor=officer
            )

    def test_opening_and_saving_ask_again_whatever_was_missed(self, team, other, shared_out):
        judge = shared_out.member.user
        Membership.objects.create(organisation=other, user=judge)
        forget_memberships(judge)
        with pytest.raises(NotAllowed):
            save_review(
                assignment=shared_out,
                scores={},
                recommendation="",
                comment="",
                version=shared_out.version,
                actor=judge,
            )

    def test_the_sweep_finds_what_a_worker_missed(self, team, other, shared_out):
        judge = shared_out.member.user
        link = invite_to_team(organisation=other, email=judge.email, actor=other.person)
        accept_invitation(invitation=link, actor=judge)
        tell_missed_news()
        tell_missed_news()
        shared_out.refresh_from_db()
        assert shared_out.state == AssignmentState.RECUSED
        assert Conflict.objects.filter(entry=team.entry).count() == 1

    @pytest.mark.parametrize("blind", [True, False])
    def test_judges_read_that_a_partner_has_gone(self, team, other, shared_out, blind):
        Stage.objects.filter(pk=team.entry.stage_id).update(is_blind=blind)
        [before] = readings(Assignment.objects.get(pk=shared_out.pk))
        assert before.changed == ""
        partner = Partner.objects.get()
        answer_as_partner(partner=partner, event="leave", actor=other.person)
        [reading] = readings(Assignment.objects.get(pk=shared_out.pk))
        assert "since it was submitted" in reading.changed or "after it was" in reading.changed
        assert ("Second Wind" in reading.changed) is not blind


class TestLookUp:
    def form(self, **changes):
        return {"organisation": "second wind", "part": "Sensors.", "share": "40%", **changes}

    def test_part_of_a_name_offers_those_that_fit(self, team, other):
        twin = OrganisationFactory(name="Second Wind Energy", company_number="01234567")
        page = team.client.post(url("partners", team.entry), self.form(organisation="wind"))
        text = page.content.decode()
        assert page.status_code == 400
        assert "Second Wind Ltd" in text and "Second Wind Energy" in text
        chosen = self.form(organisation="wind", chosen=str(twin.pk))
        assert team.client.post(url("partners", team.entry), chosen).status_code == 302
        assert Partner.objects.get().organisation == twin

    @pytest.mark.parametrize("typed", ["SECOND  WIND Limited", "second wind", "The Second Wind"])
    def test_a_name_that_fits_one_is_enough(self, team, other, typed):
        answer = team.client.post(url("partners", team.entry), self.form(organisation=typed))
        assert answer.status_code == 302
        assert Partner.objects.get().share == 40

    def test_a_company_number_finds_it(self, team, other):
        other.company_number = "01234567"
        other.save()
        text = team.client.post(
            url("partners", team.entry), self.form(organisation="1234567")
        ).content.decode()
        assert "Second Wind Ltd" in text

    def test_nothing_found_is_said(self, team):
        page = team.client.post(url("partners", team.entry), self.form(organisation="Nobody"))
        assert "No organisation of the register has this name" in page.content.decode()


class TestGone:
    """Which of the partners that a version names have gone since."""

    @pytest.mark.parametrize(
        ("events", "gone"),
        [
            ("", []),
            ("Second leaves", ["Second"]),
            ("Third removed", ["Third"]),
            ("Second leaves, Fourth joins", ["Second"]),
            ("Fourth joins", []),
            ("Second leaves, Second joins", []),
            ("Third renamed", []),
            ("Third renamed, Second leaves", ["Second"]),
            ("Third renamed, Fourth joins", []),
            ("Third renamed, Second leaves, Fourth joins", ["Second"]),
            ("Second leaves, Third removed, Fourth joins", ["Second", "Third"]),
        ],
    )
    def test_whoever_joined_or_was_renamed_hides_nobody(self, team, events, gone):
        people = {name: UserFactory() for name in ("Second", "Third", "Fourth")}
        organisations = {
            name: OrganisationFactory(owner=person, name=name) for name, person in people.items()
        }

        def act(name, what):
            partner = Partner.objects.filter(organisation=organisations[name]).first()
            if what == "joins":
                partner = asked(team, organisations[name])
                answer_as_partner(partner=partner, event="confirm", actor=people[name])
            elif what == "leaves":
                answer_as_partner(partner=partner, event="leave", actor=people[name])
            elif what == "removed":
                remove_partner(partner=partner, actor=team.person)
            else:
                Organisation.objects.filter(pk=organisations[name].pk).update(name="Another")

        act("Second", "joins")
        act("Third", "joins")
        submit_entry(entry=fresh(team.entry), actor=team.person)
        for event in filter(None, events.split(", ")):
            act(*event.split())
        assert gone_since(fresh(team.entry).submissions.last()) == gone
