"""Near-identical organisations are offered before a new one is made."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.activity.models import Notification
from marketplace.errors import Refused
from marketplace.names import organisation_key
from startups.models import Organisation
from startups.services import ask_to_join, create_organisation, find_duplicate, find_twins
from tests.factories import OrganisationFactory, UserFactory, sign_in
from tests.startups.test_register import URL, good_form

NEAR = ["Acme Sensors Limited", "ACME  Sensors", "acme-sensors ltd.", "The Acme Sensors (UK) Ltd"]


@pytest.fixture
def acme(db):
    return OrganisationFactory(name="Acme Sensors Ltd", slug="acme", owner=UserFactory())


@pytest.mark.parametrize("name", NEAR)
def test_a_near_name_is_refused_until_somebody_says_it_is_another(acme, name):
    assert find_duplicate({"name": name}) == "name" and find_twins(name) == [acme]
    assert find_duplicate({"name": name}, except_pk=acme.pk) is None
    with pytest.raises(Refused):
        create_organisation(actor=UserFactory(), name=name)
    made = create_organisation(actor=UserFactory(), name=name, is_another=True)
    assert made.folded_name == acme.folded_name == "acme sensors"


def test_the_same_name_is_refused_whatever_is_said(acme):
    OrganisationFactory(name="Éclair Données")
    for name in ("ACME sensors  LTD", "éclair données"):
        with pytest.raises(Refused):
            create_organisation(actor=UserFactory(), name=name, is_another=True)


def test_no_way_of_saving_forgets_the_folded_name(acme):
    acme.name = "Bolt Ltd"
    acme.save(update_fields=["name"])
    assert Organisation.objects.get(pk=acme.pk).folded_name == "bolt"
    Organisation.objects.filter(pk=acme.pk).update(name="Nut plc")
    assert Organisation.objects.get(pk=acme.pk).folded_name == "nut"
    acme.name = "Cog & Co"
    Organisation.objects.bulk_update([acme], ["name"])
    assert Organisation.objects.get(pk=acme.pk).folded_name == "cog"
    Organisation.objects.bulk_create([Organisation(name="Gear Limited", slug="gear")])
    assert Organisation.objects.get(slug="gear").folded_name == "gear"


@given(st.text(max_size=120))
def test_any_folded_name_fits_its_column(name):
    folded = Organisation._meta.get_field("folded_name").pre_save(Organisation(name=name), True)
    assert len(folded) <= 200 and organisation_key(name).startswith(folded)


def test_the_page_offers_to_join_or_to_go_on(client, acme):
    person = UserFactory()
    sign_in(client, person)
    page = client.post(URL, good_form(name="Acme Sensors Limited"))
    text = page.content.decode()
    assert page.status_code == 200 and "ask to join Acme Sensors Ltd" in text
    assert "No, ours is another" in text
    client.post(URL, good_form(name="Acme Sensors Limited", join="acme"))
    client.post(URL, good_form(name="Acme Sensors Limited", join="acme"))
    asked = Notification.objects.filter(subject__contains="asks to join")
    assert [each.recipient for each in asked] == [acme.memberships.get().user]
    client.post(URL, good_form(name="Acme Sensors Limited", another="yes"))
    assert Organisation.objects.filter(name="Acme Sensors Limited").exists()


def test_the_same_name_can_only_be_joined(client, acme):
    sign_in(client, UserFactory())
    text = client.post(URL, good_form(name="Acme Sensors Ltd", another="yes")).content.decode()
    assert "ask to join Acme Sensors Ltd" in text and "ours is another" not in text


def test_members_need_not_ask(acme):
    with pytest.raises(Refused):
        ask_to_join(organisation=acme, actor=acme.memberships.get().user)
