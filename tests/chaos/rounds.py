"""One round: a fault is made while people rush, mended, and everything has to come right."""

import random
import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from bs4 import BeautifulSoup

from tests.asking import Answer
from tests.chaos.faults import EVERYTHING, FILES, NOTHING, Fault
from tests.chaos.parts import Parts
from tests.load.crowd import CSRF, Applicant, Server, build
from tests.pitches import samples

CREW = 8
"""Applicants of each round; two of them attach a file."""

LASTS = 3.5
"""Seconds for which a fault lasts, while people go on."""

PATIENCE = 60.0
"""Seconds for which a person tries again what was refused for the moment."""

SLOWEST = 10.0
"""Seconds that no page may take; on a busy machine, `BUSIER` times the slowest of a round
without a fault."""

BUSIER = 3

CATCHES_UP = 90.0
FORM = "application/x-www-form-urlencoded"


@dataclass
class World:
    """What people work on: an open stage with a file question, and applicants not used yet."""

    stage: Any
    closed: Applicant
    spare: list[Applicant]
    number: int = 0
    slowest: float = SLOWEST

    @property
    def file_question(self) -> int:
        return self.stage.questions.get(kind="file").pk


def make_world(rounds: int) -> World:
    stage, applicants = build(rounds * CREW, 6 * 3600, with_file=True)
    shut, [late] = build(1, 3600, begin_at=len(applicants))
    from django.utils import timezone

    past = timezone.now() - timezone.timedelta(hours=1)
    type(shut).objects.filter(pk=shut.pk).update(closes_at=past)
    return World(stage, late, applicants)


@dataclass
class Round:
    """What one round saw; `problems` are sentences, empty if all held."""

    faults: list[Fault]
    replies: list[tuple[str, Answer]] = field(default_factory=list)
    crew: list[Applicant] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    caught_up: float = 0.0

    @property
    def name(self) -> str:
        return "+".join(fault.name for fault in self.faults)

    @property
    def served(self) -> int:
        return sum(200 <= reply.status < 400 for _, reply in self.replies)

    @property
    def put_off(self) -> int:
        """How often a person was told to try again, or found nobody there."""
        return sum(reply.status in (0, 503) for _, reply in self.replies)

    @property
    def slowest(self) -> float:
        return max((reply.seconds for _, reply in self.replies), default=0.0)

    @property
    def kept(self) -> int:
        return sum(bool(each.digest) for each in self.crew)


def play(parts: Parts, world: World, faults: Sequence[Fault]) -> Round:
    world.number += 1
    found = Round(list(faults), crew=[world.spare.pop() for _ in range(CREW)])
    crowd = Crowd(parts, world, found)
    twice_before = parts.mail.twice()
    crowd.start()
    time.sleep(0.3)
    lasting = [fault for fault in faults if not fault.brief]
    for fault in faults:
        fault.make(parts)
    time.sleep(LASTS)
    if all(fault.readiness for fault in faults):
        _check_alive(parts, found)
    for fault in reversed(lasting):
        fault.mend(parts)
    mended = time.monotonic()
    crowd.end()
    close_connection()  # the database may have been restarted since it was opened
    _wait_until_caught_up(parts, found)
    found.caught_up = time.monotonic() - mended
    _verify(parts, world, crowd, found)
    if parts.mail.twice() > twice_before and not any(fault.twice for fault in faults):
        found.problems.append(f"{parts.mail.twice() - twice_before} mails came twice")
    return found


def _check_alive(parts: Parts, found: Round) -> None:
    for path in ("/healthz", "/readyz"):
        reply = parts.site.ask("GET", path, "")
        if reply.status != 200 and EVERYTHING not in [fault.pages for fault in found.faults]:
            found.problems.append(f"{path} said {reply.status}: {reply.text[:80]}")


class Crowd:
    """Applicants, visitors, somebody who signs up, and a start-up that changes its page."""

    def __init__(self, parts: Parts, world: World, found: Round) -> None:
        self.parts, self.world, self.found = parts, world, found
        self.site: Server = parts.site
        self.chance = random.Random(world.number)
        self.newcomer = f"new{world.number}@example.org"
        self.words = f"zircon{world.number}x"
        self.over = threading.Event()
        self.threads: list[threading.Thread] = []
        self.unfinished: list[str] = []
        bounces = f"bounces{world.number}@example.org"
        self.bouncing = bounces

    def start(self) -> None:
        firm = self.found.crew[0]
        acts: list[Callable[[], None]] = [
            *(self._applicant(each, at) for at, each in enumerate(self.found.crew)),
            *(self._visitor(number) for number in range(2)),
            lambda: self._sign_up(self.newcomer),
            lambda: self._sign_up(self.bouncing),
            lambda: self._change_profile(firm),
        ]
        self.threads = [threading.Thread(target=act, daemon=True) for act in acts]
        for thread in self.threads:
            thread.start()

    def end(self) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join(PATIENCE + 30)
        if any(thread.is_alive() for thread in self.threads):
            self.found.problems.append("somebody waits for ever")
        self.found.problems += self.unfinished

    # --- what each does -------------------------------------------------------------

    def _applicant(self, each: Applicant, place: int) -> Callable[[], None]:
        wait = self.chance.uniform(0, LASTS * 0.8)

        def act() -> None:
            time.sleep(wait)
            self._persist(f"applicant {each.number} saves", each, lambda: self._save(each, 1))
            if place < 2:
                self._persist(f"applicant {each.number} attaches", each, lambda: self._attach(each))
            self._persist(f"applicant {each.number} saves", each, lambda: self._save(each, 2))
            self._persist(f"applicant {each.number} submits", each, lambda: self._submit(each))
            self.found.replies += each.replies

        return act

    def _persist(self, what: str, each: Applicant, act: Callable[[], bool]) -> None:
        """As a person does: again, on the page as it is now, until it is done."""
        until = time.monotonic() + PATIENCE
        while not act():
            if time.monotonic() > until:
                self.unfinished.append(f"{what}: never done: {each.replies[-1][1]!r:.200}")
                return
            time.sleep(0.5)
            catch_up(each)

    def _save(self, each: Applicant, number: int) -> bool:
        each.autosave(self.site, number)
        return each.replies[-1][1].status == 200

    def _attach(self, each: Applicant) -> bool:
        content = samples.PDF + random.Random(each.number).randbytes(20_000)
        each.attach(self.site, self.world.file_question, f"plan {each.number}.pdf", content)
        return "file" in each.told

    def _submit(self, each: Applicant) -> bool:
        each.submit(self.site)
        return bool(each.digest)

    def _visitor(self, number: int) -> Callable[[], None]:
        person = self.found.crew[number].session
        pitch = self.found.crew[number].reference
        pages = [*((path, "") for path in PUBLIC), *((path, person) for path in SIGNED_IN)]
        pages.append((f"/pitches/{pitch}/", person))

        def act() -> None:
            self.chance.shuffle(pages)
            while not self.over.is_set():
                for path, session in pages:
                    if self.over.is_set():
                        return
                    self._get(path, session)
                    time.sleep(0.02)

        return act

    def _get(self, path: str, session: str) -> Answer:
        reply = self.site.ask("GET", path, session)
        self.found.replies.append((path, reply))
        return reply

    def _post(self, path: str, session: str, fields: dict[str, str]) -> Answer:
        body = urlencode({**fields, "csrfmiddlewaretoken": CSRF}).encode()
        reply = self.site.ask("POST", path, session, body, FORM)
        self.found.replies.append((path, reply))
        return reply

    def _sign_up(self, address: str) -> None:
        until = time.monotonic() + PATIENCE
        time.sleep(LASTS / 3)
        fields = {"name": "New Person", "email": address, "password1": "Quite-long-9-words"}
        while time.monotonic() < until:
            reply = self._post("/accounts/signup/", "", fields)
            if reply.status == 302:
                return
            time.sleep(1)
        self.unfinished.append(f"{address} could not sign up: {reply!r:.200}")

    def _change_profile(self, firm: Applicant) -> None:
        """Through the form as the page gives it, with new words for the search to find."""
        from challenges.pitches.models import Pitch

        until = time.monotonic() + PATIENCE
        time.sleep(LASTS / 4)
        slug = ""
        while time.monotonic() < until:
            try:
                slug = slug or Pitch.objects.values_list("organisation__slug", flat=True).get(
                    reference=firm.reference
                )
                page = self._get(f"/organisations/{slug}/edit/", firm.session)
                if page.status == 200:
                    said = {"summary": f"We measure {self.words}.", "place_name": "Dudley"}
                    fields = filled(page.text) | said | {"is_public": "yes"}
                    reply = self._post(f"/organisations/{slug}/edit/", firm.session, fields)
                    if reply.status == 302:
                        return
            except Exception as error:
                if not is_database_away(error):
                    raise
                close_connection()
            time.sleep(0.7)
        self.unfinished.append("a profile could not be changed")


PUBLIC = ("/", "/search/?q=sensors", "/organisations/", "/accounts/login/", "/pitches/receipts/")
SIGNED_IN = ("/dashboard/", "/notifications/")


def filled(page: str) -> dict[str, str]:
    """The fields of the page's longest form, as a browser would send them."""
    forms = BeautifulSoup(page, "html.parser").select("form[method=post]")
    form = max(forms, key=lambda each: len(each.select("input, textarea, select")))
    found = {}
    for each in form.select("input[name], textarea[name], select[name]"):
        kind, name = str(each.get("type", "")), str(each["name"])
        if kind in ("checkbox", "radio") and not each.has_attr("checked"):
            continue
        if kind in ("file", "submit", "button"):
            continue
        if each.name == "textarea":
            found[name] = each.text.removeprefix("\n")
        elif each.name == "select":
            chosen = [str(one.get("value", "")) for one in each.select("option[selected]")]
            others = [str(one.get("value", "")) for one in each.select("option")]
            found[name] = next(filter(None, chosen), others[-1] if others else "")
        else:
            found[name] = str(each.get("value", ""))
    return found


def catch_up(each: Applicant) -> None:
    """The version that the page shows now; left for later while the database is away."""
    from challenges.pitches.models import Entry

    try:
        each.version = Entry.objects.values_list("version", flat=True).get(
            pitch__reference=each.reference
        )
    except Exception as error:
        if not is_database_away(error):
            raise
        close_connection()


def is_database_away(error: BaseException) -> bool:
    from django.db import InterfaceError, OperationalError

    return isinstance(error, OperationalError | InterfaceError)


def close_connection() -> None:
    from django.db import connection

    connection.close()


# --- what must be so afterwards -----------------------------------------------------


def _wait_until_caught_up(parts: Parts, found: Round) -> None:
    until = time.monotonic() + CATCHES_UP
    while left := _left(parts):
        if time.monotonic() > until:
            found.problems.append(f"not caught up: {', '.join(left)}")
            return
        time.sleep(0.25)


def _left(parts: Parts) -> list[str]:
    """What is not done yet, as words."""
    from challenges.pitches.models import Attachment
    from marketplace.activity.models import Notification
    from marketplace.outages.models import OwedTask
    from search.models import OwedWrite
    from search.services import differences

    counts = {
        "mails": Notification.objects.unsent().count(),
        "owed tasks": OwedTask.objects.count(),
        "index writes": OwedWrite.objects.count(),
        "scans": Attachment.objects.waiting().count() if parts.scanner_link else 0,
    }
    if left := [f"{number} {name}" for name, number in counts.items() if number]:
        return left
    ready = parts.site.ask("GET", "/readyz", "")
    if ready.status != 200 or '"away": []' not in ready.text:
        return [f"/readyz says {ready.status} {ready.text[:100]}"]
    try:
        return [f"the index differs: {each.kind}" for each in differences()]
    except Exception as error:
        return [f"the index does not answer: {type(error).__name__}"]


def _verify(parts: Parts, world: World, crowd: Crowd, found: Round) -> None:
    from marketplace.accounts.models import User
    from marketplace.activity.models import Chain, Notification
    from marketplace.activity.services import find_break
    from tests.load.kill import find_problems

    found.problems += find_problems(world.stage, found.crew)
    for each in found.crew:
        if not each.digest:
            found.problems.append(f"applicant {each.number} has no receipt")
        if not parts.mail.taken_by(f"person{each.number}@example.org"):
            found.problems.append(f"applicant {each.number} got no receipt by mail")
    if not User.objects.filter(email=crowd.newcomer).exists():
        found.problems.append("a sign-up is lost")
    if not parts.mail.taken_by(crowd.newcomer):
        found.problems.append("a newcomer got no code")
    has_arrived = parts.mail.taken_by(crowd.bouncing)
    if not has_arrived and not Notification.objects.filter(
        address=crowd.bouncing, refused_at__isnull=False
    ):
        found.problems.append("a mail that bounced is not noted")
    if not _is_found(crowd.words):
        found.problems.append("a change is not found by search")
    for chain in Chain.objects.order_by("-pk")[: CREW * 4]:
        if find_break(chain) is not None:
            found.problems.append(f"the record {chain.key} is broken")
    if found.name == "none":
        world.slowest = max(SLOWEST, BUSIER * found.slowest)
    found.problems += _failures(found, world.slowest)
    late = world.closed
    late.replies.clear()
    late.submit(parts.site)
    if late.digest:
        found.problems.append("a pitch was taken after its deadline")


def _is_found(words: str) -> bool:
    from search import get_backend
    from search.port import Query

    return get_backend().search(Query(words)).total == 1


def _failures(found: Round, slowest: float) -> list[str]:
    """Pages that failed and were not allowed to, each kind once."""
    may = frozenset().union(*(fault.pages for fault in found.faults)) or NOTHING
    bad: dict[str, int] = {}
    for name, reply in found.replies:
        page = re.sub(r"/[A-Z0-9-]{6,}/", "/…/", name)
        if reply.status >= 500 and reply.status != 503:
            bad[f"{page}: {reply.status}"] = bad.get(f"{page}: {reply.status}", 0) + 1
        elif reply.status in (0, 503) and not (may == EVERYTHING or "everything" in may):
            if page == "attach" and may >= FILES:
                continue
            bad[f"{page}: {reply.status}"] = bad.get(f"{page}: {reply.status}", 0) + 1
        elif reply.seconds > slowest and "everything" not in may:
            bad[f"{page}: {reply.seconds:.0f} s"] = 1
    return [f"{what} ({number} times)" for what, number in sorted(bad.items())]
