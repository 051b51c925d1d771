"""Two officers change the same tags at once, with real commits: nothing fails or is there twice."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.test import TransactionTestCase

from challenges.pitches.models import Entry
from cms.desk.models import Tag
from cms.desk.services import remove_tag, rename_tag, tag_pitches
from marketplace.errors import Refused
from tests.factories import make_call, make_entry, make_officer
from tests.judging.test_concurrency import at_once


class TagsAtOnce(TransactionTestCase):
    def setUp(self) -> None:
        entry = make_entry(call=make_call())
        self.entries = list(Entry.objects.filter(pk=entry.pk).select_related("stage__call"))
        region = entry.stage.call.region
        self.one, self.other = make_officer(region), make_officer(region)
        for name in ("Good", "Strong"):
            tag_pitches(entries=self.entries, name=name, actor=self.one)
        self.good, self.strong = Tag.objects.get(name="Good"), Tag.objects.get(name="Strong")

    def done(self, *jobs: Callable[[], Any]) -> list[str]:
        for result in at_once(*jobs):
            if isinstance(result, Exception):
                self.assertIsInstance(result, Refused)
        return sorted(Tag.objects.values_list("name", flat=True))

    def test_two_tags_get_one_name(self) -> None:
        rename = [partial(rename_tag, name="Best", actor=self.one)] * 2
        tags = (self.good, self.strong)
        jobs = [partial(job, tag=tag) for job, tag in zip(rename, tags, strict=True)]
        self.assertEqual(self.done(*jobs), ["Best"])
        self.assertEqual(Tag.objects.get().pitches.count(), 1)

    def test_one_is_renamed_and_removed(self) -> None:
        left = self.done(
            partial(rename_tag, tag=self.good, name="Best", actor=self.one),
            partial(remove_tag, tag=self.good, actor=self.other),
        )
        self.assertEqual(left, ["Strong"])

    def test_they_go_into_each_other(self) -> None:
        left = self.done(
            partial(rename_tag, tag=self.good, name="Strong", actor=self.one),
            partial(rename_tag, tag=self.strong, name="Good", actor=self.other),
        )
        self.assertEqual(len(left), 1)

    def test_a_new_one_is_made_twice(self) -> None:
        jobs = [
            partial(tag_pitches, entries=self.entries, name=name, actor=self.one)
            for name in ("New", "NEW")
        ]
        self.assertEqual(len(self.done(*jobs)), 3)
