"""One box over everything that is public."""

from dataclasses import asdict, replace
from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from marketplace.access import allow, public, sign_in_to, signed_in
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import Refused
from search import get_backend, saved, suggestions
from search.documents import kinds
from search.forms import FORM_ID, LONGEST_TEXT, FilterForm, read_query
from search.models import SavedSearch
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
    context = _context(request, query, results, page)
    if results.total and query.page == 1:
        suggestions.remember(request, query.text.strip())
    return render(request, "search/search.html", context)


def _context(request: HttpRequest, query: Query, results: Results, page: Page) -> dict[str, Any]:
    now = timezone.now()
    declared = kinds()
    kept, address = saved.searches_of(request.user), saved.address_of(query)
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
        "meant": suggestions.spelled(query) if results.any_word or not results.total else "",
        "recent": suggestions.recent(request),
        "saved": kept,
        "address": address,
        "can_save": request.user.is_authenticated and address not in {"", *(s.query for s in kept)},
        "narrowed": narrowed,
        "unreadable": bool(query.text.strip()) and not query_words(query.text),
        "cut_at": LONGEST_TEXT if len(request.GET.get("q", "")) > LONGEST_TEXT else None,
    }


@public
@require_safe
def suggest(request: HttpRequest) -> HttpResponse:
    """Titles to offer while somebody types: {suggestions: [{title, kind, url}]}."""
    found = suggestions.suggest(request.GET.get("q", "")[:LONGEST_TEXT])
    reply = JsonResponse({"suggestions": [asdict(each) for each in found]})
    reply["Cache-Control"] = "private, max-age=60"
    return reply


@require_POST
@signed_in
def forget_recent(request: SignedInRequest) -> HttpResponse:
    suggestions.forget_recent(request)
    messages.success(request, "Your recent searches are forgotten.")
    return redirect("search:search")


@sign_in_to("save this search")
@require_POST
@signed_in
def save_search(request: SignedInRequest) -> HttpResponse:
    """Keep the search that the page showed, and hear of new calls in it."""
    query = read_query(QueryDict(request.POST.get("query", "")))
    try:
        kept = saved.save_search(person=request.user, query=query)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(
            request,
            f"Saved as “{kept.name}”. New calls that it finds are mailed to you once a day.",
        )
    return redirect(f"{reverse('search:search')}?{saved.address_of(query)}")


def find_search(pk: int) -> SavedSearch:
    return SavedSearch.objects.get(pk=pk)


@require_POST
@allow("search.forget_search", of=find_search)
def forget_search(request: SignedInRequest, search: SavedSearch) -> HttpResponse:
    saved.forget_search(search)
    messages.success(request, f"“{search.name}” is no longer saved.")
    return redirect("search:search")
