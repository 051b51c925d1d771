"""Every address of the URL configuration, filled with the ids and names of a world.

None is left out, and one that is added later is walked as well: a test holds that each route is
reached by an address.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, resolve
from django.urls.exceptions import Resolver404
from wagtail.admin.api.views import PagesAdminAPIViewSet
from wagtail.admin.views.bulk_action.registry import bulk_action_registry

Values = Mapping[str, Sequence[Any]]
"""Name of a parameter, or what stands before it and its name → what to put there."""

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


def routes(patterns: Any = None, before: str = "") -> Iterator[str]:
    """Each as Django writes it: `admin/pages/<int:page_id>/edit/`."""
    for each in get_resolver().url_patterns if patterns is None else patterns:
        route = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from routes(each.url_patterns, route)
        elif isinstance(each, URLPattern):
            yield route


def _plain(pattern: str) -> str:
    """A route without what a regular expression adds to it."""
    text = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", r"<\1>", pattern)
    text = re.sub(r"\(\?:[^()]*\)\*?", "", text)
    for number in range(text.count("(")):
        text = re.sub(r"\([^()]*\)", f"<group_{number}>", text, count=1)
    return text.replace("^", "").replace("$", "").replace("\\", "").replace(".*", "zq")


def fill(route: str, values: Values) -> list[str]:
    """Each address that a route gives with these values."""
    plain = _plain(route)
    if plain.startswith("admin/bulk/"):
        return list(_bulk(values))
    if plain.startswith("admin/api/"):
        values = {**values, "action_name": list(PagesAdminAPIViewSet.actions)}
    return [f"/{address}" for address in _one(plain, values)]


def _one(route: str, values: Values) -> Iterator[str]:
    found = PARAMETER.search(route)
    if found is None:
        yield route
        return
    before = re.findall(r"[\w-]+", route[: found.start()])
    for value in _values(found[1], before, values):
        yield from _one(route[: found.start()] + str(value) + route[found.end() :], values)


def _values(name: str, before: list[str], values: Values) -> Sequence[Any]:
    """The nearest thing that stands before it says whose id it is."""
    for place in reversed(before):
        if f"{place}/{name}" in values:
            return values[f"{place}/{name}"]
    return values.get(name, ["x"])


def _bulk(values: Values) -> Iterator[str]:
    bulk_action_registry._scan_for_bulk_actions()
    for app, models in bulk_action_registry.actions.items():
        for model, actions in models.items():
            for action in actions:
                for pk in [*values.get(f"bulk/{model}", [1]), "all"]:
                    yield f"/admin/bulk/{app}/{model}/{action}/?id={pk}&next=/admin/"


def addresses(values: Values) -> dict[str, str]:
    """Address → the route that it is of."""
    return {address: route for route in routes() for address in fill(route, values)}


def unreached(values: Values) -> list[str]:
    """Routes that none of the addresses comes to."""
    reached = {_route_of(address.partition("?")[0]) for address in addresses(values)}
    # Django joins routes without the caret that a later one begins with.
    return [route for route in routes() if route.replace("/^", "/") not in reached]


def _route_of(path: str) -> str:
    try:
        return resolve(path).route
    except Resolver404:
        return ""
