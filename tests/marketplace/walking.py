"""Walks the site as one person would, by its links, and reads the forms that it meets."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup, Tag
from django.apps import apps
from django.db import models, transaction
from django.db.models.functions import Cast
from django.test import Client
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve

from challenges.awards.models import Award
from challenges.calls.models import Addendum, Call, Enquiry, Stage
from challenges.judging.models import Appeal, Assignment, Conflict, PanelMember
from challenges.people.models import Expert
from challenges.pitches.models import Entry, Partner

MODELS: dict[str, tuple[type[models.Model], ...]] = {
    "calls": (Call,),
    "stages": (Stage,),
    "pitches": (Entry,),
    "entries": (Entry,),
    "panels": (PanelMember,),
    "judges": (PanelMember,),
    "reviews": (Assignment,),
    "conflicts": (Conflict,),
    "partners": (Partner,),
    "appeals": (Appeal,),
    "projects": (Award,),
    "addenda": (Addendum,),
    "enquiries": (Enquiry,),
    "people": (Expert,),
}
"""What stands before a number in an address → whose number it is."""

FIRST = (
    "/",
    "/dashboard/",
    "/search/",
    "/calls/ask/",
    "/judging/",
    "/notifications/following/",
    "/people/own/",
    "/interests/",
    "/accounts/you/",
    "/organisations/register/",
    "/admin/desk/calls/",
    "/admin/desk/pitches/",
    "/admin/desk/people/new/",
    "/admin/desk/search/",
    "/admin/desk/search/matching/",
    "/admin/desk/people-leaving/",
)
NOT_FOLLOWED = re.compile(r"/(?:static|media|documents|images|api)/|logout|/admin/(?!desk/)")
MOST = 2
"""Pages of one address that are looked at."""
TRIES = 6
"""Ids that are tried where no link leads."""
LONG = 300
"""Characters that a line may have to count as more than a line."""


@dataclass
class FoundForm:
    """One form of one page, and what a browser would send of it untouched."""

    page: str
    to: str
    tag: Tag
    sent: dict[str, list[str]] = field(default_factory=dict)

    @property
    def boxes(self) -> list[str]:
        """Names of its boxes that take more than a line."""
        lines = self.tag.find_all("input", attrs={"maxlength": True, "type": ["text", None]})
        long = [box for box in lines if int(box["maxlength"]) >= LONG]
        boxes = [*self.tag.find_all("textarea"), *long]
        return [str(box["name"]) for box in boxes if box.get("name")]

    @property
    def secrets(self) -> list[str]:
        """Names of its boxes for passwords and codes."""
        boxes = self.tag.find_all("input", type="password")
        boxes += self.tag.find_all("input", autocomplete="one-time-code")
        return [str(box["name"]) for box in boxes]

    @property
    def buttons(self) -> list[dict[str, list[str]]]:
        """What each of its buttons adds to what is sent."""
        found = [
            {str(tag["name"]): [str(tag.get("value") or "")]} if tag.get("name") else {}
            for tag in self.tag.find_all("button")
            if str(tag.get("type") or "submit") == "submit"
        ]
        return found or [{}]

    @property
    def has_version(self) -> bool:
        return self.tag.find("input", attrs={"name": "version"}) is not None

    @property
    def kind(self) -> tuple[str, str, tuple[str, ...]]:
        """What makes it another form than one on another page."""
        names = {re.sub(r"\d+", "*", name) for name in self.boxes}
        return route_of(self.page), route_of(self.to), tuple(sorted(names))

    def __str__(self) -> str:
        return f"{self.page} → {self.to} [{', '.join(self.boxes[:3])}]"


def route_of(address: str) -> str:
    try:
        return resolve(urlsplit(address).path).route
    except Resolver404:
        return ""


def pages(client: Client) -> Iterator[tuple[str, Any]]:
    """(address, soup) of what links lead to, a few of each kind of address; then of what the
    URL configuration has beside them."""
    counts: Counter[str] = Counter()
    yield from _linked(client, [*FIRST], counts)
    for route in _routes(get_resolver().url_patterns, ""):
        if not counts[route]:
            yield from _linked(client, list(_filled(route)), counts, most=1)


def _linked(
    client: Client, waiting: list[str], counts: Counter[str], most: int = MOST
) -> Iterator[tuple[str, Any]]:
    seen = set()
    while waiting:
        address = waiting.pop(0)
        path = urlsplit(address).path
        route = route_of(path)
        enough = most if "<" in route else 12
        if path in seen or not route or NOT_FOLLOWED.search(path) or counts[route] >= enough:
            continue
        seen.add(path)
        response = client.get(address)
        is_page = response.headers.get("Content-Type", "").startswith("text/html")
        if response.status_code == 302:
            waiting.append(urljoin(address, response["Location"]))
        if response.status_code != 200:
            continue
        counts[route] += 1
        if not is_page:
            continue
        soup = BeautifulSoup(response.content, "html.parser")
        yield address, soup
        links = (urljoin(address, str(link["href"])) for link in soup.find_all("a", href=True))
        waiting += [link.split("#")[0] for link in links if link.startswith("/")]


def _routes(patterns: Any, before: str) -> Iterator[str]:
    for each in patterns:
        route = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _routes(each.url_patterns, route)
        elif isinstance(each, URLPattern):
            yield route


def _filled(route: str) -> Iterator[str]:
    """Addresses of a route, with the ids of what stands before the number."""
    taken = re.search(r"(\w+)/<int:\w+>", route)
    if not taken or route.count("<") > 1:
        return
    ids = [
        pk
        for model in MODELS.get(taken[1], ())
        for pk in model._default_manager.order_by("-pk").values_list("pk", flat=True)[:TRIES]
    ]
    yield from (f"/{re.sub('<int:.*?>', str(pk), route)}" for pk in ids)


def forms_of(address: str, soup: Any) -> Iterator[FoundForm]:
    for tag in soup.find_all("form", method=re.compile("^post$", re.IGNORECASE)):
        to = urljoin(address, str(tag.get("action") or ""))
        yield FoundForm(address, to, tag, as_sent(tag))


def as_sent(form: Tag) -> dict[str, list[str]]:
    """Name → values, as a browser sends the form when its first button is pressed."""
    found: dict[str, list[str]] = {}
    for tag in form.find_all(["input", "textarea", "select"]):
        name, kind = str(tag.get("name") or ""), str(tag.get("type") or "text").lower()
        if not name or tag.has_attr("disabled") or kind in ("file", "submit", "button", "reset"):
            continue
        values = found.setdefault(name, [])
        if tag.name == "textarea":
            values.append(tag.get_text().removeprefix("\n"))
        elif tag.name == "select":
            options = tag.find_all("option")
            chosen = [each for each in options if each.has_attr("selected")]
            chosen = chosen or ([] if tag.has_attr("multiple") else options[:1])
            values += [str(each.get("value", each.get_text())) for each in chosen]
        elif kind not in ("checkbox", "radio") or tag.has_attr("checked"):
            values.append(str(tag.get("value", "on" if kind in ("checkbox", "radio") else "")))
    found.pop("csrfmiddlewaretoken", None)
    return found


def texts_in_boxes(html: bytes) -> list[str]:
    soup = BeautifulSoup(html, "html.parser")
    boxes = [box.get_text().removeprefix("\n") for box in soup.find_all("textarea")]
    return boxes + [str(line.get("value", "")) for line in soup.find_all("input", type="text")]


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside is not kept."""
    with transaction.atomic():
        try:
            yield
        finally:
            transaction.set_rollback(True)


def stored(words: str) -> str:
    """All texts of the database that hold these words, sessions apart."""
    kinds = (models.TextField, models.CharField, models.JSONField)
    return " ".join(
        text
        for model in apps.get_models()
        if model._meta.label != "sessions.Session"
        for column in model._meta.concrete_fields
        if isinstance(column, kinds)
        for text in _holding(model, column, words)
    )


def _holding(model: Any, column: Any, words: str) -> list[str]:
    rows, name = model._base_manager.all(), column.name
    if isinstance(column, models.JSONField):
        rows, name = rows.annotate(as_text=Cast(name, models.TextField())), "as_text"
    return list(rows.filter(**{f"{name}__contains": words}).values_list(name, flat=True))
