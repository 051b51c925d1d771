"""Checking the whole record, keeping what was found, and telling people of it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Case, Q, When
from django.utils import timezone

from marketplace.activity import services
from marketplace.activity.check_record import BROKEN, ODD, WAITING, Checker, Finding
from marketplace.activity.models import RecordCheck, RecordFinding, SealAddress, SignedSeal
from marketplace.activity.proof import guards, keys
from marketplace.activity.proof.keeping import kept
from marketplace.activity.proof.lines import Line
from marketplace.activity.proof.reading import record_lines

log = structlog.get_logger(__name__)

AGAIN_AFTER = timedelta(hours=23)
"""What is still so is said again, once a day."""

LONGEST_UNCHECKED = timedelta(hours=36)
LONGEST_UNSEALED = timedelta(hours=3)
SHOWN = 20
PAGE = "/record/"

UNCHECKED = Finding(WAITING, "check", "the record has not been checked for 36 hours or more.")
FAILED = Finding(WAITING, "check", "the last check of the record failed before its end.")
UNSEALED = Finding(WAITING, "sealing", "records wait for a seal for 3 hours or more.")
TURNED_ASIDE = (
    "something stands on it in the database that is not ours, and may turn aside or hide what is "
    "recorded: a trigger, a rule or a policy. Find out who put it there."
)
WORST_FIRST = Case(When(kind=BROKEN, then=0), When(kind=WAITING, then=1), default=2)
WATCHED = Q(where__in=["check", "sealing"])
"""What `watch` looks at; a check finds the rest."""

Wardens = Callable[[], Iterable[Any]]
_wardens: list[Wardens] = []


def warden(people: Wardens) -> Wardens:
    """Register who is told when the record does not hold: a floor above knows the people."""
    _wardens.append(people)
    return people


@dataclass(frozen=True)
class Report:
    findings: list[Finding]
    chains: int
    records: int
    seals: int
    unsealed: int


def check(against: Sequence[Line] = ()) -> Report:
    """Check all of it against its seals, the seals kept on this machine and those given."""
    trusted, away = _trusted()
    copies, lost = _kept()
    checker = Checker(trusted=trusted, kept=[*against, *copies])
    for line in record_lines():
        checker.take(line)
    findings = [*checker.finish(), *away, *lost]
    findings += [
        Finding(WAITING, table, "the database does not refuse to change it: run manage.py migrate.")
        for table in guards.missing()
    ]
    findings += [Finding(WAITING, table, TURNED_ASIDE) for table in guards.strange()]
    return Report(findings, checker.chains, checker.records, len(checker.times), checker.unsealed)


def _trusted() -> tuple[set[str], list[Finding]]:
    """Without the key that is set here, if it can't be read: that hides nothing of the rest."""
    try:
        return keys.trusted(), []
    except keys.KeyAway as error:
        return keys.named(), [Finding(WAITING, "key", f"{error}")]


def _kept() -> tuple[list[Line], list[Finding]]:
    try:
        return list(kept()), []
    except OSError as error:
        why = f"the seals kept on this machine can’t be read ({type(error).__name__})."
        return [], [Finding(WAITING, "kept seals", why)]


def run_check(now: datetime | None = None) -> RecordCheck:
    """Check, keep the result, and tell of what is new or still so. A check that fails is told of
    too, and raises."""
    run = RecordCheck.objects.create(started_at=now or timezone.now())
    try:
        report = check()
    except Exception as error:
        run.failure = type(error).__name__[:80]
        run.save(update_fields=["failure"])
        settle([FAILED, *_unsealed(timezone.now())], among=WATCHED)
        raise
    run.ended_at = timezone.now()
    run.chains, run.records = report.chains, report.records
    run.seals, run.unsealed = report.seals, report.unsealed
    run.broken = sum(found.kind == BROKEN for found in report.findings)
    run.save()
    settle(report.findings, among=~WATCHED)
    watch()
    return run


def watch(now: datetime | None = None) -> int:
    """See that checks and seals are made at all, as a check that never runs finds nothing."""
    now = now or timezone.now()
    found = _unsealed(now)
    last = RecordCheck.objects.first()
    done = RecordCheck.objects.exclude(ended_at=None).first()
    if last and last.failure:
        found.append(FAILED)
    first = RecordCheck.objects.last()
    since = done.ended_at if done else first.started_at if first else _began()
    if since and now - since > LONGEST_UNCHECKED:
        found.append(UNCHECKED)
    return settle(found, among=WATCHED, now=now)


def _began() -> datetime | None:
    """When the first seal was made: from then on, checks are due."""
    return SignedSeal.objects.order_by("number").values_list("at", flat=True).first()


def _unsealed(now: datetime) -> list[Finding]:
    oldest = services.oldest_unsealed()
    return [UNSEALED] if oldest and now - oldest > LONGEST_UNSEALED else []


def settle(findings: Iterable[Finding], *, among: Q, now: datetime | None = None) -> int:
    """Keep what was found, close what is found no more, and tell people of what is new or still
    so; of how many findings they were told."""
    now = now or timezone.now()
    found = {(each.kind, each.where[:120], each.what[:400]) for each in findings}
    with transaction.atomic():
        open_ones = RecordFinding.objects.select_for_update(no_key=True).filter(among, gone_at=None)
        rows = {(row.kind, row.where, row.what): row for row in open_ones}
        for mark, row in rows.items():
            if mark not in found:
                row.gone_at = now
                row.save(update_fields=["gone_at"])
        for kind, where, what in sorted(found - rows.keys()):
            rows[kind, where, what] = RecordFinding.objects.create(
                kind=kind, where=where, what=what, first_at=now
            )
        due = [rows[mark] for mark in sorted(found) if _is_due(rows[mark], now)]
        if due:
            _alarm(due)
        for row in due:
            row.told_at = now
            row.save(update_fields=["told_at"])
    return len(due)


def _is_due(row: RecordFinding, now: datetime) -> bool:
    """Of the past one is told once: nothing can be done about it."""
    return row.told_at is None or (row.kind != ODD and now - row.told_at > AGAIN_AFTER)


def _alarm(rows: Sequence[RecordFinding]) -> None:
    for row in rows:
        log.error(
            "the activity record does not hold", kind=row.kind, where=row.where, what=row.what
        )
    broken = any(row.kind == BROKEN for row in rows)
    subject = "The activity record does not hold" if broken else "The activity record needs a look"
    lines = [f"- {row}" for row in rows[:SHOWN]]
    if len(rows) > SHOWN:
        lines.append(f"- and {len(rows) - SHOWN} more")
    body = (
        "The check of the activity record found:\n\n" + "\n".join(lines) + "\n\n"
        "Change nothing in the database, keep the seals that you were mailed, and call who runs "
        "this installation: docs/operations.md says what to do. You are told again each day until "
        "it is put right."
    )
    people = {person.pk: person for wardens in _wardens for person in wardens()}
    services.notify(people.values(), subject=subject, body=body, path=PAGE)
    reached = {person.email.lower() for person in people.values()}
    addresses = SealAddress.objects.exclude(confirmed_at=None).values_list("email", flat=True)
    for address in sorted({each.lower() for each in addresses} - reached):
        services.notify_address(address, subject=subject, body=body, path=PAGE)


@dataclass(frozen=True)
class State:
    """How the record stands, for the desk and for who watches the installation."""

    last_check: RecordCheck | None
    is_unchecked: bool
    findings: list[RecordFinding]
    """Not all of them: what is broken first, and what is only strange last."""

    @property
    def is_well(self) -> bool:
        return not self.is_unchecked and not any(row.kind != ODD for row in self.findings)


def state(now: datetime | None = None) -> State:
    """Three queries, whatever was found."""
    now = now or timezone.now()
    done = RecordCheck.objects.exclude(ended_at=None).first()
    since = done.ended_at if done else _began()
    return State(
        done,
        bool(since and now - since > LONGEST_UNCHECKED),
        list(RecordFinding.objects.filter(gone_at=None).order_by(WORST_FIRST, "-first_at")[:SHOWN]),
    )
