"""What two make at once, with real commits, is there once; whoever was second hears so in words."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.test import TransactionTestCase

from challenges.people.models import Expert
from challenges.people.services import add_expert, change_expert
from cms.desk.models import SavedView
from cms.desk.services import save_view
from marketplace.errors import Refused
from search.models import SavedSearch
from search.port import Query
from search.saved import save_search
from tests.factories import UserFactory, make_call, make_officer
from tests.judging.test_concurrency import at_once

ADDRESS = "zadie@example.org"


class MadeAtOnce(TransactionTestCase):
    def refused(self, *jobs: Callable[[], Any]) -> int:
        """How many were; whatever else goes wrong is a fault."""
        results = at_once(*jobs)
        failed = [each for each in results if isinstance(each, Exception)]
        for each in failed:
            self.assertIsInstance(each, Refused, results)
        return len(failed)

    def test_a_search_is_kept_in_two_tabs(self) -> None:
        person = UserFactory()
        job = partial(save_search, person=person, query=Query("damp"))
        self.assertEqual(self.refused(job, job, job), 0)
        self.assertEqual(SavedSearch.objects.count(), 1)

    def test_a_view_is_kept_in_two_tabs(self) -> None:
        officer = make_officer(make_call().region)
        jobs = [
            partial(save_view, actor=officer, name=name, query=f"q={name}")
            for name in ("Mine", "MINE", "mine")
        ]
        self.assertEqual(self.refused(*jobs), 0)
        self.assertEqual(SavedView.objects.count(), 1)

    def test_two_officers_put_one_person_into_the_directory(self) -> None:
        region = make_call().region
        jobs = [
            partial(
                add_expert,
                expert=Expert(region=region, name="Zadie", email=address),
                expertise=[],
                actor=make_officer(region),
            )
            for address in (ADDRESS, ADDRESS.upper(), ADDRESS)
        ]
        self.assertEqual(self.refused(*jobs), 2)
        self.assertEqual(Expert.objects.get().email, ADDRESS)

    def test_two_entries_get_one_address(self) -> None:
        region = make_call().region
        officer = make_officer(region)
        jobs = []
        for n in range(2):
            expert = Expert.objects.create(region=region, name=f"E {n}", email=f"e{n}@example.org")
            values = {"email": ADDRESS, "version": expert.version}
            jobs.append(
                partial(change_expert, expert=expert, values=values, expertise=[], actor=officer)
            )
        self.assertEqual(self.refused(*jobs), 1)
        self.assertEqual(Expert.objects.filter(email=ADDRESS).count(), 1)
