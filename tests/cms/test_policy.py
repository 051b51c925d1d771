"""Content security policies: strict on the site, relaxed only at the desk."""

import pytest
from django.conf import settings

from tests.factories import make_officer, sign_in

pytestmark = pytest.mark.django_db


def test_the_public_site_allows_no_inline_script_or_style(client):
    policy = client.get("/")["Content-Security-Policy"]
    assert "unsafe-inline" not in policy
    assert "script-src 'self'" in policy
    assert "object-src 'none'" in policy


def test_the_desk_allows_what_wagtail_writes_inline_and_no_nonce_beside_it(client):
    sign_in(client, make_officer())
    policy = client.get("/admin/")["Content-Security-Policy"]
    script = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert script == "script-src 'self' 'unsafe-inline'"
    assert "object-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy


def test_the_relaxation_is_made_inside_the_middleware_that_writes_the_header():
    order = settings.MIDDLEWARE
    assert order.index("csp.middleware.CSPMiddleware") < order.index(
        "cms.middleware.AdminContentSecurityPolicyMiddleware"
    )
