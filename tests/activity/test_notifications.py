"""The page that lists a person's own messages."""

import pytest

from marketplace.activity.models import Notification
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
URL = "/notifications/"


def tell(person, **fields) -> Notification:
    return Notification.objects.create(
        recipient=person, **{"subject": "Result", "body": "It is out.", **fields}
    )


@pytest.fixture
def person(client):
    user = UserFactory()
    client.force_login(user)
    return user


def test_signed_out_people_are_led_to_sign_in(client):
    assert client.get(URL)["Location"] == "/accounts/login/?next=/notifications/"
    assert client.post(f"{URL}read/")["Location"].startswith("/accounts/login/")


def test_everybody_sees_only_their_own(client, person):
    tell(UserFactory(), subject="Somebody else’s")
    tell(person, path="/pitches/P1/")
    page = client.get(URL).content.decode()
    assert "Somebody else’s" not in page
    assert '<a class="govuk-link" href="/pitches/P1/">Result</a>' in page


@pytest.mark.parametrize("rows", [1, 30])
def test_30_rows_take_as_many_queries_as_1(client, person, rows, django_assert_num_queries):
    for _ in range(rows):
        tell(person)
    with django_assert_num_queries(7):
        response = client.get(URL)
    assert len(response.context["page"].object_list) == min(rows, 25)


@pytest.mark.parametrize("number", ["0", "-1", "99", "x", "%00"])
def test_a_wrong_page_number_is_no_failure(client, person, number):
    tell(person)
    assert client.get(f"{URL}?page={number}").status_code == 200


def test_they_are_marked_as_read_by_a_button_and_never_by_looking(client, person):
    other = tell(UserFactory())
    for _ in range(3):
        tell(person)
    assert "Notifications (3)" in client.get("/organisations/").content.decode()
    client.get(URL)
    assert person.notifications.unread().count() == 3
    assert client.get(f"{URL}read/").status_code == 405
    assert client.post(f"{URL}read/")["Location"] == URL
    assert person.notifications.unread().count() == 0
    assert "Notifications (" not in client.get("/organisations/").content.decode()
    other.refresh_from_db()
    assert other.read_at is None


def test_the_header_counts_in_one_query_and_only_for_the_signed_in(
    client, django_assert_num_queries
):
    with django_assert_num_queries(0):
        client.get("/accounts/signup/")
    user = UserFactory()
    client.force_login(user)
    with django_assert_num_queries(3):  # session, person, count
        client.get("/accounts/name/")


def test_what_is_said_stays_text(client, person):
    tell(person, subject="<script>alert(1)</script>", body="<b>x</b>")
    page = client.get(URL).content.decode()
    assert "<script>alert(1)" not in page
    assert "<b>x</b>" not in page
