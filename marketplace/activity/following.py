"""Following things, and telling the news of them: at once, or in a digest.

Any floor announces with `announce`; it may do so as often as it likes, as each person is told
each piece of news once. `docs/extending.md` shows how.
"""

from collections.abc import Iterable
from typing import Any

from django.core import signing
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone

from marketplace.activity.models import Follow, NewsLine, Notification, Pace

SALT = "news"
BATCH = 500
PERIODS = {Pace.DAILY: "today", Pace.WEEKLY: "this week"}


@transaction.atomic
def follow(*, person: Any, thing: models.Model, pace: str = Pace.DAILY) -> Follow:
    """Begin to follow a thing, or change the pace."""
    found, _ = Follow.objects.update_or_create(
        person=person,
        thing_type=thing._meta.label_lower,
        thing_id=str(thing.pk),
        defaults={"pace": Pace(pace), "name": str(thing)[:255]},
    )
    return found


def unfollow(*, person: Any, thing: models.Model) -> None:
    Follow.objects.of_thing(thing).filter(person=person).delete()


def announce(things: Iterable[models.Model], *, key: str, text: str, path: str) -> int:
    """Tell everyone who follows any of these things; how many are told something new.

    Args:
        key: names the news for ever ("opened:call:12"), so that nobody hears it twice.
        text: one sentence; `path` is the page that it is about.
    """
    told = 0
    for thing in things:
        follows = Follow.objects.of_thing(thing).select_related("person")
        for one in follows.iterator(chunk_size=BATCH):
            reason = f"you follow {one.name}"
            told += tell(one.person, key=key, text=text, path=path, reason=reason, pace=one.pace)
    return told


@transaction.atomic
def tell(
    person: Any, *, key: str, text: str, path: str, reason: str, pace: str = Pace.DAILY
) -> bool:
    """Leave one piece of news for one person; False if they had it already."""
    line, is_new = NewsLine.objects.get_or_create(
        person=person,
        key=key[:160],
        defaults={
            "text": text[:400],
            "path": path[:300],
            "reason": reason[:300],
            "pace": Pace(pace),
        },
    )
    if is_new and pace in (Pace.NOW, Pace.NEVER):
        _send(person, [line], mail=pace == Pace.NOW)
    return is_new


def send_digests(pace: str) -> int:
    """One message to each person with untold news of this pace. Safe to run twice at once."""
    waiting = NewsLine.objects.filter(pace=pace, told_at=None).order_by()
    people = waiting.values_list("person", flat=True).distinct()
    return sum(_digest(person, pace) for person in list(people))


@transaction.atomic
def _digest(person_id: int, pace: str) -> bool:
    lines = list(
        NewsLine.objects.select_for_update(of=("self",))
        .select_related("person")
        .filter(person=person_id, pace=pace, told_at=None)
    )
    if not lines:  # another worker was quicker
        return False
    _send(lines[0].person, lines, mail=True)
    return True


def _send(person: Any, lines: list[NewsLine], *, mail: bool) -> None:
    from marketplace.activity.services import leave

    now = timezone.now()
    NewsLine.objects.filter(pk__in=[line.pk for line in lines]).update(told_at=now)
    first = lines[0]
    alone = len(lines) == 1
    subject = first.text if alone else f"{len(lines)} things happened {_period(first.pace)}"
    body = "\n\n".join(_paragraph(line, with_path=not alone) for line in lines)
    leave(
        [
            Notification(
                recipient=person,
                address=person.email if mail else "",
                subject=subject[:200],
                body=body,
                path=first.path if alone else reverse("activity:following"),
                unsubscribe=unsubscribe_path(person),
            )
        ]
    )


def _paragraph(line: NewsLine, *, with_path: bool) -> str:
    from django.conf import settings

    where = f"\n{settings.SITE_URL}{line.path}" if with_path else ""
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
