"""Two people at once after a release, with real commits: one of them does it, and once."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.test import TransactionTestCase

from challenges.awards.answering import accept_offer, decline_offer, take_back_offer
from challenges.awards.declining import turn_down
from challenges.awards.models import Award
from challenges.calls.sign_offs import sign
from challenges.judging.models import Correction, Offer, Outcome
from marketplace.activity.models import Chain
from marketplace.activity.services import find_break
from marketplace.errors import Refused
from tests.awards.after import build
from tests.factories import make_officer
from tests.judging.test_concurrency import at_once


class AtOnce(TransactionTestCase):
    def setUp(self) -> None:
        self.after = build()

    def one_of(self, *jobs: Callable[[], Any]) -> None:
        """Just one of them is done; the other is refused with words, and the chain is whole."""
        results = at_once(*jobs)
        refused = [each for each in results if isinstance(each, Exception)]
        self.assertEqual(len(refused), len(jobs) - 1, results)
        for each in refused:
            self.assertIsInstance(each, Refused)
        for chain in Chain.objects.all():
            self.assertIsNone(find_break(chain))

    def test_two_officers_sign_one_correction(self) -> None:
        sign_off = self.after.propose(0, Outcome.NOT_AWARDED)
        third = make_officer(self.after.call.region)
        self.one_of(
            partial(sign, sign_off=sign_off, actor=self.after.second),
            partial(sign, sign_off=sign_off, actor=third),
        )
        self.assertEqual(Correction.objects.count(), 1)

    def test_a_team_declines_while_its_award_is_corrected(self) -> None:
        sign_off = self.after.propose(0, Outcome.NOT_AWARDED)
        self.one_of(
            partial(sign, sign_off=sign_off, actor=self.after.second),
            partial(turn_down, entry=self.after.entry(0), actor=self.after.member(0)),
        )
        self.assertFalse(Award.objects.standing().exists())

    def test_one_accepts_while_a_team_mate_declines_and_an_officer_takes_it_back(self) -> None:
        turn_down(entry=self.after.entry(0), actor=self.after.member(0))
        offer, team = self.after.offer(1, 0), self.after.member(1)
        self.one_of(
            partial(accept_offer, offer=offer, actor=team),
            partial(decline_offer, offer=offer, actor=team),
            partial(take_back_offer, offer=offer, reason="A mistake.", actor=self.after.first),
        )
        self.assertNotEqual(Offer.objects.get().state, "open")

    def test_two_offers_of_one_place_are_signed(self) -> None:
        turn_down(entry=self.after.entry(0), actor=self.after.member(0))
        one = self.after.propose_offer(1, 0)
        two = self.after.propose_offer(2, 0, skipped_why="To be safe.")
        self.one_of(
            partial(sign, sign_off=one, actor=self.after.second),
            partial(sign, sign_off=two, actor=self.after.second),
        )
        self.assertEqual(Offer.objects.count(), 1)
