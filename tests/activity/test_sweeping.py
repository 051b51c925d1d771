"""What the clock does with rows: one that always fails costs no other its turn."""

from collections.abc import Callable
from datetime import timedelta
from itertools import combinations
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.mail import EmailMessage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.module_loading import import_string

from challenges.awards.declining import turn_down
from challenges.calls.enquiries import ask
from challenges.calls.models import Enquiry, Stage
from challenges.judging import decisions
from challenges.judging.models import Offer, Outcome, OutgoingLetter, PanelMember, ReservePlace
from challenges.judging.services.appeals import file_appeal
from challenges.judging.services.outbox import hold_letter
from challenges.pitches import scanning
from challenges.pitches.models import Attachment, Pitch, ScanState
from marketplace.activity import outbox, sweeping
from marketplace.activity.models import NewsLine, Notification, SealAddress, Setback
from marketplace.activity.proof.seals import seal_chains
from marketplace.activity.services import record
from marketplace.activity.sweeping import Halt, take_turns, wait_after
from search import services as search_services
from search.models import OwedWrite
from tests.awards.after import build
from tests.factories import (
    OrganisationFactory,
    RegionFactory,
    UserFactory,
    close_stage,
    make_call,
    make_entry,
    make_judge,
    make_officer,
    release,
    signed_release,
    submit,
)
from tests.judging.conftest import attach, build_world, write_review
from tests.search.things import public_call

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


# --- The mechanism -------------------------------------------------------------------------


def fails_at(*bad: int) -> Callable[[int], int]:
    def act(row: int) -> int:
        if row in bad:
            raise ValueError("somebody’s own words")
        return 1

    return act


@pytest.mark.parametrize("bad", [each for n in range(5) for each in combinations(range(4), n)])
def test_whichever_fail_the_others_are_done(bad: tuple[int, ...]) -> None:
    assert take_turns("test", range(4), fails_at(*bad)) == 4 - len(bad)
    assert tuple(Setback.objects.values_list("key", flat=True)) == bad


def test_one_that_failed_waits_longer_each_time_and_is_forgotten_once_it_is_done() -> None:
    for times in (1, 2, 3):
        take_turns("test", [1], fails_at(1))
        held = Setback.objects.get()
        assert held.times == times
        assert held.try_after - held.at == wait_after(times)
        assert take_turns("test", [1], fails_at()) == 0  # not yet
        Setback.objects.update(try_after=timezone.now())
    assert take_turns("test", [1], fails_at()) == 1
    assert not Setback.objects.exists()


def test_the_waits_grow_and_end() -> None:
    waits = [wait_after(times) for times in range(1, 40)]
    assert waits == sorted(waits)
    assert waits[-1] == sweeping.LONGEST_WAIT


def test_a_batch_of_failing_rows_takes_nobodys_place() -> None:
    people = [UserFactory() for _ in range(6)]
    bad = {person.pk for person in people[:3]}
    rows = type(people[0]).objects.filter(pk__in=[each.pk for each in people]).order_by("pk")

    def act(person: Any) -> bool:
        if person.pk in bad:
            raise ValueError
        return True

    assert [take_turns("test", rows, act, most=3) for _ in range(2)] == [0, 3]


@pytest.mark.parametrize("failed_before", [False, True])
@pytest.mark.parametrize(
    ("meanwhile", "is_blamed"),
    [
        (lambda row: row.delete(), False),
        (lambda row: type(row).objects.filter(pk=row.pk).update(is_active=False), False),
        (lambda row: type(row).objects.filter(pk=row.pk).update(name="Still due"), True),
    ],
    ids=["gone", "done by another", "still due"],
)
def test_a_row_that_another_took_meanwhile_is_nobodys_fault(
    meanwhile: Callable[[Any], Any], is_blamed: bool, failed_before: bool
) -> None:
    person = UserFactory()
    key, rows = person.pk, type(person).objects.filter(pk=person.pk, is_active=True)
    if failed_before:
        past = timezone.now() - timedelta(hours=1)
        Setback.objects.create(sweep="test", key=key, times=1, at=past, try_after=past)

    def act(row: Any) -> bool:
        meanwhile(row)
        raise FileNotFoundError

    assert take_turns("test", rows, act) == 0
    assert Setback.objects.filter(key=key).exists() is is_blamed


def test_what_failed_is_kept_without_its_words() -> None:
    take_turns("test", [1], fails_at(1))
    assert Setback.objects.get().error == "ValueError"


def test_what_all_rows_need_ends_the_run_and_blames_none() -> None:
    def act(row: int) -> int:
        if row == 2:
            raise Halt("away")
        return 1

    assert take_turns("test", [1, 2, 3], act) == 1
    assert not Setback.objects.exists()


def test_sweeps_keep_to_their_own() -> None:
    take_turns("one", [1], fails_at(1))
    assert take_turns("other", [1], fails_at()) == 1


# --- Every task of the clock ---------------------------------------------------------------

WHOLE = {
    "send-unsent-mail": "its own turns: `marketplace.activity.outbox`",
    "learn-sentences": "one batch for the model; it is only a copy",
    "learn-words": "one list of words",
    "erase-notes": "one statement",
    "clear-sessions": "one statement",
    "clear-orphan-files": "files, no rows; each is tried by itself",
    "search-catch-up": "all of a kind together, then each: tested below",
    "forget-past-terms": "a batch of each model in turn; one that fails is left for the next run",
    "forget-closed-accounts": "one statement",
    "publish-scheduled-pages": "each page by itself, told to whoever timed it: `cms.scheduled`",
    "seal-activity": "one seal of all chains: `marketplace.activity.proof`",
    "move-private-files": "each file by itself; one that can’t be moved is counted and left",
    "check-activity": "the whole record; a check that fails is itself a finding",
    "watch-activity": "looks whether the two above are done",
    "forget-ended-sessions": "one statement",
    "seal-second-factors": "each by itself; what can’t be opened is counted and left",
    "search-mend": "each kind by itself; what is not mended is found again the next night",
    "carry-out-owed": "each task by itself, later each time: `marketplace.outages.owed`",
    "note-work": "one row",
}


def digests(pace: str) -> None:
    for _ in range(3):
        NewsLine.objects.create(
            person=UserFactory(), key="k", text="T", reason="R", path="/", pace=pace
        )


def news() -> None:
    call = make_call()
    for _ in range(3):
        record("calls.cancelled", call, chain=call.chain)


def questions() -> None:
    call = make_call(closes_in=20 * DAY)
    make_officer(call.region)
    for _ in range(3):
        ask(call=call, text="May we?", actor=UserFactory())
    Enquiry.objects.update(due_on=timezone.localdate() - DAY)


def appeals() -> None:
    after = build(winners=1)
    reviewer = make_officer(after.call.region)
    for number in (1, 2, 3):
        appeal = file_appeal(
            entry=after.entry(number), kind="appeal", grounds="No.", actor=after.member(number)
        )
        appeal.reviewer, appeal.due_on = reviewer, timezone.localdate()
        appeal.save()


def offers() -> None:
    after = build(winners=2, entries=5)
    for number in (0, 1):
        turn_down(entry=after.entry(number), actor=after.member(number))
    for number in (0, 1):
        after.offer(number + 2, number)
    Offer.objects.update(until=timezone.now() + DAY)


def lapsed() -> None:
    offers()
    Offer.objects.update(until=timezone.now() - timedelta(minutes=1))


def ended_lists() -> None:
    build(winners=1)
    ReservePlace.objects.update(held_until=timezone.localdate() - DAY)


def invitations() -> None:
    stage = make_call().first_stage
    for _ in range(3):
        make_judge(stage)
    PanelMember.objects.update(state="invited", invited_at=timezone.now() - 6 * DAY)


def panels() -> None:
    for _ in range(2):
        stage = close_stage(make_call().first_stage)
        Stage.objects.filter(pk=stage.pk).update(scores_due_at=timezone.now() + DAY)


def releases() -> None:
    for _ in range(2):
        world = build_world()
        write_review(world.assignment)
        decisions.decide(
            stage=world.stage,
            entries=world.entries,
            outcome=Outcome.NOT_AWARDED,
            reason="No.",
            actor=world.officer,
        )
        signed_release(world.stage, world.officer)


def letters() -> None:
    after = build(winners=1, released=False)
    for number in (0, 1):
        hold_letter(decision=after.entry(number).decision, reason="Call.", actor=after.first)
    release(after.stage, after.first)


def overdue_letters() -> None:
    letters()
    OutgoingLetter.objects.filter(held_at__isnull=False).update(held_until=timezone.now())


def rankings() -> None:
    for _ in range(2):
        write_review(build_world().assignment)


def old_pitches() -> None:
    call = make_call()
    for _ in range(3):
        make_entry(call=call)
    long_ago = timezone.now() - 4000 * DAY
    Stage.objects.update(opens_at=long_ago - DAY, closes_at=long_ago)


def warned_pitches() -> None:
    old_pitches()
    Pitch.objects.update(erasure_warned_at=timezone.now() - 400 * DAY)


def drafts() -> None:
    call = make_call()
    for _ in range(3):
        make_entry(call=call)


def officers() -> None:
    for _ in range(3):
        make_officer()


def files(state: str) -> None:
    for _ in range(2):
        attach(submit(make_entry()))
    Attachment.objects.update(scan_state=state)


def seal_addresses() -> None:
    seal_chains()
    for number in range(2):
        SealAddress.objects.create(
            region=RegionFactory(), email=f"a{number}@example.org", confirmed_at=timezone.now()
        )


TABLE: dict[str, list[tuple[str, Callable[[], Any]]]] = {
    "daily-digests": [("marketplace.activity.following._digest", lambda: digests("daily"))],
    "weekly-digests": [("marketplace.activity.following._digest", lambda: digests("weekly"))],
    "announce-open-calls": [
        ("challenges.calls.tasks._announce", lambda: [make_call(), make_call()])
    ],
    "alert-of-open-calls": [("search.alerts.alert_of", lambda: [public_call(), public_call()])],
    "mail-seals": [("marketplace.activity.proof.addresses._mail", seal_addresses)],
    "tell-missed-news": [("marketplace.activity.news._told", news)],
    "remind-of-late-answers": [("challenges.calls.enquiries._remind", questions)],
    "remind-of-late-appeals": [("challenges.judging.services.appeals._remind", appeals)],
    "watch-offers": [
        ("challenges.awards.lapsing._remind", offers),
        ("challenges.awards.lapsing._lapse_held", lapsed),
    ],
    "tell-ended-reserve-lists": [("challenges.awards.lapsing._tell_ended", ended_lists)],
    "remind-of-invitations": [("challenges.judging.services.membership._remind", invitations)],
    "remind-judges": [("challenges.judging.services.reminding._remind_panel", panels)],
    "carry-out-releases": [("challenges.judging.services.releasing._try", releases)],
    "send-overdue-letters": [("challenges.judging.services.outbox._send_overdue", overdue_letters)],
    "remind-of-held-letters": [("challenges.judging.services.outbox._remind_of", letters)],
    "work-out-rankings": [("challenges.judging.table.table_of", rankings)],
    "warn-of-erasure": [("challenges.judging.retention._warn", old_pitches)],
    "erase-old-pitches": [("challenges.judging.retention.erase", warned_pitches)],
    "remind-of-drafts": [("challenges.pitches.reminders._remind", drafts)],
    "remind-to-confirm-interests": [("challenges.interests.services._remind", officers)],
    "scan-waiting-files": [("challenges.pitches.scanning._scan", lambda: files(ScanState.WAITING))],
    "make-waiting-judges-copies": [
        ("challenges.pitches.judges_copies.make_copy", lambda: files(ScanState.CLEAN))
    ],
}
"""Task of the clock → what it does with one row, and rows that are due for it."""


def test_every_task_of_the_clock_takes_turns_or_says_why_not() -> None:
    assert TABLE.keys() | WHOLE.keys() == django_settings.CELERY_BEAT_SCHEDULE.keys()
    assert not TABLE.keys() & WHOLE.keys()


@pytest.mark.parametrize(
    ("name", "act", "rows"), [(name, *each) for name, acts in TABLE.items() for each in acts]
)
def test_a_poisoned_first_row_costs_no_other_its_turn(
    monkeypatch: pytest.MonkeyPatch, settings: Any, name: str, act: str, rows: Callable[[], Any]
) -> None:
    rows()
    settings.RELEASE_UNDO_MINUTES = 10
    tried: list[Any] = []
    done: list[Any] = []

    def poisoned(row: Any, *args: Any, **kwargs: Any) -> bool:
        tried.append(row)
        if len(tried) == 1:
            raise RuntimeError("poison")
        done.append(row)
        return True

    monkeypatch.setattr(act, poisoned)
    entry = settings.CELERY_BEAT_SCHEDULE[name]
    run = import_string(entry["task"])
    run(*entry.get("args", ()))
    assert len(done) == len(tried) - 1 >= 1
    assert Setback.objects.count() == 1
    run(*entry.get("args", ()))
    assert tried[0] not in done  # it waits
    Setback.objects.update(try_after=timezone.now())
    run(*entry.get("args", ()))
    assert tried[0] in done
    assert not Setback.objects.exists()


@pytest.mark.parametrize("name", TABLE)
def test_a_task_with_nothing_due_looks_for_what_failed_before(name: str, settings: Any) -> None:
    entry = settings.CELERY_BEAT_SCHEDULE[name]
    seal_chains()  # without one there is nothing to mail
    with CaptureQueriesContext(connection) as asked:
        import_string(entry["task"])(*entry.get("args", ()))
    assert any("activity_setback" in each["sql"] for each in asked)


# --- Those with turns of their own ---------------------------------------------------------


def waiting(address: str) -> Notification:
    long_ago = timezone.now() - timedelta(hours=1)
    return Notification.objects.create(address=address, subject="S", body="B", created_at=long_ago)


def test_mail_that_breaks_the_program_waits_behind_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bad, good = waiting("bad@example.org"), waiting("good@example.org")
    real = outbox._message

    def message(notification: Notification, connection: Any) -> EmailMessage:
        if notification.pk == bad.pk:
            raise TypeError("a fault of ours")
        return real(notification, connection)

    monkeypatch.setattr(outbox, "_message", message)
    assert outbox.sweep() == 1
    for row in (bad, good):
        row.refresh_from_db()
    assert good.mailed_at
    assert (bad.attempts, bad.claimed_at) == (1, None)
    assert bad.try_after > timezone.now()


def test_a_document_that_breaks_the_index_costs_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    firms = [OrganisationFactory() for _ in range(3)]
    OwedWrite.objects.all().delete()
    OwedWrite.objects.owe("organisation", [firm.pk for firm in firms])
    written: list[int] = []

    def index_now(kind: str, ids: Any) -> None:
        if firms[0].pk in ids:
            raise ValueError("poison")
        written.extend(ids)

    monkeypatch.setattr(search_services, "index_now", index_now)
    search_services.send_owed()
    assert sorted(written) == [firm.pk for firm in firms[1:]]
    assert [owed.object_id for owed in OwedWrite.objects.all()] == [firms[0].pk]


class Scanner:
    """Is there, and can say nothing about any file."""

    def ping(self) -> str:
        return "PONG"

    def instream(self, stored: Any) -> dict[str, tuple[str, str]]:
        return {"stream": ("ERROR", "INSTREAM size limit exceeded")}


class Away(Scanner):
    def ping(self) -> str:
        raise ConnectionRefusedError

    def instream(self, stored: Any) -> Any:
        raise ConnectionRefusedError


@pytest.mark.parametrize(("scanner", "blamed"), [(Scanner, 2), (Away, 0)])
def test_a_file_is_blamed_only_if_the_scanner_is_there(
    monkeypatch: pytest.MonkeyPatch, scanner: Any, blamed: int
) -> None:
    files(ScanState.WAITING)
    monkeypatch.setattr(scanning, "_scanner", scanner)
    assert scanning.scan(Attachment.objects.waiting()) == 0
    assert Setback.objects.count() == blamed
