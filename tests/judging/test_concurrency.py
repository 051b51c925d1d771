"""Two people at once, with real commits: threads on whichever database the tests run on."""

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import connection, connections
from django.test import TransactionTestCase
from django.utils import timezone

from challenges.calls.models import Stage
from challenges.judging import decisions, services
from challenges.judging.models import (
    Assignment,
    AssignmentState,
    Decision,
    Meeting,
    Outcome,
    Release,
)
from challenges.judging.services.releasing import carry_out_due, release_decisions, stop_release
from marketplace.activity.models import Chain, Notification, Record
from marketplace.activity.services import find_break
from marketplace.errors import EditConflict, Refused, TooLate
from tests.factories import assign, make_chair, make_judge, signed_release
from tests.judging.conftest import World, build_world, scores_for, write_review


def at_once(*jobs: Callable[[], Any]) -> list[Any]:
    """What each job returned or raised, all started together, each on a connection of its own."""
    gate = threading.Barrier(len(jobs))
    results: list[Any] = [None] * len(jobs)

    def run(place: int, job: Callable[[], Any]) -> None:
        try:
            gate.wait(10)
            results[place] = job()
        except Exception as error:
            results[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


class AtOnceTest(TransactionTestCase):
    def setUp(self) -> None:
        self.world: World = build_world()

    def save(self, comment: str, version: int = 1) -> Assignment:
        return services.save_review(
            assignment=self.world.assignment,
            scores=scores_for(self.world.stage),
            recommendation="fund",
            comment=comment,
            version=version,
            actor=self.world.judge.user,
        )

    def test_of_two_windows_one_saves_and_one_is_told(self) -> None:
        results = at_once(lambda: self.save("one"), lambda: self.save("two"))
        assert sorted(type(result).__name__ for result in results) == ["Assignment", "EditConflict"]
        stands = Assignment.objects.get(pk=self.world.assignment.pk)
        kept = next(result for result in results if not isinstance(result, EditConflict))
        assert (stands.comment, stands.version) == (kept.comment, 2)

    def test_submitting_twice_at_once_is_submitting(self) -> None:
        self.save("once")
        job = lambda: services.submit_review(  # noqa: E731
            assignment=self.world.assignment, actor=self.world.judge.user
        )
        assert [result.total for result in at_once(job, job)] == [60, 60]

    def test_sharing_out_twice_at_once_gives_nothing_twice(self) -> None:
        make_judge(self.world.stage)
        services.set_reviews_per_pitch(stage=self.world.stage, reviews=2, actor=self.world.officer)
        job = lambda: services.assign_entries(  # noqa: E731
            stage=self.world.stage, actor=self.world.officer
        )
        assert sorted(at_once(job, job)) == [(0, 0), (3, 0)]
        assert Assignment.objects.count() == 4

    def test_a_review_and_a_release_do_not_cross(self) -> None:
        """Either the review is reopened and the release waits, or the release closes it."""
        world = self.world
        write_review(world.assignment)
        decisions.decide(
            stage=world.stage,
            entries=world.entries,
            outcome=Outcome.NOT_AWARDED,
            reason="No.",
            actor=world.officer,
        )
        signed = signed_release(world.stage, world.officer)
        saved, released = at_once(
            lambda: self.save("again", version=2),
            lambda: release_decisions(sign_off=signed),
        )
        review = Assignment.objects.get(pk=world.assignment.pk)
        if isinstance(saved, TooLate):
            assert review.state == AssignmentState.SUBMITTED
            assert Decision.objects.filter(released_at=None).count() == 0
        else:
            assert isinstance(released, Refused)
            assert review.state == AssignmentState.ASSIGNED
            assert Decision.objects.filter(released_at=None).count() == 2

    def test_two_workers_let_a_release_out_once(self) -> None:
        world = self.world
        write_review(world.assignment)
        decisions.decide(
            stage=world.stage,
            entries=world.entries,
            outcome=Outcome.NOT_AWARDED,
            reason="No.",
            actor=world.officer,
        )
        signed_release(world.stage, world.officer)
        assert sorted(at_once(carry_out_due, carry_out_due)) == [0, 1]
        letters = Notification.objects.filter(subject__startswith="Not taken forward")
        assert letters.count() == len(world.entries)

    def test_a_stop_and_a_release_do_not_cross(self) -> None:
        world = self.world
        write_review(world.assignment)
        decisions.decide(
            stage=world.stage,
            entries=world.entries,
            outcome=Outcome.NOT_AWARDED,
            reason="No.",
            actor=world.officer,
        )
        signed_release(world.stage, world.officer)
        waiting = Release.objects.get()
        stopped, out = at_once(
            lambda: stop_release(release=waiting, reason="Wait.", actor=world.officer),
            carry_out_due,
        )
        told = Decision.objects.filter(released_at__isnull=False).exists()
        assert (isinstance(stopped, Release), out, told) in {(True, 0, False), (False, 1, True)}

    def test_at_the_closing_each_score_stands_or_is_refused(self) -> None:
        self.save("ready")
        closes_at = timezone.now() + timedelta(milliseconds=150)
        Stage.objects.filter(pk=self.world.stage.pk).update(scores_due_at=closes_at)

        def keep_submitting() -> list[Any]:
            found = []
            while timezone.now() < closes_at + timedelta(milliseconds=100):
                try:
                    review = services.submit_review(
                        assignment=self.world.assignment, actor=self.world.judge.user
                    )
                    found.append(review.submitted_at)
                except TooLate as refusal:
                    found.append(refusal)
            return found

        tried = at_once(keep_submitting, keep_submitting)
        stood = [at for found in tried for at in found if not isinstance(at, TooLate)]
        assert stood, "one at least was in time"
        assert all(isinstance(found[-1], TooLate) for found in tried)
        last = Assignment.objects.get(pk=self.world.assignment.pk).submitted_at
        assert last == max(stood)

    def test_two_judges_the_chair_and_the_officer_at_once(self) -> None:
        """Both judges hand in while the chair opens the meeting and the officer decides and shares
        out: each act stands whole or is refused, and the record of it all holds together."""
        world = self.world
        chair, second = make_chair(world.stage), make_judge(world.stage)
        reviews = [world.assignment, assign(second, world.entry)]
        for review in reviews:
            services.save_review(
                assignment=review,
                scores=scores_for(world.stage, 4),
                recommendation="fund",
                comment="",
                version=1,
                actor=review.member.user,
            )

        def hand_in(review: Assignment) -> Assignment:
            return services.submit_review(assignment=review, actor=review.member.user)

        *handed_in, meeting, decided, shared = at_once(
            *(partial(hand_in, review) for review in reviews),
            lambda: services.open_meeting(stage=world.stage, actor=chair.user),
            lambda: decisions.decide(
                stage=world.stage,
                entries=world.entries,
                outcome=Outcome.NOT_AWARDED,
                reason="No.",
                actor=world.officer,
            ),
            lambda: services.assign_entries(stage=world.stage, actor=world.officer),
        )
        assert isinstance(meeting, Meeting | Refused)
        for review, result in zip(reviews, handed_in, strict=True):
            stands = Assignment.objects.get(pk=review.pk)
            if isinstance(result, Assignment):
                assert (stands.state, stands.total) == (AssignmentState.SUBMITTED, 80)
            else:
                assert isinstance(result, Refused) and isinstance(meeting, Meeting)
                assert stands.state == AssignmentState.ASSIGNED
            assert stands.scores.count() == world.stage.criteria.count()
        assert not isinstance(decided, Exception), decided
        assert Decision.objects.filter(released_at=None).count() == len(world.entries)
        assert isinstance(shared, tuple | Refused)
        pairs = list(Assignment.objects.values_list("member", "entry"))
        assert len(pairs) == len(set(pairs))
        chain = Chain.objects.get(key=world.call.chain)
        assert find_break(chain) is None
        submitted = Record.objects.filter(chain=chain, verb="judging.scored").count()
        assert submitted == sum(isinstance(result, Assignment) for result in handed_in)

    def test_the_threads_had_connections_of_their_own(self) -> None:
        assert connection.in_atomic_block is False
