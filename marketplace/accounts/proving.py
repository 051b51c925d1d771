"""Prove once more that it is you, before what can't be quietly undone.

`@proved_lately("release results")` stands below `@allow` or `@signed_in`: who may not do a thing
is not asked to prove anything for it. What was posted is kept, the page says what the proof is for,
and afterwards the form stands there as it was filled in. Which views carry it, and why, is a table
in `tests/permissions/test_proving.py`.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from marketplace.access import to_sign_in
from marketplace.accounts import lifetimes
from marketplace.accounts.session import PROVING_FOR, is_lately, signed_in_lately
from marketplace.typed.keeping import keep, where_it_stands

View = Callable[..., HttpResponse]

OTHERS = {
    "wagtailusers_users": "change people’s accounts",
    "wagtailusers_groups": "change what groups may do",
}
"""Namespace of pages of Wagtail’s admin → what they are for. To open one needs proof already, as
Wagtail’s forms are not kept."""

A_LIST = "download a list that names people"
"""Each list of Wagtail’s (reports, people, snippets) is a file too, with `export` in its query."""

NO_WAY = "Sign in once more, to show that it is you: you have no password or passkey to do it with."


def proved_lately(purpose: str, *, reading: bool = False) -> Callable[[View], View]:
    """Ask whoever has not signed in or proved it within `ACCOUNT_REAUTHENTICATION_TIMEOUT`.

    Args:
        purpose: what they are about to do, as in “You are about to {purpose}”.
        reading: whether to open the page is what needs proof, as with a file; else to send it is.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            is_asked = reading or request.method not in ("GET", "HEAD", "OPTIONS")
            if is_asked and must_prove(request):
                return _to_prove(request, purpose)
            return view(request, *args, **kwargs)

        guarded.proves = purpose  # type: ignore[attr-defined]
        return guarded

    return decorate


def of_others(request: HttpRequest, namespaces: list[str]) -> HttpResponse | None:
    """As the decorator, for pages that are not ours: the page that proves it, if one is needed."""
    purpose = next((OTHERS[name] for name in namespaces if name in OTHERS), "")
    if "export" in request.GET and any(name.startswith("wagtail") for name in namespaces):
        purpose = A_LIST
    if not purpose or not request.user.is_authenticated:
        return None
    return _to_prove(request, purpose) if must_prove(request) else None


def must_prove(request: HttpRequest) -> bool:
    """Whether this session’s person has neither signed in nor proved it lately. Who has nothing to
    prove it with has proved nothing since they signed in."""
    if signed_in_lately(request):
        return False
    records = get_authentication_records(request, request.user)
    proofs = [record["at"] for record in records if record.get("reauthenticated")]
    is_proved = bool(proofs) and is_lately(proofs[-1])
    return not (is_proved and get_reauthentication_flows(request.user))


def _to_prove(request: HttpRequest, purpose: str) -> HttpResponse:
    methods = get_adapter().get_reauthentication_methods(request.user)
    if not methods:
        response = to_sign_in(request)
        lifetimes.end(request, NO_WAY)
        return response
    back = where_it_stands(request) if request.method == "POST" else request.get_full_path()
    if request.method == "POST":
        request.kept_post = keep(request)  # type: ignore[attr-defined]
    request.session[PROVING_FOR] = [back, purpose]
    return redirect(f"{methods[0]['url']}?{urlencode({'next': back})}")
