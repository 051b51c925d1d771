"""Ties to applicants: found as well as declared, decided by somebody else, and on record."""

import csv
import io
from random import Random
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from challenges.interests.models import Interest
from challenges.judging import services
from challenges.judging.decisions import decide
from challenges.judging.finding import find_ties
from challenges.judging.models import Assignment, AssignmentState, Conflict
from challenges.judging.pairs import barred_pairs
from challenges.pitches.models import Partner
from marketplace.accounts.models import User
from marketplace.activity.models import Notification, Record
from marketplace.errors import NotAllowed, Refused
from startups.models import Organisation
from tests.factories import (
    OrganisationFactory,
    RegionFactory,
    UserFactory,
    assign,
    make_chair,
    make_entry,
    make_judge,
    make_officer,
    sign_in,
)
from tests.judging.conftest import World, build_world

pytestmark = pytest.mark.django_db


def found(world: World, person: User) -> dict[int, list[str]]:
    return {entry: said for (_, entry), said in find_ties(world.stage, [person]).items()}


def found_by_service(world: World) -> Conflict:
    services.look_for_conflicts(stage=world.stage, actor=world.officer)
    return Conflict.objects.get()


def settle(conflict: Conflict, actor: User, decision: str = "recuse", **changes: Any) -> Conflict:
    fields = {"kind": "real", "reason": "They work there.", "decision": decision, **changes}
    return services.decide_conflict(conflict=conflict, actor=actor, **fields)


def registered(world: World) -> None:
    Interest.objects.create(
        person=world.judge.user,
        kind="shares",
        organisation_name="x",
        organisation=world.entry.pitch.organisation,
    )


class TestFinding:
    def test_nobody_is_tied_without_a_sign(self, world: World) -> None:
        assert found(world, world.judge.user) == {}

    def test_a_place_on_the_team(self, world: World) -> None:
        world.entry.pitch.organisation.memberships.create(user=world.judge.user)
        [said] = found(world, world.judge.user)[world.entry.pk]
        assert said == f"Is on the team of {world.entry.pitch.organisation}."

    @pytest.mark.parametrize(("host", "expected"), [("kettle.example", 1), ("gmail.com", 0)])
    def test_mail_at_one_host(self, world: World, host: str, expected: int) -> None:
        User.objects.filter(pk=world.applicant.pk).update(email=f"owner@{host}")
        judge = world.judge.user
        judge.email = f"judge@{host.upper()}"
        assert len(found(world, judge)) == expected

    def test_mail_at_the_host_of_the_website(self, world: World) -> None:
        Organisation.objects.filter(pk=world.entry.pitch.organisation_id).update(
            website="https://www.kettle.example/about"
        )
        judge = world.judge.user
        judge.email = "judge@kettle.example"
        assert list(found(world, judge)) == [world.entry.pk]

    def test_the_register_of_interests(self, world: World) -> None:
        registered(world)
        [said] = found(world, world.judge.user)[world.entry.pk]
        assert said.startswith("Their register of interests names") and "shares" in said

    def test_a_partner_is_an_applicant_too(self, world: World) -> None:
        partner = OrganisationFactory(owner=world.judge.user, name="Second Wind")
        Partner.objects.create(
            pitch=world.entry.pitch, organisation=partner, part="x", state="confirmed"
        )
        [said] = found(world, world.judge.user)[world.entry.pk]
        assert said == "Is on the team of Second Wind."

    def test_one_that_was_only_asked_is_none(self, world: World) -> None:
        partner = OrganisationFactory(owner=world.judge.user)
        Partner.objects.create(pitch=world.entry.pitch, organisation=partner, part="x")
        assert found(world, world.judge.user) == {}

    def test_an_earlier_pitch_together(self, world: World) -> None:
        own = OrganisationFactory(owner=world.judge.user)
        earlier = make_entry(organisation=own)
        Partner.objects.create(
            pitch=earlier.pitch,
            organisation=world.entry.pitch.organisation,
            part="x",
            state="confirmed",
        )
        [said] = found(world, world.judge.user)[world.entry.pk]
        assert "has pitched together with" in said

    @pytest.mark.parametrize(
        "text",
        ["Our adviser is QUILLON\nUnusual-Name, of Dudley.", "On Quillon Unusual-Name’s advice."],
    )
    def test_a_name_in_the_pitch(self, world: World, text: str) -> None:
        judge = world.judge.user
        submission = world.entry.submissions.get()
        content = submission.content
        content["answers"][0]["text"] = text
        type(submission).objects.filter(pk=submission.pk).update(content=content)
        judge.name = "Quillon Unusual-Name"
        assert found(world, judge) == {world.entry.pk: ["Their name stands in the pitch."]}
        judge.name = "Quill"
        assert found(world, judge) == {}

    @pytest.mark.parametrize("number", [2, 12])
    def test_queries_do_not_grow(self, number: int, django_assert_num_queries: Any) -> None:
        world = build_world(entries=number)
        people = [make_judge(world.stage).user for _ in range(number)]
        registered(world)
        with django_assert_num_queries(8):
            find_ties(world.stage, people)


class TestUntilSomebodyDecides:
    def test_a_tie_that_is_found_takes_the_pitch_away_and_tells_why(self, world: World) -> None:
        registered(world)
        conflict = found_by_service(world)
        assert conflict.was_found and "register of interests" in conflict.nature
        world.assignment.refresh_from_db()
        assert world.assignment.state == AssignmentState.RECUSED
        assert (world.judge.pk, world.entry.pk) in barred_pairs(world.judge.panel)

    def test_looking_twice_finds_it_once(self, world: World) -> None:
        registered(world)
        numbers = [
            services.look_for_conflicts(stage=world.stage, actor=world.officer) for _ in range(2)
        ]
        assert numbers == [1, 0]

    def test_sharing_out_looks_first(self, world: World) -> None:
        Assignment.objects.all().delete()
        registered(world)
        services.assign_entries(stage=world.stage, actor=world.officer)
        given = set(Assignment.objects.values_list("member", "entry"))
        assert (world.judge.pk, world.entry.pk) not in given
        assert (world.judge.pk, world.entries[1].pk) in given

    def test_declaring_none_does_not_hide_it(self, world: World) -> None:
        registered(world)
        services.declare_interests(member=world.judge, conflicts={}, actor=world.judge.user)
        assert Conflict.objects.get().member == world.judge

    def test_another_judge_is_given_the_pitch_at_once(self, world: World) -> None:
        busy, free = make_judge(world.stage), make_judge(world.stage)
        assign(busy, world.entries[1])
        Assignment.objects.filter(pk=world.assignment.pk).update(
            state=AssignmentState.SUBMITTED, total=50
        )
        world.judge.panel.reviews_per_pitch = 1
        world.judge.panel.save()
        services.declare_interests(
            member=world.judge, conflicts={world.entry.pk: "My sister."}, actor=world.judge.user
        )
        standing = Assignment.objects.exclude(state=AssignmentState.RECUSED)
        assert set(standing.values_list("member", "entry")) == {
            (busy.pk, world.entries[1].pk),
            (free.pk, world.entry.pk),
        }
        assert Assignment.objects.get(pk=world.assignment.pk).total == 50  # the trace stays

    def test_where_nobody_is_free_the_owner_hears(self, world: World) -> None:
        type(world.call).objects.filter(pk=world.call.pk).update(owner=world.officer)
        services.declare_interests(
            member=world.judge, conflicts={world.entry.pk: "My sister."}, actor=world.judge.user
        )
        told = Notification.objects.get(recipient=world.officer)
        assert told.subject.startswith("No judge is free")


class TestDeciding:
    @pytest.mark.parametrize("decision", ["none", "manage"])
    def test_what_was_taken_comes_back(self, world: World, decision: str) -> None:
        registered(world)
        settle(found_by_service(world), world.officer, decision)
        world.assignment.refresh_from_db()
        assert world.assignment.state == AssignmentState.ASSIGNED
        told = Notification.objects.get(recipient=world.judge.user)
        assert "They work there." in told.body

    def test_recusal_stays_and_can_be_decided_anew(self, world: World) -> None:
        registered(world)
        conflict = settle(found_by_service(world), world.officer)
        assert (world.judge.pk, world.entry.pk) in barred_pairs(world.judge.panel)
        settle(conflict, world.officer, "manage")
        assert (world.judge.pk, world.entry.pk) not in barred_pairs(world.judge.panel)
        decided = Record.objects.filter(verb="judging.conflict_decided")
        assert [each.detail["decision"] for each in decided] == ["recuse", "manage"]

    def test_who_may(self, world: World) -> None:
        registered(world)
        conflict = found_by_service(world)
        chair = make_chair(world.stage)
        elsewhere = make_officer(RegionFactory(code="E47000001", slug="gmca"))
        for person in (world.judge.user, world.applicant, elsewhere, UserFactory()):
            with pytest.raises(NotAllowed):
                settle(conflict, person)
        for person in (chair.user, world.officer):
            settle(conflict, person)

    def test_nobody_on_their_own(self, world: World) -> None:
        chair = make_chair(world.stage)
        services.declare_interests(
            member=chair, conflicts={world.entry.pk: "A friend."}, actor=chair.user
        )
        own = services.declare_as_officer(
            entry=world.entry, nature="My old firm.", actor=world.officer
        )
        for conflict, person in ((chair.conflicts.get(), chair.user), (own, world.officer)):
            with pytest.raises(NotAllowed):
                settle(conflict, person)

    @pytest.mark.parametrize("changes", [{"kind": ""}, {"decision": "x"}, {"reason": " "}])
    def test_it_says_why(self, world: World, changes: dict[str, str]) -> None:
        registered(world)
        with pytest.raises(Refused):
            settle(found_by_service(world), world.officer, **changes)


class TestOfficers:
    def test_one_with_a_tie_does_not_decide_until_it_is_managed(self, world: World) -> None:
        def attempt() -> None:
            decide(
                stage=world.stage,
                entries=[world.entries[1]],
                outcome="not-awarded",
                reason="Too dear.",
                actor=world.officer,
            )

        own = services.declare_as_officer(
            entry=world.entry, nature="A friend.", actor=world.officer
        )
        with pytest.raises(NotAllowed):
            attempt()
        settle(own, make_officer(world.call.region), "manage")
        attempt()

    def test_theirs_are_found_too(self, world: World) -> None:
        Interest.objects.create(
            person=world.officer,
            kind="advice",
            organisation_name="x",
            organisation=world.entry.pitch.organisation,
        )
        assert found_by_service(world).officer == world.officer


class TestPages:
    def page(self, world: World) -> str:
        return reverse("judging:conflicts", kwargs={"pk": world.stage.pk})

    def test_look_decide_and_download(self, world: World, client: Client) -> None:
        registered(world)
        make_judge(world.stage, name="Ned None")
        sign_in(client, world.officer)
        assert "No tie is known" in client.get(self.page(world)).content.decode()
        client.post(self.page(world))
        text = client.get(self.page(world)).content.decode()
        assert "1 tie waits" in text and "Their register of interests" in text
        own = reverse("judging:conflict", kwargs={"pk": Conflict.objects.get().pk})
        assert client.post(own, {"kind": "real"}).status_code == 400
        data = {"kind": "real", "decision": "recuse", "reason": "Owns a tenth of it."}
        assert client.post(own, data).status_code == 302
        assert "Owns a tenth of it." in client.get(self.page(world)).content.decode()
        reply = client.get(reverse("judging:conflicts_csv", kwargs={"pk": world.stage.pk}))
        rows = list(csv.DictReader(io.StringIO(reply.content.decode("utf-8-sig"))))
        by_name = {row["Person"]: row for row in rows}
        assert by_name[world.judge.name]["Decision"].startswith("Recuse")
        assert by_name["Ned None"]["Tie"].startswith("Declared none")
        assert by_name[str(world.officer)]["Part"] == "Officer"

    def test_an_officers_own(self, world: World, client: Client) -> None:
        sign_in(client, world.officer)
        page = reverse("judging:declare_own", kwargs={"pk": world.stage.pk})
        assert client.post(page, {"nature": "x"}).status_code == 400
        name = world.entry.pitch.organisation.name
        near = client.post(page, {"applicant": name[:-1], "nature": "x"})
        assert near.status_code == 400 and f"one of these: {name}" in near.content.decode()
        client.post(page, {"applicant": name.upper(), "nature": "A friend."})
        conflict = Conflict.objects.get()
        own = reverse("judging:conflict", kwargs={"pk": conflict.pk})
        assert conflict.officer == world.officer and client.get(own).status_code == 404

    def test_who_sees_it(self, world: World, client: Client) -> None:
        registered(world)
        conflict = found_by_service(world)
        paths = [
            self.page(world),
            reverse("judging:conflicts_csv", kwargs={"pk": world.stage.pk}),
            reverse("judging:conflict", kwargs={"pk": conflict.pk}),
        ]
        chair = make_chair(world.stage).user
        for person, expected in (
            (world.judge.user, 404),
            (world.applicant, 404),
            (UserFactory(), 404),
            (chair, 200),
            (world.officer, 200),
        ):
            sign_in(client, person)
            assert {client.get(path).status_code for path in paths} == {expected}, person

    def test_a_blind_stage_does_not_say_which_pitch_is_whose(self, client: Client) -> None:
        world = build_world(blind=True)
        registered(world)
        found_by_service(world)
        sign_in(client, make_chair(world.stage).user)
        for path in (self.page(world), f"/judging/stages/{world.stage.pk}/conflicts.csv"):
            text = client.get(path).content.decode()
            assert world.entry.pitch.organisation.name in text
            assert world.entry.pitch.reference not in text and "Warm homes" not in text

    @pytest.mark.parametrize("number", [2, 12])
    def test_queries_do_not_grow(
        self, number: int, client: Client, django_assert_num_queries: Any
    ) -> None:
        world = build_world(entries=number)
        for entry in world.entries:
            Conflict.objects.create(member=make_judge(world.stage), entry=entry, nature="x")
        sign_in(client, world.officer)
        client.get(self.page(world))
        with django_assert_num_queries(9):
            client.get(self.page(world))


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_decided_no_tied_judge_holds_the_pitch(seed: int, world: World) -> None:
    """Judges declare, officers decide and share out in any order: a tie that bars never stands
    beside a review that counts."""
    chance = Random(seed)
    judges = [world.judge, make_judge(world.stage), make_judge(world.stage)]
    for _ in range(8):
        act = chance.choice(["declare", "decide", "share"])
        conflicts = list(Conflict.objects.order_by("pk"))
        if act == "share":
            services.assign_entries(stage=world.stage, actor=world.officer)
        elif act == "declare":
            judge, entry = chance.choice(judges), chance.choice(world.entries)
            services.declare_interests(
                member=judge, conflicts={entry.pk: "A tie."}, actor=judge.user
            )
        elif conflicts:
            decision = chance.choice(["none", "manage", "recuse"])
            settle(chance.choice(conflicts), world.officer, decision)
        standing = Assignment.objects.exclude(state=AssignmentState.RECUSED)
        held = set(standing.values_list("member", "entry"))
        barring = Conflict.objects.barring().filter(member__isnull=False)
        assert not held & set(barring.values_list("member", "entry"))
        assert all(len({m for m, e in held if e == entry.pk}) <= 3 for entry in world.entries)
