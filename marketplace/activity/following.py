"""Following things, and telling the news of them: at once, or in a digest.

Any floor announces with `announce`; it may do so as often as it likes, as each person is told
each piece of news once. `docs/extending.md` shows how.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby, islice
from typing import Any

from django.core import signing
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone

from marketplace.activity.models import Follow, NewsLine, Notification, Pace
from marketplace.activity.site import on_site
from marketplace.activity.sweeping import take_turns
from marketplace.text import one_line

SALT = "news"
BATCH = 500
LONGEST = {
    field.name: field.max_length or 0
    for field in NewsLine._meta.concrete_fields
    if field.name in ("key", "text", "path", "reason")
}
Told = tuple[Follow, str, str]
"""Whose follow it is, what they are told, and why."""

PERIODS = {Pace.DAILY: "today", Pace.WEEKLY: "this week"}


@transaction.atomic
def follow(*, person: Any, thing: models.Model, pace: str = Pace.DAILY) -> Follow:
    """Begin to follow a thing, or change the pace."""
    found, is_new = Follow.objects.get_or_create(
        person=person,
        thing_type=thing._meta.label_lower,
        thing_id=str(thing.pk),
        defaults={"pace": Pace(pace), "name": str(thing)[:255]},
    )
    return found if is_new else change_pace(found, pace)


@transaction.atomic
def change_pace(one: Follow, pace: str) -> Follow:
    """Another pace, for the news that waits too."""
    one.pace = Pace(pace)
    one.save(update_fields=["pace"])
    waiting = NewsLine.objects.filter(follow=one, told_at=None)
    waiting.update(pace=one.pace)
    _send_waiting(waiting)
    return one


@transaction.atomic
def stop_following(one: Follow) -> None:
    """No news of it from now on, what waits included."""
    NewsLine.objects.filter(follow=one, told_at=None).update(told_at=timezone.now())
    one.delete()


def unfollow(*, person: Any, thing: models.Model) -> None:
    for one in Follow.objects.of_things([thing]).filter(person=person):
        stop_following(one)


def announce(
    things: Iterable[models.Model], *, key: str, text: str, path: str, at: datetime | None = None
) -> int:
    """Tell everyone who follows any of these things; how many are told something new.

    Somebody who follows two of them hears it once, at the sooner of the two paces.

    Args:
        key: names the news for ever ("opened:call:12"), so that nobody hears it twice.
        text: one sentence; `path` is the page that it is about.
        at: when it happened, if not now: who began to follow after that knows it already.
    """
    follows = Follow.objects.of_things(things).filter(since__lte=at or timezone.now())
    rows = follows.soonest_first().iterator(chunk_size=BATCH)
    firsts = (next(own) for _, own in groupby(rows, key=lambda one: one.person_id))
    return announce_each(
        ((one, text, f"you follow {one.name}") for one in firsts), key=key, path=path
    )


def announce_each(told: Iterable[Told], *, key: str, path: str) -> int:
    """Tell each of these followers, once, in words of their own; how many hear something new.

    Args:
        told: one for each person.
    """
    return sum(
        _leave_news(
            [
                NewsLine(
                    person_id=one.person_id,
                    follow=one,
                    key=key,
                    text=text,
                    path=path,
                    reason=reason,
                    pace=one.pace,
                )
                for one, text, reason in batch
            ]
        )
        for batch in _batches(told)
    )


def tell(
    person: Any, *, key: str, text: str, path: str, reason: str, pace: str = Pace.DAILY
) -> bool:
    """Leave one piece of news for one person; False if they had it already."""
    line = NewsLine(
        person=person,
        key=key,
        text=text,
        path=path,
        reason=reason,
        pace=Pace(pace),
    )
    return bool(_leave_news([line]))


@transaction.atomic
def _leave_news(lines: list[NewsLine]) -> int:
    """Keep those of one key that are new to their person, and send what can't wait; how many.

    What is composed is cut here and nowhere else, to what the columns hold.
    """
    for line in lines:
        line.key, line.path = line.key[: LONGEST["key"]], line.path[: LONGEST["path"]]
        line.text = one_line(line.text, LONGEST["text"])
        line.reason = one_line(line.reason, LONGEST["reason"])
    own = NewsLine.objects.filter(key=lines[0].key, person__in=[line.person_id for line in lines])
    known = set(own.values_list("person", flat=True))
    new = [line for line in lines if line.person_id not in known]
    # Another worker may tell the same news now: the constraint keeps it one line.
    NewsLine.objects.bulk_create(new, ignore_conflicts=True)
    _send_waiting(own)
    return len(new)


def _send_waiting(lines: "models.QuerySet[NewsLine]") -> None:
    """Send what of these is not to wait for a digest, each line by itself."""
    due = lines.filter(told_at=None, pace__in=(Pace.NOW, Pace.NEVER))
    held = list(due.select_for_update(of=("self",), no_key=True).select_related("person"))
    _send([[line] for line in held])


def _batches(told: Iterable[Told]) -> Iterator[list[Told]]:
    """As `itertools.batched` of Python 3.12."""
    rest = iter(told)
    while batch := list(islice(rest, BATCH)):
        yield batch


def send_digests(pace: str) -> int:
    """One message to each person with untold news of this pace. Safe to run twice at once."""
    waiting = NewsLine.objects.filter(pace=pace, told_at=None).order_by()
    people = waiting.values_list("person", flat=True).distinct()
    return take_turns(f"digests:{pace}", list(people), lambda person: _digest(person, pace))


@transaction.atomic
def _digest(person_id: int, pace: str) -> bool:
    lines = list(
        NewsLine.objects.select_for_update(of=("self",), no_key=True)
        .select_related("person")
        .filter(person=person_id, pace=pace, told_at=None)
    )
    if not lines:  # another worker was quicker
        return False
    _send([lines])
    return True


def _send(messages: list[list[NewsLine]]) -> None:
    """One message to the person of each list of lines."""
    from marketplace.activity.services import leave

    ids = [line.pk for lines in messages for line in lines]
    NewsLine.objects.filter(pk__in=ids).update(told_at=timezone.now())
    leave([_message(lines) for lines in messages])


def _message(lines: list[NewsLine]) -> Notification:
    """By mail, unless they wish never to be mailed: then on the site alone."""
    first, alone = lines[0], len(lines) == 1
    person = first.person
    subject = first.text if alone else f"{len(lines)} things happened {_period(first.pace)}"
    body = "\n\n".join(_paragraph(line, with_path=not alone) for line in lines)
    return Notification(
        recipient=person,
        address="" if first.pace == Pace.NEVER else person.email,
        subject=subject,
        body=body,
        path=first.path if alone else reverse("activity:following"),
        unsubscribe=unsubscribe_path(person),
    )


def _paragraph(line: NewsLine, *, with_path: bool) -> str:
    where = f"\n{on_site(line.path)}" if with_path else ""
    return f"{line.text}\nYou are told because {line.reason}.{where}"


def _period(pace: str) -> str:
    return PERIODS.get(Pace(pace), "")


def unsubscribe_path(person: Any) -> str:
    """A page that ends all news by mail for this person, without signing in."""
    token = signing.dumps(person.pk, salt=SALT)
    return reverse("activity:unsubscribe", kwargs={"token": token})


def person_of(token: str) -> int | None:
    """Whose token it is; None for one that was made up."""
    try:
        return int(signing.loads(token, salt=SALT))
    except (signing.BadSignature, ValueError):
        return None


@transaction.atomic
def stop_mail(person_id: int) -> None:
    """No news by mail any more; it stays on the site, and what is followed stays followed."""
    Follow.objects.filter(person=person_id).update(pace=Pace.NEVER)
    waiting = NewsLine.objects.filter(person=person_id, told_at=None)
    waiting.update(pace=Pace.NEVER, told_at=timezone.now())
