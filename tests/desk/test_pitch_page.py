"""One pitch at the desk: the way through the list, its people, tags, letters, PDF and print."""

import io
import itertools
from typing import Any
from urllib.parse import urlencode

import pytest
from django.urls import reverse
from pypdf import PdfReader

from challenges.calls.models import Stage
from challenges.judging.models import Conflict, MemberRole
from challenges.pitches.models import Entry, Partner, PartnerState
from cms.desk.models import Care, Tag
from marketplace.accounts.models import Role, User
from marketplace.accounts.services import grant_role
from startups.models import Membership, Organisation
from tests.desk.helpers import signed_in, url
from tests.factories import (
    OrganisationFactory,
    RegionFactory,
    UserFactory,
    assign,
    close_stage,
    make_call,
    make_entry,
    make_judge,
    make_officer,
    submit,
)
from tests.judging.conftest import write_review

pytestmark = pytest.mark.django_db


def team_of(entry: Entry) -> User:
    return User.objects.get(memberships__organisation=entry.pitch.organisation)


def page_of(entry: Entry, query: str | None = None) -> str:
    return url("pitch", entry.pk) + ("" if query is None else f"?{urlencode({'list': query})}")


# --- The way through the list ----------------------------------------------------------


def a_list() -> tuple[list[Entry], Entry]:
    """Pitches of one call with means, one without; and one of another call."""
    call = make_call()
    entries = [submit(make_entry(call=call)) for _ in range(4)]
    for number, entry in enumerate(entries):
        entry.pitch.title = f"Pitch {'dbca'[number]}"
        entry.pitch.save()
    Tag.objects.create(region=call.region, name="Ask").pitches.add(*(e.pitch for e in entries[:2]))
    other = submit(make_entry())
    make_entry(call=call)  # a draft
    judge = make_judge(close_stage(call.first_stage))
    for value, entry in enumerate(entries[:3], start=2):
        write_review(assign(judge, entry), value)
    return entries, other


QUERIES = [
    "",
    "call={call}",
    "call={call}&ordering=title",
    "stage={stage}&ordering=-title",
    "call={call}&ordering=mean",
    "call={call}&ordering=-mean",
    "ordering=reviews",
    "ordering=organisation",
    "tag={tag}",
    "q=Pitch",
    "state=submitted&call={call}&ordering=submitted",
    "officer=7",
    "call=x&ordering=password&p=3",
    "place=99999999999999999999",
]


@pytest.mark.parametrize("query", QUERIES)
def test_previous_and_next_are_those_of_the_list(query: str) -> None:
    """Walked from its first to its last, the list is the list."""
    entries, other = a_list()
    query = query.format(
        call=entries[0].stage.call_id, stage=entries[0].stage_id, tag=Tag.objects.get().pk
    )
    client = signed_in(make_officer())
    page = client.get(f"{url('pitches')}?{query}")
    listed, query = list(page.context["page_obj"]), page.context["query"]
    for place, entry in enumerate(listed, start=1):
        walk = client.get(page_of(entry, query)).context["walk"]
        assert (walk.place, walk.count) == (place, len(listed))
        beside = {place - 1: walk.before, place + 1: walk.after}
        for at, neighbour in beside.items():
            there = listed[at - 1] if 1 <= at <= len(listed) else None
            assert neighbour == (there and page_of(there, query))
    for entry in {*entries, other} - {*listed}:
        assert client.get(page_of(entry, query)).context["walk"] is None


def test_the_list_leads_there_with_its_filters_and_back_to_its_page() -> None:
    entries, _ = a_list()
    query = f"call={entries[0].stage.call_id}&ordering=-title"
    client = signed_in(make_officer())
    listed = client.get(f"{url('pitches')}?{query}&p=1").content.decode()
    assert page_of(entries[0], query) in listed
    page = client.get(page_of(entries[0], query))
    assert page.context["walk"].list_url == f"{url('pitches')}?{query}"
    assert f'href="{url("pitches")}?{query.replace("&", "&amp;")}"' in page.content.decode()


def test_no_way_shows_to_who_came_from_elsewhere() -> None:
    entry = submit(make_entry())
    page = signed_in(make_officer()).get(page_of(entry))
    assert page.context["walk"] is None and "desk-walk" not in page.content.decode()


@pytest.mark.parametrize("query", ["", "call={call}&ordering=-mean&tag=1&officer=2&place=3"])
def test_the_way_costs_one_query(query: str, django_assert_num_queries: Any) -> None:
    entries, _ = a_list()
    client = signed_in(make_officer())
    query = query.format(call=entries[0].stage.call_id)
    client.get(page_of(entries[0]))
    with django_assert_num_queries(20):
        client.get(page_of(entries[0], query))


# --- Whom an officer may see ------------------------------------------------------------


def _is_plain(officer: User, entry: Entry, other: Entry) -> None:
    pass


def _judges(officer: User, entry: Entry, other: Entry) -> None:
    judge = make_judge(entry.stage)
    type(judge).objects.filter(pk=judge.pk).update(user=officer)


def _observes(officer: User, entry: Entry, other: Entry) -> None:
    judge = make_judge(entry.stage)
    type(judge).objects.filter(pk=judge.pk).update(user=officer, role=MemberRole.OBSERVER)


def _is_tied(officer: User, entry: Entry, other: Entry) -> None:
    Conflict.objects.create(officer=officer, entry=other, nature="A friend.")


def _was_tied(officer: User, entry: Entry, other: Entry) -> None:
    conflict = Conflict(officer=officer, entry=other, nature="A name alike.")
    conflict.kind, conflict.decision, conflict.reason = "perceived", "none", "Looked at."
    conflict.decided_at, conflict.decided_by = entry.submitted_at, make_officer()
    conflict.save()


def _applies(officer: User, entry: Entry, other: Entry) -> None:
    Membership.objects.create(organisation=other.pitch.organisation, user=officer)


def _is_partner(officer: User, entry: Entry, other: Entry) -> None:
    with_partner(other, OrganisationFactory(owner=officer), PartnerState.CONFIRMED)


OFFICERS = {
    _is_plain: True,
    _observes: True,
    _was_tied: True,
    _judges: False,
    _is_tied: False,
    _applies: False,
    _is_partner: False,
}
"""What an officer is besides → whether the people of a stage without names show to them."""


def with_partner(entry: Entry, organisation: Organisation, state: str) -> Partner:
    return Partner.objects.create(
        pitch=entry.pitch, organisation=organisation, part="Data", state=state
    )


@pytest.mark.parametrize(
    ("kind", "sees"), OFFICERS.items(), ids=lambda x: getattr(x, "__name__", x)
)
@pytest.mark.parametrize(("blind", "unblinded"), [(False, False), (True, False), (True, True)])
def test_people_show_to_who_may_see_them(
    kind: Any, sees: bool, blind: bool, unblinded: bool
) -> None:
    call = make_call(blind=blind)
    entry, other = (submit(make_entry(call=call)) for _ in range(2))
    if unblinded:
        Stage.objects.filter(pk=entry.stage_id).update(unblinded_at=entry.submitted_at)
    officer = make_officer()
    kind(officer, entry, other)
    client = signed_in(officer)
    shows = sees or not blind or unblinded
    for page in (url("pitch", entry.pk), url("print_pitch", entry.pk)):
        text = client.get(page).content.decode()
        assert (team_of(entry).email in text) is shows, page


def test_partners_that_take_part_are_contacts_too() -> None:
    entry = submit(make_entry())
    lead, addresses = team_of(entry), {}
    for state in PartnerState.values:
        addresses[state] = UserFactory(email=f"{state}@partner.example")
        with_partner(entry, OrganisationFactory(owner=addresses[state]), state)
    left = UserFactory(is_active=False)
    Membership.objects.create(organisation=entry.pitch.organisation, user=left)
    page = signed_in(make_officer()).get(url("pitch", entry.pk))
    shown = [each.email for each in page.context["contacts"]]
    assert shown == [lead.email, addresses[PartnerState.CONFIRMED].email]


def test_an_officer_of_two_regions_sees_tags_of_the_pitches_own() -> None:
    entry = submit(make_entry())
    elsewhere = RegionFactory(code="E47000009", slug="elsewhere", short_name="EW")
    officer = make_officer()
    grant_role(user=officer, region=elsewhere, role=Role.OFFICER)
    for region, name in itertools.product((entry.stage.call.region, elsewhere), ("Ask", "Later")):
        tag = Tag.objects.create(region=region, name=f"{name} {region.slug}")
        if name == "Ask" and region != elsewhere:
            tag.pitches.add(entry.pitch)
    page = signed_in(officer).get(url("pitch", entry.pk))
    assert page.context["tags"] == ["Ask wmca"]
    assert page.context["tags_on_offer"] == ["Later wmca"]


# --- What is done from it ---------------------------------------------------------------


def test_a_tag_goes_on_and_off_and_one_stays_where_one_was() -> None:
    entry = submit(make_entry())
    client = signed_in(make_officer())
    stood = page_of(entry, "ordering=title")
    tagging = url("tag_pitch", entry.pk)
    assert client.post(tagging, {"name": " Ask  again ", "from": stood}).url == f"{stood}#around"
    client.post(tagging, {"name": "ASK AGAIN"})
    assert [tag.name for tag in entry.pitch.tags.all()] == ["Ask again"]
    client.post(tagging, {"remove": "Ask again"})
    assert not entry.pitch.tags.exists()
    refused = client.post(tagging, {"name": " "}, follow=True)
    assert "Name the tag." in refused.content.decode()


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/admin/desk/pitches/1/", "//evil.example", "/admin/desk/calls/", "x", ""],
)
def test_nobody_is_sent_elsewhere(elsewhere: str) -> None:
    entry = submit(make_entry())
    client = signed_in(make_officer())
    reply = client.post(url("tag_pitch", entry.pk), {"name": "Ask", "from": elsewhere})
    assert reply.url == f"{url('pitch', entry.pk)}#around"


def test_an_officer_of_another_region_tags_and_reads_nothing() -> None:
    entry = submit(make_entry())
    elsewhere = RegionFactory(code="E47000009", slug="elsewhere", short_name="EW")
    client = signed_in(make_officer(elsewhere))
    assert client.post(url("tag_pitch", entry.pk), {"name": "Ask"}).status_code == 404
    for name in ("pitch", "print_pitch", "pitch_pdf"):
        assert client.get(url(name, entry.pk)).status_code == 404
    assert not Tag.objects.exists()


def test_one_is_written_to_and_given_away_from_its_page() -> None:
    entry = submit(make_entry())
    officer, colleague = make_officer(), make_officer(name="Cora Colleague")
    client = signed_in(officer)
    sent = {"pitch": entry.pk, "from": page_of(entry, "")}
    asked = client.post(reverse("desk:bulk", args=["message"]), sent)
    assert asked.context["back"] == page_of(entry, "")
    words = {"confirm": "1", "subject": "Hello", "body": "About {title}.", "token": "t"}
    assert client.post(reverse("desk:bulk", args=["message"]), sent | words).url == page_of(
        entry, ""
    )
    client.post(
        reverse("desk:bulk", args=["care"]), sent | {"confirm": "1", "officer": colleague.pk}
    )
    assert Care.objects.get().officer == colleague
    assert "Cora Colleague" in client.get(page_of(entry)).content.decode()


def test_the_pdf_is_what_was_submitted_and_not_what_is_being_written() -> None:
    entry = submit(make_entry())
    entry.answers.update(value="A secret change")
    Entry.objects.filter(pk=entry.pk).update(version=entry.version + 1, draft_title="Secret")
    reply = signed_in(make_officer()).get(url("pitch_pdf", entry.pk))
    assert reply["Content-Type"] == "application/pdf"
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(reply.content)).pages)
    assert "We put sensors in homes." in " ".join(text.split())
    assert "ecret" not in text and "DRAFT" not in text
    entry.stage.refresh_from_db()
    assert entry.stage.first_read_at is not None


def test_the_print_holds_text_reviews_and_decision_and_no_button() -> None:
    entries, _ = a_list()
    page = signed_in(make_officer()).get(url("print_pitch", entries[0].pk)).content.decode()
    for words in ("We put sensors in homes.", "2 of 5", "Not decided.", entries[0].pitch.reference):
        assert words in page
    assert "<form" not in page and "<button" not in page
