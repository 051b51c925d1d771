"""What somebody sent while they were signed out, kept for that person and this browser.

A kept post lies in the session of the browser that sent it, for `KEEP_SECONDS` at most. It is
handed only to the person who was last signed in there (a cookie remembers who, as a digest
that names nobody), or, where nobody ever was, to the first who signs in. Signing out ends the
session, and with it everything that was kept.
"""

import secrets
import time
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import get_adapter
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest
from django.http.request import UnreadablePostError
from django.utils.crypto import constant_time_compare, salted_hmac

from marketplace.limits.counting import Quota, network_of, take
from marketplace.ways import own_path, parts_of

SESSION_KEY = "kept_posts"
COOKIE = "last_person"
COOKIE_SECONDS = 30 * 24 * 3600
KEEP_SECONDS = 2 * 3600
MOST_POSTS = 4
MOST_CHARACTERS = 200_000
MOST_FIELDS = 2_000
KEPT = Quota("typed: kept for strangers", 2_000_000, timedelta(minutes=1))
LEAST_COUNTED = 1_000
"""Characters kept for one network, and what the smallest post counts for: each writes a session,
and anybody may send."""

NEVER = ("password", "secret", "csrfmiddlewaretoken")
NOT_BELOW = ("/accounts/",)
"""Sign-in, registration and second factors: what is typed there is not kept."""

ADMIN, DESK = "/admin/", "/admin/desk/"
"""Wagtail's own editors keep drafts themselves; the desk's forms are ours."""


@dataclass(frozen=True)
class KeptPost:
    """One form as it was sent."""

    key: str
    path: str
    """Where it was sent to, with its query."""
    back: str
    """The page on which its form stands, with its query."""
    fields: dict[str, list[str]]
    files: list[str] = field(default_factory=list)
    """Names of the fields that held files, which are not kept."""
    person: str = ""
    """Digest of who may have it; "" for the first who signs in."""
    at: float = 0.0
    signed_out: bool = False
    """Whether somebody had been signed in before."""
    clash: bool = False
    """Whether somebody else saved first, so that two texts have to be compared."""
    led_to: str = ""
    """Path of the page that said why it was refused; "" where it was not."""

    @property
    def prose(self) -> list[str]:
        """Every text of more than a word."""
        texts = (text.strip() for name in self.written for text in self.fields[name])
        return [text for text in texts if " " in text]

    @property
    def has_text(self) -> bool:
        """Whether something was typed, and not only a button pressed."""
        return any(len(value.strip()) > 1 for value in self.written.values())

    @property
    def written(self) -> dict[str, str]:
        """What may have been typed: the fields that are no mark of a form or button."""
        return {
            name: "\n".join(values)
            for name, values in self.fields.items()
            if name not in ("version", "next") and not is_management(name)
        }


def is_management(name: str) -> bool:
    """Is this a field that a set of forms uses for counting?"""
    return name.endswith(("_FORMS", "-id"))


def mark_of(person: Any) -> str:
    """What stands for a person in the cookie and the session: a digest that names nobody."""
    return salted_hmac("marketplace.typed", str(person.pk)).hexdigest()[:32]


def where_it_stands(request: HttpRequest) -> str:
    """The page that holds the form or button that was sent; its address where none is known."""
    return page_before(request) or request.get_full_path()


def page_before(request: HttpRequest) -> str:
    """The page of this site that sent a form: posted `next`, or what the browser says; or ""."""
    before = parts_of(request.headers.get("Referer", ""))
    came_from = before.path + (f"?{before.query}" if before.query else "")
    same_site = before.netloc == request.get_host()
    candidates = [_posted_next(request), came_from if same_site else ""]
    for path in candidates:
        if own_path(path) and not path.startswith(NOT_BELOW):
            return path
    return ""


def _posted_next(request: HttpRequest) -> str:
    try:
        return request.POST.get("next", "")
    except (RequestDataTooBig, SuspiciousOperation, UnreadablePostError):
        return ""


def keep(request: HttpRequest, *, clash: bool = False, led_to: str = "") -> KeptPost | None:
    """Keep what this request sends; None where there is nothing, or nowhere, to keep it.

    Args:
        clash: somebody else saved first; the form is to come back as of what they saved.
        led_to: path of the page that says why it was refused.
    """
    if not _may_keep(request):
        return None
    try:
        fields = _fields(request)
        files = [name for name, file in request.FILES.items() if getattr(file, "size", 0)]
    except (RequestDataTooBig, SuspiciousOperation, UnreadablePostError):
        return None
    if fields is None or not _has_room(request, fields):
        return None
    if clash:
        fields.pop("version", None)
    signed_in = request.user.is_authenticated
    last = mark_of(request.user) if signed_in else request.COOKIES.get(COOKIE, "")[:32]
    post = KeptPost(
        key=secrets.token_hex(8),
        path=request.get_full_path(),
        back=where_it_stands(request),
        fields=fields,
        files=files,
        person=last,
        at=time.time(),
        signed_out=bool(last) and not signed_in,
        clash=clash,
        led_to=led_to,
    )
    others = [each for each in _all(request) if each.path != post.path]
    if not signed_in and request.session.is_empty():
        request.session.set_expiry(KEEP_SECONDS)
    _write(request, [*others[1 - MOST_POSTS :], post])
    return post


def is_too_much(request: HttpRequest) -> bool:
    """Is this a form that would be kept, if there were not so much in it?"""
    return _may_keep(request) and _fields(request) is None


def _may_keep(request: HttpRequest) -> bool:
    if request.method != "POST" or not hasattr(request, "session"):
        return False
    if request.path.startswith(NOT_BELOW) or request.headers.get("X-Requested-With"):
        return False
    return request.path.startswith(DESK) or not request.path.startswith(ADMIN)


def _has_room(request: HttpRequest, fields: dict[str, list[str]]) -> bool:
    """Has the network that a stranger sends from not filled its share of this minute?"""
    if request.user.is_authenticated:
        return True
    size = sum(len(value) for values in fields.values() for value in values)
    place = network_of(get_adapter().get_client_ip(request))
    return take(KEPT, place, weight=max(size, LEAST_COUNTED)).allowed


def _fields(request: HttpRequest) -> dict[str, list[str]] | None:
    found: dict[str, list[str]] = {}
    left = MOST_CHARACTERS
    for name, values in request.POST.lists():
        if any(word in name.lower() for word in NEVER):
            continue
        found[name] = [str(value) for value in values]
        left -= len(name) + sum(map(len, found[name]))
    return found if left >= 0 and len(found) <= MOST_FIELDS else None


def _all(request: HttpRequest) -> list[KeptPost]:
    if not hasattr(request, "session"):
        return []
    oldest = time.time() - KEEP_SECONDS
    kept = [KeptPost(**each) for each in request.session.get(SESSION_KEY, [])]
    return [each for each in kept if each.at > oldest]


def _write(request: HttpRequest, posts: list[KeptPost]) -> None:
    if posts:
        request.session[SESSION_KEY] = [asdict(each) for each in posts]
    else:
        request.session.pop(SESSION_KEY, None)


def waiting(request: HttpRequest) -> KeptPost | None:
    """The newest post that waits for whoever signs in: only for saying that there is one."""
    return next(reversed(_all(request)), None)


def kept_for(request: HttpRequest) -> list[KeptPost]:
    """What is kept for the person who is signed in, newest first."""
    if not request.user.is_authenticated:
        return []
    mark = mark_of(request.user)
    return [
        each
        for each in reversed(_all(request))
        if not each.person or constant_time_compare(each.person, mark)
    ]


def claim(request: HttpRequest, person: Any) -> None:
    """At sign-in: what waited is this person's, or, where it was another's, gone."""
    if SESSION_KEY not in request.session:
        return
    mark = mark_of(person)
    mine = [each for each in _all(request) if each.person in ("", mark)]
    _write(request, [KeptPost(**{**asdict(each), "person": mark}) for each in mine])
    # Only the session of somebody signed out was to end so soon.
    if request.session.get("_session_expiry") == KEEP_SECONDS:
        request.session.set_expiry(None)


def drop(request: HttpRequest, *, key: str = "", path: str = "") -> None:
    """Forget one kept post, or what was kept of the form at `path`."""
    posts = _all(request)
    left = [each for each in posts if each.key != key and urlsplit(each.path).path != path]
    if len(left) != len(posts) or not posts:
        _write(request, left)
