"""Who wrote what: the versions of each field, and how two people's saves fit together.

A save says which version of the pitch it was made from. A field that nobody changed since is
simply saved. For one that somebody did, what it said then tells whether this person touched it
at all: if not, the newer text stays; if so, the two really differ, and a person must choose.
"""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import CharField, Exists, OuterRef, Prefetch, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from challenges.pitches.content import HEADINGS
from challenges.pitches.models import Answer, AnswerVersion, Entry, EntryQuerySet
from marketplace.accounts.models import User

ONE_SITTING = timedelta(minutes=5)
"""What one person types within this is one version."""


def name_of(key: int | str) -> str:
    """A field's name in forms: "title", "summary" or "q12"."""
    return key if isinstance(key, str) else f"q{key}"


def keep_versions(
    entry: Entry,
    changed: Mapping[int | str, Any],
    actor: User,
    before: Mapping[str, Any],
    *,
    sitting: bool = True,
) -> None:
    """Note what a save changed; `entry.version` is the version that it leads to.

    Args:
        before: field name → what it said until now, for fields that have no version yet.
        sitting: go on with the version that this person began within `ONE_SITTING`.
    """
    now = timezone.now()
    since = now - ONE_SITTING if sitting else now
    latest = latest_versions(entry, map(name_of, changed))
    new = []
    for key, value in changed.items():
        name = name_of(key)
        last = latest.get(name)
        if last and last.by_id == actor.pk and last.began_at > since:
            last.value, last.at, last.last_save = value, now, entry.version
            last.save(update_fields=["value", "at", "last_save"])
            continue
        if last is None and before.get(name):
            new.append(_version(entry, name, before[name], None, entry.version - 1))
        new.append(_version(entry, name, value, actor, entry.version))
    AnswerVersion.objects.bulk_create(new)


def _version(entry: Entry, name: str, value: Any, actor: User | None, save: int) -> AnswerVersion:
    return AnswerVersion(
        entry=entry, name=name, value=value, by=actor, first_save=save, last_save=save
    )


def latest_versions(entry: Entry, names: Iterable[str]) -> dict[str, AnswerVersion]:
    """Field name → its latest version, for those that have one."""
    rows = AnswerVersion.objects.filter(entry=entry, name__in=list(names)).order_by("last_save")
    return {row.name: row for row in rows}


def part_changes(
    entry: Entry, changed: dict[int | str, Any], since: int
) -> tuple[dict[int | str, Any], bool]:
    """What of `changed` this person really changed, and whether two have changed one field.

    Args:
        since: the version of the pitch that the person's copy was loaded from.
    """
    names = [name_of(key) for key in changed]
    rows = AnswerVersion.objects.filter(entry=entry, name__in=names).order_by("last_save")
    newer: set[str] = set()
    then: dict[str, Any] = {}
    for row in rows:
        if row.last_save > since:
            newer.add(row.name)
        if row.first_save <= since:
            then[row.name] = row.value
    own, twice = {}, False
    for key, value in changed.items():
        name = name_of(key)
        if name in newer and value == then.get(name, _empty(value)):
            continue
        own[key] = value
        twice = twice or name in newer
    return own, twice


def _empty(value: Any) -> Any:
    return [] if isinstance(value, list) else ""


def changed_by_others(entry: Entry, since: int, person: User) -> list[AnswerVersion]:
    """The latest version of each field that somebody else saved after version `since`."""
    rows = (
        AnswerVersion.objects.filter(entry=entry, last_save__gt=since)
        .select_related("by")
        .order_by("last_save")
    )
    latest = {row.name: row for row in rows}
    return [row for row in latest.values() if row.by_id != person.pk]


@dataclass(frozen=True)
class Run:
    """A run of words that stayed (""), came ("ins") or went ("del")."""

    text: str
    mark: str = ""


def word_differences(before: str, after: str) -> list[Run]:
    """What changed between two texts, word by word, line ends kept."""
    old, new = before.split(" "), after.split(" ")
    found: list[Run] = []
    for kind, i, j, k, m in difflib.SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(Run(" ".join(old[i:j])))
            continue
        if j > i:
            found.append(Run(" ".join(old[i:j]), "del"))
        if m > k:
            found.append(Run(" ".join(new[k:m]), "ins"))
    return found


def with_history(entries: EntryQuerySet) -> EntryQuerySet:
    """Marks which headings have versions, so that `fields_with_history` asks for nothing."""
    return entries.annotate(
        **{
            f"{name}_has_history": Exists(
                AnswerVersion.objects.filter(entry=OuterRef("pk"), name=name)
            )
            for name in HEADINGS
        }
    )


def answers_with_history() -> Prefetch:
    """The answers of entries, each with whether a version of it is kept."""
    name = Concat(Value("q"), Cast(OuterRef("question_id"), CharField()))
    versions = AnswerVersion.objects.filter(entry=OuterRef("entry_id"), name=name)
    return Prefetch("answers", Answer.objects.annotate(has_history=Exists(versions)))


def fields_with_history(entry: Entry) -> set[str]:
    """Names of the fields of which a version is kept.

    Args:
        entry: read through `with_history`, with `answers_with_history` fetched.
    """
    headings = {name for name in HEADINGS if getattr(entry, f"{name}_has_history")}
    answers: Any = entry.answers.all()
    return headings | {name_of(each.question_id) for each in answers if each.has_history}
