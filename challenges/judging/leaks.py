"""Where a pitch that is judged without names says who it is from.

A warning for the officer before the panel reads, not a judgement: firms name themselves by habit,
in a sentence, in the name of a file, or in what their word processor wrote into it.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from challenges.calls.models import QuestionKind, Stage
from challenges.judging.reading import is_for_judges
from challenges.pitches.judges_copies import kept_back
from challenges.pitches.models import Attachment, Entry, Submission
from challenges.pitches.parts import partners_in
from marketplace.names import (
    fold,
    fold_organisation,
    fold_text,
    host_of,
    is_telling,
    names_in,
    organisation_key,
    registrable,
)
from startups.company_numbers import WELL_FORMED, written
from startups.models import Membership, Organisation

TAG = re.compile(r"<[^>]*>")
CANNOT_BE_CLEANED = "its author’s data can’t be taken out, so judges don’t open it"

MOST_METADATA = 100_000
"""Bytes of a document's own description; more is no description."""


@dataclass(frozen=True)
class Leak:
    """`what` (a name, a host, a company number) stands in `place` ("Title", "What would you do?",
    "plans.pdf, its name", "plans.pdf, written into it").

    Where `file` is an attachment's id, it may tell: what its program wrote into it can't be taken
    out, so judges don't open it until an officer has looked."""

    place: str
    what: str
    file: int | None = None


@dataclass(frozen=True)
class Marks:
    """What would tell who an applicant is, in the words of the register."""

    words: tuple[str, ...]

    @cached_property
    def folded(self) -> dict[str, str]:
        """What to look for → the word to name."""
        ways = (fold, fold_organisation, organisation_key)
        return {way(word): word for word in self.words for way in ways}

    @cached_property
    def numbers(self) -> dict[re.Pattern[str], str]:
        """How a company number may be written → the number."""
        return {written(word): word for word in self.words if re.match(WELL_FORMED, word)}

    def within(self, text: str) -> list[str]:
        folded = fold_text(text)
        found = [self.folded[form] for form in names_in(folded, self.folded)]
        found += [number for way, number in self.numbers.items() if way.search(folded)]
        return list(dict.fromkeys(found))


def marks_of(entries: Iterable[Entry]) -> dict[int, Marks]:
    """Pitch id → what tells who it is from: names of organisations and people, hosts, company
    numbers. Three queries for any number of pitches."""
    entries = list(entries)
    owners = {entry.pitch_id: {entry.pitch.organisation_id} for entry in entries}
    for pitch, organisation, _, _ in partners_in(owners):
        owners[pitch].add(organisation)
    wanted = set().union(*owners.values()) if owners else set()
    words: dict[int, set[str]] = {pk: set() for pk in wanted}
    for one in Organisation.objects.filter(pk__in=wanted):
        host = (urlsplit(one.website).hostname or "").removeprefix("www.")
        words[one.pk] |= {_without_ending(one.name), one.company_number, host, registrable(host)}
    people = Membership.objects.filter(organisation__in=wanted)
    for organisation, name, email in people.values_list(
        "organisation", "user__name", "user__email"
    ):
        words[organisation] |= {name, registrable(host_of(email))}
    return {
        pitch: Marks(tuple(sorted({w for pk in own for w in words[pk] if is_telling(fold(w))})))
        for pitch, own in owners.items()
    }


def leaks_in_text(content: dict[str, Any], marks: Marks) -> Iterator[Leak]:
    """In what a blind panel reads of a submission, names of files included."""
    for place, text in (("Title", content["title"]), ("Summary", content["summary"])):
        yield from (Leak(place, word) for word in marks.within(text))
    for answer in content["answers"]:
        if not is_for_judges(answer, blind=True):
            continue
        value = answer["value"]
        if answer["kind"] != QuestionKind.FILE:
            yield from (Leak(answer["label"], word) for word in marks.within(answer["text"]))
        elif value:
            stem = re.sub(r"[-_.]+", " ", value["name"])
            yield from (Leak(f"{value['name']}, its name", word) for word in marks.within(stem))


def leaks_in_files(submission: Submission, marks: Marks) -> Iterator[Leak]:
    """In what programs wrote into the files that a blind panel may open: author, firm, title.

    A file that judges get a copy of without all that tells nothing.
    """
    opened = Attachment.objects.filter(pk__in=files_for_judges(submission.content))
    for attachment in opened.exclude(judges_copy__file__gt="").order_by("pk"):
        try:
            with attachment.file.open("rb") as file:
                written = " ".join(_metadata(file))
        except (OSError, ValueError, PyPdfError, zipfile.BadZipFile):
            continue  # a file that can't be read says nothing here; judges see that it is odd
        for word in marks.within(written):
            yield Leak(f"{attachment.name}, written into it", word)


def files_for_judges(content: dict[str, Any]) -> list[int]:
    """Ids of the files that a blind panel may open."""
    return [
        answer["value"]["attachment"]
        for answer in content["answers"]
        if answer["kind"] == QuestionKind.FILE and answer["value"] and is_for_judges(answer, True)
    ]


def leaks_kept_back(contents: dict[int, dict[str, Any]]) -> dict[int, list[Leak]]:
    """Entry → the files of its submission that judges don't open; one query, or none."""
    owners = {pk: entry for entry, content in contents.items() for pk in files_for_judges(content)}
    found: dict[int, list[Leak]] = {}
    for file in kept_back(owners) if owners else ():
        found.setdefault(owners[file.pk], []).append(Leak(file.name, CANNOT_BE_CLEANED, file.pk))
    return found


def let_through(submission: Submission) -> list[Attachment]:
    """Files that could not be cleaned and that an officer lets judges open as they are."""
    files = Attachment.objects.filter(pk__in=files_for_judges(submission.content))
    return list(files.exclude(judges_copy__let_through_at=None).order_by("pk"))


def _metadata(file: Any) -> Iterator[str]:
    start = file.read(4)
    file.seek(0)
    if start == b"%PDF":
        yield from (str(value) for value in (PdfReader(file).metadata or {}).values())
    elif start == b"PK\x03\x04":
        with zipfile.ZipFile(file) as archive:
            for info in archive.infolist():
                is_description = info.filename in ("docProps/core.xml", "docProps/app.xml")
                if (is_description or info.filename == "meta.xml") and (
                    info.file_size < MOST_METADATA
                ):
                    yield _texts(archive.read(info))


def _texts(content: bytes) -> str:
    """What stands between the tags; nothing is parsed, so nothing can swell."""
    return unescape(TAG.sub(" ", content.decode("utf-8", "replace")))


def leaks_of(entry: Entry, submission: Submission) -> list[Leak]:
    """All that a blind panel could learn of who wrote one pitch."""
    marks = marks_of([entry])[entry.pitch_id]
    kept = leaks_kept_back({entry.pk: submission.content}).get(entry.pk, [])
    return [*leaks_in_text(submission.content, marks), *leaks_in_files(submission, marks), *kept]


def leaks_by_entry(stage: Stage) -> list[tuple[Entry, list[Leak]]]:
    """The pitches of a blind stage whose text, names of files or files that can't be cleaned tell
    who they are from.

    Files are not opened here: a pitch's own page does that.
    """
    entries = {
        entry.pk: entry
        for entry in stage.entries.in_competition().select_related("pitch__organisation")
    }
    marks = marks_of(entries.values())
    latest: dict[int, dict[str, Any]] = {}
    rows = Submission.objects.filter(entry__in=list(entries)).order_by("entry", "number")
    for pk, content in rows.values_list("entry", "content").iterator(chunk_size=200):
        latest[pk] = content
    kept = leaks_kept_back(latest)
    found = [
        (
            entries[pk],
            [*leaks_in_text(content, marks[entries[pk].pitch_id]), *kept.get(pk, [])],
        )
        for pk, content in latest.items()
    ]
    return [(entry, leaks) for entry, leaks in found if leaks]


def _without_ending(name: str) -> str:
    """A name as it is written, less “Ltd” and the like: what people call the firm in a text."""
    words = name.split()
    core = fold_organisation(name)
    while len(words) > 1 and fold_organisation(" ".join(words[:-1])) == core:
        words.pop()
    return " ".join(words)
