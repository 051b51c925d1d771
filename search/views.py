"""One box over everything that is public."""

from dataclasses import replace
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from marketplace.access import public
from search import get_backend
from search.documents import kinds
from search.forms import FORM_ID, LONGEST_TEXT, FilterForm, read_query
from search.port import DEEPEST, Query, Results
from search.states import state_of
from search.words import query_words


@public
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    query = read_query(request.GET)
    results = get_backend().search(query)
    paginator = Paginator(range(min(results.total, DEEPEST)), query.per_page)
    if query.page > paginator.num_pages:
        query = replace(query, page=paginator.num_pages)
        results = get_backend().search(query)
    page = paginator.page(query.page)
    return render(request, "search/search.html", _context(request, query, results, page))


def _context(request: HttpRequest, query: Query, results: Results, page: Page) -> dict[str, Any]:
    now = timezone.now()
    declared = kinds()
    narrowed = bool(query.kinds or query.filters)
    return {
        "query": query,
        "results": results,
        "page": page,
        "hits": [
            {"hit": hit, "kind": declared[hit.kind].one, "state": state_of(hit, now)}
            for hit in results.hits
            if hit.kind in declared
        ],
        "filters": FilterForm(query, results),
        "form_id": FORM_ID,
        "asked": bool(query.text.strip()) or narrowed,
        "narrowed": narrowed,
        "unreadable": bool(query.text.strip()) and not query_words(query.text),
        "cut_at": LONGEST_TEXT if len(request.GET.get("q", "")) > LONGEST_TEXT else None,
    }
