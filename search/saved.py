"""Searches that people keep, to run them again and to hear of new calls that they find."""

from typing import Any
from urllib.parse import urlencode

from django.db import transaction

from marketplace.accounts.models import User
from marketplace.activity.following import follow, unfollow
from marketplace.errors import Refused
from marketplace.once import one_at_a_time
from search.models import SavedSearch
from search.port import FACETS, Query

MOST = 30
"""Of one person."""


def address_of(query: Query) -> str:
    """A search as its address, its page left out: equal searches have equal addresses."""
    rows = [("q", query.text.strip())] if query.text.strip() else []
    rows += [("kind", kind) for kind in sorted(query.kinds)]
    for name in (*FACETS, "state"):
        rows += [(name, value) for value in sorted(query.filters.get(name, ()))]
    return urlencode(rows)


@transaction.atomic
def save_search(*, person: User, query: Query) -> SavedSearch:
    """Keep a search and follow it; one that is kept already stays as it is.

    Raises:
        Refused: it asks for nothing, is too long to keep, or the person keeps `MOST` already.
    """
    address = address_of(query)
    if not address:
        raise Refused("Search for something first, then save it.")
    if len(address) > 1000:
        raise Refused("This search is too long to save. Choose fewer filters.")
    one_at_a_time(person)
    kept = SavedSearch.objects.filter(person=person, query=address).first()
    if kept is None:
        if SavedSearch.objects.filter(person=person).count() >= MOST:
            raise Refused(f"You have {MOST} saved searches. Remove one first.")
        kept = SavedSearch.objects.create(person=person, query=address, name=_name(query))
    follow(person=person, thing=kept)
    return kept


@transaction.atomic
def forget_search(search: SavedSearch) -> None:
    unfollow(person=search.person, thing=search)
    search.delete()


def searches_of(person: Any) -> list[SavedSearch]:
    return list(SavedSearch.objects.filter(person=person)) if person.is_authenticated else []


def _name(query: Query) -> str:
    chosen = [*query.kinds, *(value for values in query.filters.values() for value in values)]
    words = [query.text.strip(), *(value.replace("-", " ") for value in chosen)]
    return ", ".join(word for word in words if word)[:120]
