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


def test_the_desk_runs_no_script_but_ours_and_wagtails_own_lines(client):
    sign_in(client, make_officer())
    policy = client.get("/admin/")["Content-Security-Policy"]
    parts = dict(part.split(" ", 1) for part in policy.split("; "))
    assert "unsafe" not in parts["script-src"] + parts["script-src-attr"]
    assert parts["script-src"].split()[0] == "'self'"
    assert parts["object-src"] == "'none'"
    assert parts["frame-ancestors"] == "'self'"
    assert parts["style-src"] == "'self' 'unsafe-inline'"


def test_the_relaxation_is_made_inside_the_middleware_that_writes_the_header():
    order = settings.MIDDLEWARE
    assert order.index("csp.middleware.CSPMiddleware") < order.index(
        "cms.middleware.AdminContentSecurityPolicyMiddleware"
    )
