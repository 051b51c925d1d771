"""`make bench-kill`: the web process is killed in the middle of submissions with files.

On PostgreSQL and gunicorn, which is killed as a power cut would. After a restart each pitch
must be whole: submitted with its file, or a draft with every answer that was acknowledged.
Exits 1 where that does not hold.
"""

import argparse
import random
import tempfile
import threading
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.load.crowd import Applicant, Server, build, play, prepared, say
from tests.pitches import samples

POOL = 16
SEED = 9


def main() -> int:
    options = _options()
    with tempfile.TemporaryDirectory() as folder, prepared(Path(folder)):
        return run(options.applicants)


def run(count: int) -> int:
    from challenges.pitches import orphans

    stage, applicants = build(count, 3600, with_file=True)
    question = stage.questions.get(kind="file").pk
    server = Server()
    server.start()
    acts = [(0.0, _whole(each, server, question)) for each in applicants]
    killer = threading.Thread(target=_kill_in_the_middle, args=(server, applicants))
    killer.start()
    try:
        play(acts, POOL)
        killer.join()
        interrupted = sum(not each.digest for each in applicants)
        say(f"killed; {interrupted} of {count} had no receipt yet")
        server.start()
        problems = find_problems(stage, applicants)
        cleared = orphans.clear(timedelta(seconds=-1))
        problems += [f"{len(orphans.missing())} files are lost"] if orphans.missing() else []
        problems += ["orphan files are left"] if orphans.clear(timedelta(seconds=-1)) else []
        play([(0.0, _whole(e, server, question)) for e in applicants if not e.digest], POOL)
        problems += [f"applicant {e.number}: can’t go on" for e in applicants if not e.digest]
        problems += find_problems(stage, applicants)
    finally:
        server.stop()
    print(f"{interrupted} interrupted, {len(cleared)} orphan files cleared")
    print("\n".join(problems) or "every pitch whole, no file lost, all could go on")
    if not 0 < interrupted < count:
        print("the server was not killed in the middle: try again")
        return 1
    return 1 if problems else 0


def _kill_in_the_middle(server: Server, applicants: Sequence[Applicant]) -> None:
    while sum(bool(each.digest) for each in applicants) < len(applicants) // 3:
        time.sleep(0.01)
    server.kill()


def _whole(each: Applicant, server: Server, question: int) -> Any:
    """Save, attach a file, submit; on from where it stopped if it is tried again."""
    content = samples.PDF + random.Random(SEED + each.number).randbytes(50_000)

    def act() -> None:
        _catch_up(each, server)
        each.autosave(server, 1)
        each.attach(server, question, f"plan {each.number}.pdf", content)
        each.submit(server)

    return act


def _catch_up(each: Applicant, server: Server) -> None:
    """The version that the page shows now, as a person who opens it again has."""
    from challenges.pitches.models import Entry

    each.version = Entry.objects.values_list("version", flat=True).get(
        pitch__reference=each.reference
    )


def find_problems(stage: Any, applicants: Sequence[Applicant]) -> list[str]:
    from challenges.pitches.content import attachments_in
    from challenges.pitches.models import Attachment, Entry, EntryState
    from marketplace.activity.chain import sha256

    problems = []
    for each in applicants:
        entry = Entry.objects.get(pitch__reference=each.reference)
        held = dict(entry.answers.values_list("question_id", "value"))
        if each.told and held.get(each.questions[0]) != each.told["text"]:
            problems.append(f"applicant {each.number}: an acknowledged answer is lost")
        if "file" in each.told and not entry.attachments.filter(name=each.told["file"]).exists():
            problems.append(f"applicant {each.number}: an acknowledged file is lost")
        latest = entry.submissions.last()
        if (entry.state == EntryState.SUBMITTED) != (latest is not None):
            problems.append(f"applicant {each.number}: neither whole nor a draft")
        if each.digest and (latest is None or latest.digest != each.digest):
            problems.append(f"applicant {each.number}: the receipt is not in the database")
        if latest:
            named = Attachment.objects.filter(pk__in=attachments_in(latest.content))
            if not all(file.file.storage.exists(file.file.name) for file in named):
                problems.append(f"applicant {each.number}: a submitted file is lost")
            if sha256(latest.content) != latest.digest:
                problems.append(f"applicant {each.number}: digest and content differ")
    return problems


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--applicants", type=int, default=100)
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
