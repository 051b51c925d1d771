"""`make bench-rush`: everyone saves and submits in the last minute, and some too late.

On PostgreSQL, Redis, gunicorn with two workers, a Celery worker and a mail server; three times:
with all there, with Redis silent, and with the mail server silent (ARGS=--without=redis plays one).
Prints throughput and times, and checks that nothing that was acknowledged is lost, that nothing
late was accepted, that no page failed, that every receipt is what the database holds, and that
each receipt has come by mail once the part is back. Exits 1 where one of them does not hold.
"""

import argparse
import random
import signal
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from tests.chaos.links import SILENT
from tests.chaos.parts import Parts, prepare
from tests.load.crowd import Applicant, Server, build, play, say

SAVES = 3
EDGE = 0.05
"""Seconds around the deadline in which the crowd’s clock and the site’s may differ."""

CROWD = 10.0
"""Seconds before the deadline in which most submit."""

LATE = 0.1
"""Share of applicants who submit after the deadline."""

AIM = 1.0
"""Seconds: the 95th percentile to stay under."""

SEED = 60


NOTHING = "nothing"
PASSES = (NOTHING, "redis", "mail")
"""What is silent in each pass."""

MAIL_SECONDS = 180
"""Within which the last receipt has come by mail, from when all is there."""


def main() -> int:
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("told to end"))
    parts = Parts(("redis", "mail"))
    try:
        parts.start()
        prepare(parts)
        parts.start_site()
        wanted = [options.without] if options.without else PASSES
        failed = [
            without
            for number, without in enumerate(wanted)
            if run(parts, options.applicants, options.seconds, without, number)
        ]
    finally:
        parts.stop()
    return 1 if failed else 0


def run(parts: Parts, count: int, seconds: float, without: str, number: int) -> list[str]:
    """One pass; what does not hold."""
    say(f"{count} applicants, {without} away …")
    stage, applicants = build(count, 3600, begin_at=number * count)
    link = parts.links().get(without)
    if link:
        link.set(SILENT)
    remaining = _close_in(stage, seconds + 1)
    chosen = random.Random(SEED).sample(range(count), int(count * LATE))
    late = {number * count + each for each in chosen}
    began = time.perf_counter()
    play(list(_acts(applicants, parts.site, remaining, seconds, late)), count)
    lasted = time.perf_counter() - began
    if link:
        link.set("passes")
    problems = find_problems(stage, applicants)
    waited = _wait_for_mail(parts, applicants, problems)
    _print(applicants, lasted, problems, f"{without} away; the last receipt by mail {waited}")
    return problems


def _wait_for_mail(parts: Parts, applicants: Sequence[Applicant], problems: list[str]) -> str:
    began = time.perf_counter()
    submitted = [each for each in applicants if each.digest]
    while True:
        left = [e for e in submitted if not parts.mail.taken_by(f"person{e.number}@example.org")]
        waited = time.perf_counter() - began
        if not left:
            return f"after {waited:.0f} s"
        if waited > MAIL_SECONDS:
            problems.append(f"{len(left)} receipts have not come by mail")
            return "never came"
        time.sleep(0.5)


def _close_in(stage: Any, seconds: float) -> float:
    """Move the deadline to so many seconds from now; the clock decides from then on."""
    from django.utils import timezone

    stage.closes_at = timezone.now() + timedelta(seconds=seconds)
    type(stage).objects.filter(pk=stage.pk).update(closes_at=stage.closes_at)
    return seconds


def _acts(
    applicants: Sequence[Applicant],
    server: Server,
    closes_in: float,
    seconds: float,
    late: set[int],
) -> Any:
    """Each applicant saves at odd moments of the last `seconds`, then submits."""
    chance = random.Random(SEED)
    opens = closes_in - seconds
    for each in applicants:
        is_late = each.number in late
        crowd = min(CROWD, seconds / 2)
        at = (
            closes_in + chance.uniform(0.3, 3)
            if is_late
            else closes_in
            - 1.5
            - (
                chance.uniform(0, crowd)
                if chance.random() < 0.7
                else chance.uniform(0, seconds - 3)
            )
        )
        at = max(at, opens + 1)
        moments = sorted(chance.uniform(opens, at - 0.5) for _ in range(SAVES))
        yield moments[0], _in_turn(each, server, moments, at)


def _in_turn(
    each: Applicant, server: Server, moments: list[float], at: float
) -> Callable[[], None]:
    """One applicant’s acts, one after the other: a person waits for the reply."""
    first = moments[0]

    def act() -> None:
        began = time.monotonic() - first
        for save, moment in enumerate(moments, start=1):
            time.sleep(max(0.0, began + moment - time.monotonic()))
            each.autosave(server, save)
        time.sleep(max(0.0, began + at - time.monotonic()))
        each.submit(server)

    return act


def find_problems(stage: Any, applicants: Sequence[Applicant]) -> list[str]:
    """What does not hold, as sentences."""
    from challenges.pitches.models import Entry, EntryState
    from marketplace.activity.chain import sha256

    entries = Entry.objects.filter(stage=stage).prefetch_related("submissions", "answers")
    by_reference = {e.pitch.reference: e for e in entries.select_related("pitch")}
    problems = []
    for each in applicants:
        entry = by_reference[each.reference]
        held = {answer.question_id: answer.value for answer in entry.answers.all()}
        submissions = list(entry.submissions.all())
        told = each.told
        if told and [held.get(pk) for pk in each.questions] != [told["text"], told["money"]]:
            problems.append(f"applicant {each.number}: a saved text is lost")
        if any(reply.status >= 500 or not reply.status for _, reply in each.replies):
            problems.append(f"applicant {each.number}: a page failed")
        for submission in submissions:
            if submission.at >= stage.closes_at:
                problems.append(f"applicant {each.number}: accepted after the deadline")
            if sha256(submission.content) != submission.digest:
                problems.append(f"applicant {each.number}: digest and content differ")
        if each.digest and each.digest not in [s.digest for s in submissions]:
            problems.append(f"applicant {each.number}: the receipt is not in the database")
        if each.digest and entry.state != EntryState.SUBMITTED:
            problems.append(f"applicant {each.number}: has a receipt and is not submitted")
        early = stage.closes_at.timestamp() - each.pressed_at
        if early > EDGE and not each.digest:
            problems.append(f"applicant {each.number}: was in time and has no receipt")
        if early < -EDGE and submissions:
            problems.append(f"applicant {each.number}: was late and is submitted")
    return problems


def _print(
    applicants: Sequence[Applicant], lasted: float, problems: list[str], heading: str
) -> None:
    replies = [(name, reply) for each in applicants for name, reply in each.replies]
    print(f"\n{heading}", end="")
    print(f"\n{len(replies)} requests in {lasted:.1f} s: {len(replies) / lasted:.0f} a second")
    print(f"{'request':<14}{'count':>7}{'median s':>10}{'p95 s':>8}{'most s':>8}")
    for kind in sorted({name for name, _ in replies}):
        times = [reply.seconds for name, reply in replies if name == kind]
        p95 = statistics.quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
        over = "  over the aim" if p95 > AIM else ""
        row = f"{statistics.median(times):>10.3f}{p95:>8.3f}{max(times):>8.3f}"
        print(f"{kind:<14}{len(times):>7}{row}{over}")
    statuses = Counter(reply.status for _, reply in replies)
    print("answers:", ", ".join(f"{n} × {status}" for status, n in sorted(statuses.items())))
    print(f"receipts: {sum(bool(each.digest) for each in applicants)} of {len(applicants)}")
    print("\n".join(problems) or "nothing lost, nothing late accepted, every receipt holds")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--applicants", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--without", choices=PASSES, help="play this pass alone")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
