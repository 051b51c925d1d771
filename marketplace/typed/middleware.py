"""Carries what was sent while signed out past sign-in, and back into its form."""

from collections.abc import Callable
from urllib.parse import urlsplit

from bs4 import BeautifulSoup
from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.template.loader import render_to_string

from marketplace.access import to_sign_in
from marketplace.typed.above import page_above
from marketplace.typed.keeping import (
    COOKIE,
    COOKIE_SECONDS,
    DESK,
    KeptPost,
    drop,
    keep,
    kept_for,
    mark_of,
)
from marketplace.typed.refill import Filled, put_back
from marketplace.typed.refusals import is_in, led_to

BROKEN = (413, 429, 500, 502, 503)
"""Replies that say nothing about the form that was sent: it is kept, and nothing is lost."""

PLACES = (".govuk-main-wrapper", "main .nice-padding", "main", "body")
"""Where a page begins to speak, the best first."""


class TypedMiddleware:
    """Stands below authentication and above every view, ours and others’."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method == "POST":
            response = _after_post(request, response)
        elif request.method in ("GET", "HEAD"):
            response = _after_get(request, response)
        if response.status_code == 405:
            response = _wrong_method(request, response)
        _remember_person(request, response)
        return response


def _after_post(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    if hasattr(request, "kept_post"):  # a guard has seen to it
        return response
    if not request.user.is_authenticated:
        # Wagtail's admin, in which the desk stands, has a guard of its own.
        is_desk = request.path.startswith(DESK)
        return to_sign_in(request) if is_desk and _leads_to_sign_in(response) else response
    if response.status_code in BROKEN:
        if keep(request):
            # The session of a reply like this is not saved on its way out.
            _is_saved(request)
    elif _is_page(response) and (path := led_to(request, response)):
        return _keep_refused(request, response, path)
    elif kept_for(request):
        # It arrived: what its page says now is newer than what was kept.
        drop(request, path=request.path)
    return response


def _keep_refused(request: HttpRequest, response: HttpResponse, path: str) -> HttpResponse:
    """What was refused stands in its form again, or is shown to copy where the form is gone."""
    post = keep(request, led_to=path)
    if post is None:
        return response
    if not post.prose or is_in(response, post):
        drop(request, key=post.key)
    elif _is_saved(request):
        _put_back(request, response, post)
    return response


def _is_saved(request: HttpRequest) -> bool:
    """Save the session now. It may have ended meanwhile, in another window, or the database be
    away: then the reply that there is says more than an error in its place would."""
    try:
        request.session.save()
    except (UpdateError, DatabaseError):
        return False
    return True


def _is_page(response: HttpResponse) -> bool:
    """Whether a person reads it; a script that sent something has it still."""
    is_html = response.get("Content-Type", "").startswith("text/html")
    return is_html and not response.streaming


def _leads_to_sign_in(response: HttpResponse) -> bool:
    to = urlsplit(response.get("Location", "")).path
    return response.status_code == 302 and to == resolve_url(settings.LOGIN_URL)


def _after_get(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    posts = kept_for(request) if settings.SESSION_COOKIE_NAME in request.COOKIES else []
    if response.status_code == 405:
        here = next((each for each in posts if urlsplit(each.path).path == request.path), None)
        return redirect("typed:carry_on", key=here.key) if here else response
    if response.status_code != 200 or not _is_page(response):
        return response
    for post in posts:
        if request.path in (urlsplit(post.back).path, urlsplit(post.path).path, post.led_to):
            _put_back(request, response, post)
    return response


def _put_back(request: HttpRequest, response: HttpResponse, post: KeptPost) -> None:
    filled = put_back(response.content.decode(response.charset), request.path, post)
    if filled.is_over or (post.led_to and filled.is_button):
        drop(request, key=post.key)
        return
    place = next(filter(None, (filled.soup.select_one(each) for each in PLACES)), None)
    if place is None:
        return
    place.insert(0, banner(request, post, filled))
    response.content = str(filled.soup).encode(response.charset)
    if "Content-Length" in response:
        response["Content-Length"] = str(len(response.content))
    response["Cache-Control"] = "no-store, private"


def banner(request: HttpRequest, post: KeptPost, filled: Filled) -> BeautifulSoup:
    """What the person is told above the page: the text is back, or one press is left."""
    is_here = request.path == urlsplit(post.back).path or not post.led_to
    context = {
        "post": post,
        "filled": filled,
        "pairs": pairs_of(post),
        "elsewhere": "" if is_here else post.back,
    }
    html = render_to_string("typed/banner.html", context, request=request)
    return BeautifulSoup(html, "html.parser")


def pairs_of(post: KeptPost) -> list[tuple[str, str]]:
    """(name, text) pairs as a form sends them."""
    return [(name, text) for name, texts in post.fields.items() for text in texts]


def _wrong_method(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """A page in place of a browser’s own error; programs that ask for no page get none."""
    if request.get_preferred_type(["text/html", "application/json"]) != "text/html":
        return response
    page = render(request, "405.html", {"above": page_above(request.path)}, status=405)
    page["Allow"] = response.get("Allow", "")
    return page


def _remember_person(request: HttpRequest, response: HttpResponse) -> None:
    """So that what is sent later, signed out, is for nobody else (see `keeping`)."""
    if not request.user.is_authenticated:
        return
    mark = mark_of(request.user)
    if request.COOKIES.get(COOKIE) != mark:
        response.set_cookie(
            COOKIE,
            mark,
            max_age=COOKIE_SECONDS,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
