"""The database's own copy of every public document, and what people said of matches.

The copy is what the embedded back end searches.

Full text stands beside it: a virtual FTS5 table on SQLite, kept in step by triggers, and a
generated `tsvector` column on PostgreSQL; the first migration makes both. A later migration
that alters `IndexEntry` makes Django rebuild its table on SQLite, which drops the triggers:
it must make them again.
"""

import secrets
from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from challenges.calls.models import Call
from startups.models import Organisation

SETTLED_AT_ONCE = 200


class IndexEntry(models.Model):
    kind = models.CharField(max_length=20)
    object_id = models.BigIntegerField()
    version = models.BigIntegerField(help_text="microseconds; see `search.documents.Document`")
    digest = models.CharField(max_length=16)
    title = models.CharField(max_length=255)
    summary = models.TextField(blank=True)
    body = models.TextField(blank=True)
    keywords = models.TextField(blank=True)
    url = models.CharField(max_length=500)
    opens_at = models.DateTimeField(null=True)
    closes_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    capabilities = models.JSONField(default=list)

    class Meta:
        verbose_name_plural = "index entries"
        constraints = [models.UniqueConstraint(fields=["kind", "object_id"], name="entry_once")]
        indexes = [
            models.Index(Lower("title"), "id", name="entry_by_title"),
            models.Index(fields=["version"], name="entry_by_version"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"


class IndexFacet(models.Model):
    """One value that a document may be filtered by."""

    entry = models.ForeignKey(IndexEntry, on_delete=models.CASCADE, related_name="facets")
    name = models.CharField(max_length=12)
    value = models.CharField(max_length=120)
    label = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "name", "value"], name="facet_once")
        ]
        indexes = [models.Index(fields=["name", "value"], name="facet_by_value")]

    def __str__(self) -> str:
        return f"{self.name}: {self.label}"


class TextVector(models.Model):
    """What a sentence model made of a document, where the operator has named one."""

    entry = models.OneToOneField(IndexEntry, on_delete=models.CASCADE, related_name="vector")
    digest = models.CharField(max_length=16, help_text="of the document that it was made from")
    model = models.CharField(max_length=80, help_text="only vectors of one model compare")
    vector = models.BinaryField(help_text="half-precision numbers, little-endian, of unit length")

    def __str__(self) -> str:
        return f"{self.entry}: {self.model}"


class OwedQuerySet(models.QuerySet):
    def owe(self, kind: str, ids: Iterable[int]) -> None:
        """Note that these are to be looked at again; one row each, with a new mark each time."""
        # In one order, so that two who owe the same never wait for each other.
        rows: list[Any] = [OwedWrite(kind=kind, object_id=pk) for pk in sorted(set(ids))]
        self.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["kind", "object_id"],
            update_fields=["mark"],
        )

    def settle(self, rows: Iterable["OwedWrite"]) -> None:
        """Forget these, but for those that were owed anew since they were read."""
        left = list(rows)
        for start in range(0, len(left), SETTLED_AT_ONCE):
            chunk = left[start : start + SETTLED_AT_ONCE]
            done = [models.Q(pk=row.pk, mark=row.mark) for row in chunk]
            self.filter(reduce(or_, done)).delete()


def new_mark() -> int:
    return secrets.randbelow(2**63)


class OwedWrite(models.Model):
    """A document that is to be looked at again; its row goes when that was done."""

    kind = models.CharField(max_length=20)
    object_id = models.BigIntegerField()
    mark = models.BigIntegerField(
        default=new_mark, db_default=0, help_text="another each time that it is owed"
    )

    objects = OwedQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "object_id"], name="owed_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"


class Side(models.TextChoices):
    CALL = "call", "For the call"
    ORGANISATION = "organisation", "For the organisation"


class Opinion(models.Model):
    """What one side said of a match: it hides or lifts it from then on, and measures matching."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="opinions")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="opinions"
    )
    side = models.CharField(max_length=12, choices=Side.choices)
    is_good = models.BooleanField(help_text="a good match; else not relevant")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    weights_version = models.PositiveSmallIntegerField(help_text="of `search.scoring` at the time")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["call", "organisation", "side"], name="one_opinion_a_side"
            )
        ]

    def __str__(self) -> str:
        return f"{self.call} and {self.organisation}: {'good' if self.is_good else 'not relevant'}"


class Evaluation(models.Model):
    """How well matches were ranked, by what people had said of them; measured by a worker."""

    side = models.CharField(max_length=12, choices=Side.choices)
    asked_at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    ended_at = models.DateTimeField(null=True)
    why = models.TextField(blank=True, help_text="why nothing could be measured")
    weights_version = models.PositiveSmallIntegerField(help_text="of `search.scoring` at the time")
    queries = models.PositiveIntegerField(default=0, help_text="records that asked")
    documents = models.PositiveIntegerField(default=0, help_text="records that were ranked")
    judgements = models.PositiveIntegerField(default=0)
    values = models.JSONField(
        default=dict, help_text="ranking → measure → mean and ends of its 95% interval"
    )

    class Meta:
        ordering = ["-asked_at", "-pk"]
        indexes = [models.Index(fields=["side", "-asked_at"], name="evaluation_latest")]

    def __str__(self) -> str:
        return f"{self.get_side_display()}, {self.asked_at:%-d %B %Y}"


class SavedSearch(models.Model):
    """A search that a person wants to run again; who follows it hears of new calls in it."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_searches"
    )
    name = models.CharField(max_length=120)
    query = models.CharField(max_length=1000, help_text="as in the address of the results")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name", "pk"]
        verbose_name_plural = "saved searches"
        constraints = [
            models.UniqueConstraint(fields=["person", "query"], name="search_saved_once")
        ]

    def __str__(self) -> str:
        return self.name


class SynonymGroup(models.Model):
    """Words and phrases that mean the same to whoever searches; officers keep them."""

    phrases = models.JSONField(default=list, help_text="list of texts, two or more")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return ", ".join(self.phrases)


class Word(models.Model):
    """A word of the public documents, for spelling; learnt anew each night and at a rebuild."""

    text = models.CharField(max_length=30, unique=True)
    documents = models.PositiveIntegerField(help_text="how many documents have it")

    def __str__(self) -> str:
        return self.text
