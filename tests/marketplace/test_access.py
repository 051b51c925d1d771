"""Every view of ours says who may open it."""

from collections.abc import Iterator
from typing import Any

import pytest
import rules
from django.http import Http404, HttpResponse
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

from marketplace.access import allow, public, signed_in

OUR_PACKAGES = ("marketplace.", "startups.", "challenges.", "search.", "cms.")


def _views(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for pattern in resolver.url_patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _views(pattern, address)
        elif isinstance(pattern, URLPattern):
            yield address, pattern.callback


def _module(view: Any) -> str:
    """Where a view is defined: its class's module for a class-based one."""
    return getattr(getattr(view, "view_class", view), "__module__", "")


def _our_views() -> list[tuple[str, Any]]:
    return [
        (address, view)
        for address, view in _views(get_resolver())
        if f"{_module(view)}.".startswith(OUR_PACKAGES)
    ]


def test_there_are_views_of_every_floor() -> None:
    modules = [_module(view) for _, view in _our_views()]
    for floor in ("startups", "challenges.pitches", "challenges.judging", "search", "cms.desk"):
        assert any(module.startswith(f"{floor}.") for module in modules), floor


@pytest.mark.parametrize(
    ("address", "view"), _our_views(), ids=[address for address, _ in _our_views()]
)
def test_view_has_a_rule(address: str, view: Any) -> None:
    rule = getattr(view, "access_rule", None)
    assert rule, f"/{address} has no rule: give its view @allow, @signed_in or @public"
    assert rule in ("public", "signed in") or rules.perm_exists(rule)


def test_a_view_without_a_rule_is_found() -> None:
    def bare(request: Any) -> HttpResponse:
        return HttpResponse()

    assert not hasattr(bare, "access_rule")
    assert hasattr(public(bare), "access_rule")


def test_unknown_rule_is_refused_when_the_module_loads() -> None:
    with pytest.raises(ValueError, match="no rule is called"):
        allow("calls.no_such_rule")


@pytest.mark.django_db
def test_allow_hides_what_is_not_allowed(django_user_model: Any) -> None:
    rules.add_perm("test.nobody", rules.always_deny)
    try:
        view = allow("test.nobody", of=lambda pk: pk)(lambda request, found: HttpResponse())
        request = RequestFactory().get("/private/")
        request.user = django_user_model.objects.create_user("a@example.org", "x")
        with pytest.raises(Http404):
            view(request, pk=1)
    finally:
        rules.remove_perm("test.nobody")


def test_signed_out_people_are_sent_to_sign_in() -> None:
    from django.contrib.auth.models import AnonymousUser

    request = RequestFactory().get("/private/?page=2")
    request.user = AnonymousUser()
    response = signed_in(lambda request: HttpResponse())(request)
    assert response.status_code == 302
    assert response["Location"].endswith("?next=/private/%3Fpage%3D2")
