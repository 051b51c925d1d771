"""Who may open and do what: every page and action × everybody."""

import pytest
from django.test import Client

from tests.factories import CapabilityFactory, UserFactory
from tests.startups.things import good_form, organisation_with_team

pytestmark = pytest.mark.django_db

WHO = ("anonymous", "stranger", "owner of another", "member", "owner")
SIGN_IN = 302
"""To the sign-in page; the test below tells it from other redirects."""

# (method, path, what is sent) → status for each of WHO.
TABLE = {
    ("get", "/organisations/"): (200, 200, 200, 200, 200),
    ("get", "/organisations/register/"): (SIGN_IN, 200, 200, 200, 200),
    ("get", "/organisations/damp/"): (200, 200, 200, 200, 200),
    ("get", "/organisations/none/"): (404, 404, 404, 404, 404),
    ("get", "/organisations/damp/edit/"): (SIGN_IN, 404, 404, 200, 200),
    ("post", "/organisations/damp/edit/"): (SIGN_IN, 404, 404, 302, 302),
    ("get", "/organisations/none/edit/"): (SIGN_IN, 404, 404, 404, 404),
    ("get", "/organisations/damp/capabilities/"): (SIGN_IN, 404, 404, 200, 200),
    ("get", "/organisations/damp/capabilities/ml/"): (SIGN_IN, 404, 404, 200, 200),
    ("post", "/organisations/damp/capabilities/ml/"): (SIGN_IN, 404, 404, 302, 302),
    ("get", "/organisations/damp/capabilities/held/remove/"): (SIGN_IN, 404, 404, 200, 200),
    ("post", "/organisations/damp/capabilities/held/remove/"): (SIGN_IN, 404, 404, 302, 302),
    ("get", "/organisations/damp/capabilities/ml/remove/"): (SIGN_IN, 404, 404, 404, 404),
    ("get", "/organisations/damp/team/"): (SIGN_IN, 404, 404, 200, 200),
    ("post", "/organisations/damp/team/"): (SIGN_IN, 404, 404, 404, 302),
    ("get", "/organisations/damp/team/{third}/remove/"): (SIGN_IN, 404, 404, 404, 200),
    ("post", "/organisations/damp/team/{third}/remove/"): (SIGN_IN, 404, 404, 404, 302),
    ("get", "/organisations/damp/team/{third}/owner/"): (SIGN_IN, 404, 404, 404, 200),
    ("post", "/organisations/damp/team/{third}/owner/"): (SIGN_IN, 404, 404, 404, 302),
    # Somebody else's member under one's own organisation's address, and no member at all.
    ("post", "/organisations/other/team/{third}/remove/"): (SIGN_IN, 404, 404, 404, 404),
    ("post", "/organisations/damp/team/99999999999999999999/remove/"): (SIGN_IN, *[404] * 4),
    ("post", "/organisations/damp/invitations/{waiting}/resend/"): (SIGN_IN, 404, 404, 404, 302),
    ("post", "/organisations/damp/invitations/{waiting}/cancel/"): (SIGN_IN, 404, 404, 404, 302),
    ("post", "/organisations/other/invitations/{waiting}/cancel/"): (SIGN_IN, *[404] * 4),
    ("get", "/organisations/damp/invitations/{waiting}/cancel/"): (405, 405, 405, 405, 405),
    ("post", "/organisations/"): (405, 405, 405, 405, 405),
}
CASES = [
    pytest.param(method, path, who, status, id=f"{method} {path} by {who}")
    for (method, path), statuses in TABLE.items()
    for who, status in zip(WHO, statuses, strict=True)
]


@pytest.mark.parametrize(("method", "path", "who", "status"), CASES)
def test_who_may_do_what(client: Client, method, path, who, status):
    organisation, owner, member = organisation_with_team(slug="damp")
    _, other_owner, _ = organisation_with_team(slug="other")
    third = organisation.memberships.create(user=UserFactory())
    CapabilityFactory(code="ml")
    organisation.claims.create(capability=CapabilityFactory(code="held"), level=1, evidence="x")
    waiting = organisation.invitations.create(
        email="w@example.org",
        token_digest="x",
        invited_by=owner,
        expires_at="2099-01-01T00:00Z",
    )
    people = {
        "stranger": UserFactory(),
        "owner of another": other_owner,
        "member": member,
        "owner": owner,
    }
    if who in people:
        client.force_login(people[who])
    typed = {**good_form(version="1"), "level": "2", "evidence": "x", "email": "n@example.org"}
    address = path.format(third=third.pk, waiting=waiting.pk)
    response = getattr(client, method)(address, typed if method == "post" else None)
    assert response.status_code == status
    if status == 302:
        to_sign_in = response["Location"].startswith("/accounts/login/?next=")
        assert to_sign_in == (who == "anonymous")
