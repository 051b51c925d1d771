"""The command that makes the first officers."""

import pytest
from django.core.management import CommandError, call_command

from marketplace.accounts.models import Role
from marketplace.accounts.rules import has_role
from tests.factories import RegionFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_grants_and_revokes() -> None:
    region, user = RegionFactory(), UserFactory(email="o@example.org")
    call_command("grant_role", "O@example.org", "officer")
    user = type(user).objects.get(pk=user.pk)
    assert has_role(user, Role.OFFICER, region.pk)
    assert user.has_perm("wagtailadmin.access_admin")
    call_command("grant_role", "o@example.org", "officer", "--revoke")
    user = type(user).objects.get(pk=user.pk)
    assert not has_role(user, Role.OFFICER, region.pk)
    assert not user.has_perm("wagtailadmin.access_admin")


def test_unknown_person_or_region_is_said_clearly() -> None:
    with pytest.raises(CommandError, match="Nobody has signed up"):
        call_command("grant_role", "x@example.org", "officer")
    UserFactory(email="o@example.org")
    with pytest.raises(CommandError, match="none is loaded"):
        call_command("grant_role", "o@example.org", "officer")
