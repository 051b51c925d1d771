"""Who may say what of a match."""

import rules

from challenges.calls.rules import is_officer_of_call
from marketplace.accounts.rules import is_platform_administrator
from search.models import SavedSearch
from startups.rules import is_member


@rules.predicate
def is_own_search(person: object, search: SavedSearch) -> bool:
    return search.person_id == getattr(person, "pk", None)


rules.add_perm("search.match_call", is_officer_of_call)
rules.add_perm("search.match_organisation", is_member)
rules.add_perm("search.keep_synonyms", is_platform_administrator)
rules.add_perm("search.forget_search", is_own_search)
