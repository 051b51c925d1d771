"""Other ways to say what a query asks for: spellings, the capability framework's "also known as",
and the officers' own groups of words.

They widen the query, not the index, so that an officer's change is felt at once, on every back
end, without a rebuild.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.core.cache import cache
from django.db import transaction

from marketplace.accounts.models import User
from marketplace.activity.services import record
from marketplace.errors import Refused
from search.models import SynonymGroup
from search.spellings import other_spellings
from search.words import QueryTerm, clean, query_words
from startups.models import Capability

CACHE_KEY = "search-synonyms"
CACHE_SECONDS = 60
"""Without a shared cache another process hears of a change this much later."""

MOST_PHRASES = 20
LONGEST_PHRASE = 60
MOST_GROUPS = 500
MOST_OTHERS = 8
"""Ways to say one thing that a query is widened by."""

CHAIN = "search"

Synonyms = dict[tuple[str, ...], list[str]]
"""A phrase's words → other phrases that mean the same."""


def query_terms(text: str) -> list[QueryTerm]:
    """What a person's query asks for, each with other ways to say it."""
    return widened(query_words(text), _synonyms())


def widened(words: Sequence[str], synonyms: Synonyms) -> list[QueryTerm]:
    """Words in order as terms; the longest known phrase at each place is one term."""
    longest = max(map(len, synonyms), default=1)
    found, at = [], 0
    while at < len(words):
        size = next(
            (size for size in range(longest, 1, -1) if tuple(words[at : at + size]) in synonyms), 1
        )
        said = tuple(words[at : at + size])
        others = [*synonyms.get(said, []), *_respelled(said)]
        found.append(QueryTerm(said, tuple(dict.fromkeys(others))[:MOST_OTHERS]))
        at += len(said)
    return found


def _respelled(said: tuple[str, ...]) -> Iterable[str]:
    if len(said) == 1:
        return other_spellings(said[0])
    respelled = [next(iter(other_spellings(word)), word) for word in said]
    return [] if tuple(respelled) == said else [" ".join(respelled)]


def _synonyms() -> Synonyms:
    rows = cache.get_or_set(CACHE_KEY, lambda: list(_read_synonyms().items()), CACHE_SECONDS)
    return {tuple(said): others for said, others in rows or []}


def _read_synonyms() -> Synonyms:
    found: defaultdict[tuple[str, ...], dict[str, None]] = defaultdict(dict)

    def mean(phrase: str, others: Iterable[str]) -> None:
        if said := tuple(query_words(phrase)):
            plain = map(clean, others)
            found[said] |= dict.fromkeys(o for o in plain if tuple(query_words(o)) != said)

    for phrases in SynonymGroup.objects.values_list("phrases", flat=True):
        for phrase in phrases:
            mean(phrase, phrases)
    # Two other names of a capability are not always each other's: both lead to its own name.
    for name, others in Capability.objects.values_list("name", "also_known_as"):
        mean(name, others)
        for other in others:
            mean(other, [name])
    return {said: list(others) for said, others in found.items() if others}


def forget_synonyms() -> None:
    """After commit, have them read anew."""
    transaction.on_commit(lambda: cache.delete(CACHE_KEY), robust=True)


@transaction.atomic
def save_synonyms(
    *, phrases: Iterable[str], actor: User, group: SynonymGroup | None = None
) -> SynonymGroup:
    """Words or phrases that mean the same to whoever searches; a new group, or one changed.

    Raises:
        Refused: fewer than two phrases, too many or too long, one with no word to look for, one
            that stands in another group, or too many groups.
    """
    wanted = _checked(phrases, group)
    if group is None:
        if SynonymGroup.objects.count() >= MOST_GROUPS:
            raise Refused(f"There are {MOST_GROUPS} groups already: remove one first.")
        group = SynonymGroup()
    before, group.phrases = list(group.phrases), wanted
    group.save()
    record("search.synonyms_saved", group, chain=CHAIN, actor=actor, before=before, phrases=wanted)
    forget_synonyms()
    return group


@transaction.atomic
def remove_synonyms(*, group: SynonymGroup, actor: User) -> None:
    record("search.synonyms_removed", group, chain=CHAIN, actor=actor, phrases=group.phrases)
    group.delete()
    forget_synonyms()


def _checked(phrases: Iterable[str], group: SynonymGroup | None) -> list[str]:
    tidied = (" ".join(phrase.split()) for phrase in phrases)
    wanted = {tuple(query_words(phrase)): phrase for phrase in tidied if phrase}
    if unreadable := wanted.get(()):
        raise Refused(f"“{unreadable}” has no word to look for.")
    if long := [phrase for phrase in wanted.values() if len(phrase) > LONGEST_PHRASE]:
        raise Refused(f"“{long[0][:30]}…” has more than {LONGEST_PHRASE} characters.")
    if not 2 <= len(wanted) <= MOST_PHRASES:
        raise Refused(f"Give 2 to {MOST_PHRASES} different words or phrases, with commas between.")
    others = SynonymGroup.objects.exclude(pk=group.pk if group else None)
    for taken in others.values_list("phrases", flat=True):
        if both := [each for each in taken if tuple(query_words(each)) in wanted]:
            raise Refused(f"“{both[0]}” is in the group “{', '.join(taken)}”: add to that one.")
    return list(wanted.values())
