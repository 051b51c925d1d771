"""One way to say who may open a page.

Every view of this project carries `@allow(...)`, `@signed_in` or `@public`; a test fails for
one that has none. `allow` finds the object, asks the rule, and hands the object to the view,
so that a view never looks anything up by an id that was not checked.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import rules
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse

from marketplace.typed.keeping import is_too_much, keep, where_it_stands

View = Callable[..., Any]

TOO_MUCH = (
    "You had been signed out, and what you sent was too long to be kept here."
    " Go back in your browser and copy your text before you sign in."
)


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """To sign in, and from there back to the page that was asked for.

    What a form or button sent is kept for the person, and `next` is the page that it stands on:
    there `TypedMiddleware` puts it back.
    """
    if request.method != "POST":
        return redirect_to_login(request.get_full_path())
    if is_too_much(request):
        messages.warning(request, TOO_MUCH)
    request.kept_post = keep(request)  # type: ignore[attr-defined]
    return redirect_to_login(where_it_stands(request))


def sign_in_to(purpose: str) -> Callable[[View], View]:
    """Say what signing in is for, as in “Sign in to {purpose}”. Stands above the guard."""

    def decorate(view: View) -> View:
        view.sign_in_purpose = purpose  # type: ignore[attr-defined]
        return view

    return decorate


def purpose_of(view: Any) -> str:
    """What signing in for this view is for; "" where nobody has said."""
    return getattr(view, "sign_in_purpose", "")


def allow(rule: str, *, of: Callable[..., Any] | None = None) -> Callable[[View], View]:
    """Let only people through whom `rule` allows; others get 404, so nothing is given away.

    Args:
        rule: a name registered with `rules.add_perm`.
        of: takes the URL's keyword arguments and returns the object or raises Http404
            (or the model's DoesNotExist). The view receives it in place of them.
    """
    if not rules.perm_exists(rule):
        # Rules are registered on import of the app's `rules.py`; a view module imports it.
        raise ValueError(f"no rule is called {rule!r}")

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return to_sign_in(request)
            found = _find(of, kwargs) if of else None
            if not rules.has_perm(rule, request.user, found):
                raise Http404
            return view(request, found) if of else view(request, **kwargs)

        guarded.access_rule = rule  # type: ignore[attr-defined]
        return guarded

    return decorate


def signed_in(view: View) -> View:
    """Let anyone through who has signed in: for pages that show only a person's own things."""

    @wraps(view)
    def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return to_sign_in(request)
        return view(request, **kwargs)

    guarded.access_rule = "signed in"  # type: ignore[attr-defined]
    return guarded


def public(view: View) -> View:
    """Open to everyone; said aloud so that no view is open by accident."""
    view.access_rule = "public"  # type: ignore[attr-defined]
    return view


def _find(of: Callable[..., Any], kwargs: dict[str, Any]) -> Any:
    from django.core.exceptions import ObjectDoesNotExist

    try:
        return of(**kwargs)
    except (ObjectDoesNotExist, ValueError, OverflowError) as error:
        raise Http404 from error
