"""What waits for an officer, counted once for the dashboard, the desk and the menu."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, IntegerField, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from challenges.calls.models import CallState, Enquiry, SignOff, Stage
from challenges.judging.models import Appeal
from cms.desk.finders import calls_of, officer_regions
from cms.desk.queries import late_judges, undecided_stages
from marketplace.accounts.models import User

UPHELD = "upheld appeal to carry out,upheld appeals to carry out"
PREFIX = "waiting_"
"""Keeps the names of counts apart from the fields of the row that carries them."""


@dataclass(frozen=True)
class Waiting:
    """How many things of each kind wait for one officer."""

    to_approve: int
    to_sign: int
    enquiries: int
    appeals: int
    to_carry_out: int
    undecided: int
    late: int

    @property
    def total(self) -> int:
        return sum(number for _, number, _ in self.rows())

    def rows(self) -> Iterator[tuple[str, int, str]]:
        """(“one,many” words, how many, where) of each kind that is not empty."""
        kinds = (
            ("call to approve,calls to approve", self.to_approve, "desk:calls"),
            ("thing to sign,things to sign", self.to_sign, "desk:sign_offs"),
            ("question to answer,questions to answer", self.enquiries, "desk:enquiries"),
            ("appeal to answer,appeals to answer", self.appeals, "desk:appeals"),
            (UPHELD, self.to_carry_out, "desk:appeals"),
            ("stage to decide,stages to decide", self.undecided, "wagtailadmin_home"),
            ("judge who is late,judges who are late", self.late, "wagtailadmin_home"),
        )
        for words, number, name in kinds:
            if number:
                yield words, number, reverse(name)


def waiting_for(person: Any) -> Waiting:
    """One query, and that once for each request."""
    if not hasattr(person, "_waiting_at_desk"):
        person._waiting_at_desk = _count(person)
    return person._waiting_at_desk


def _count(person: Any) -> Waiting:
    kinds: dict[str, QuerySet] = {
        "to_approve": to_approve(person),
        "to_sign": to_sign(person),
        "enquiries": Enquiry.objects.in_regions(officer_regions(person)).waiting(),
        "appeals": Appeal.objects.in_regions(officer_regions(person)).open(),
        "to_carry_out": Appeal.objects.to_carry_out().in_regions(officer_regions(person)),
        "undecided": undecided_stages(stages_of(person)),
        "late": late_judges(stages_of(person), timezone.now()),
    }
    numbers = {f"{PREFIX}{name}": _number_of(rows) for name, rows in kinds.items()}
    found = User.objects.filter(pk=person.pk).annotate(**numbers).get()
    return Waiting(**{name: getattr(found, f"{PREFIX}{name}") for name in kinds})


def _number_of(rows: QuerySet) -> Coalesce:
    """How many rows, as one value inside another query."""
    one = rows.model.objects.filter(pk__in=rows.order_by().values("pk"))
    counted = (
        one.order_by().annotate(all=Value(1)).values("all").annotate(n=Count("pk", distinct=True))
    )
    return Coalesce(Subquery(counted.values("n")), 0, output_field=IntegerField())


def stages_of(person: Any) -> QuerySet:
    """Stages of running calls in this officer's regions."""
    return Stage.objects.filter(
        call__region__in=officer_regions(person), call__state=CallState.APPROVED
    )


def to_approve(person: Any) -> QuerySet:
    """Calls that this officer may approve: neither sent nor ever owned by themselves."""
    return calls_of(person).to_approve_by(person).select_related("proposed_by").order_by("title")


def to_sign(person: Any) -> QuerySet:
    """What other officers proposed and this one may sign, unless the matter itself bars them."""
    waiting = SignOff.objects.waiting().in_regions(officer_regions(person))
    return waiting.exclude(proposed_by=person).select_related("call", "proposed_by")
