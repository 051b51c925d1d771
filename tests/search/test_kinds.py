"""People, case studies and plain pages are found while they are public, and not a moment longer."""

import pytest
from django.test import Client
from django.urls import reverse
from wagtail.models import PageViewRestriction

from challenges.people import services as people
from challenges.people.models import Expert
from cms.models import CaseStudyIndexPage, CaseStudyPage, HomePage, StandardPage
from search.backends.embedded import EmbeddedBackend
from search.matching import match_case_studies
from search.port import Query
from search.services import differences
from tests.factories import (
    AwardFactory,
    CapabilityFactory,
    RegionFactory,
    UserFactory,
    make_officer,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("embedded_alone")]


def found(text: str) -> list[str]:
    return [f"{hit.kind} {hit.id}" for hit in EmbeddedBackend().search(Query(text)).hits]


def make_study(**fields: object) -> CaseStudyPage:
    page = CaseStudyPage(
        title="Quiet pumps", summary="Heat pumps that neighbours accept.", **fields
    )
    CaseStudyIndexPage.objects.get().add_child(instance=page)
    page.save_revision().publish()
    return page


def test_a_person_is_found_once_they_say_so(django_capture_on_commit_callbacks: object) -> None:
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        officer = make_officer()
        expert = people.add_expert(
            expert=Expert(region=RegionFactory(), email="a.z@lovelace.example", name="Ada Zymurgy"),
            expertise=[CapabilityFactory(name="Fermentation")],
            actor=officer,
        )
    assert found("zymurgy") == []
    ada = UserFactory(email="a.z@lovelace.example")
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        people.change_expert(
            expert=expert,
            values={"is_public": True, "version": 1},
            expertise=expert.expertise.all(),
            actor=ada,
        )
    assert found("zymurgy") == found("fermentation") == [f"person {expert.pk}"]
    assert found("lovelace") == []
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        people.leave(expert=expert, actor=ada)
    assert found("zymurgy") == []
    assert {each.kind for each in differences()} <= {"page"}  # these come with the migrations


def test_a_case_study_is_found_while_it_is_live(
    django_capture_on_commit_callbacks: object, client: Client
) -> None:
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        study = make_study(award=AwardFactory(), reuse="The wurbling plan.")
    assert found("wurbling") == [f"case-study {study.pk}"]
    assert "Quiet pumps" in client.get(study.url).content.decode()
    assert "Quiet pumps" in client.get("/case-studies/").content.decode()
    [match] = match_case_studies("Our pumps give heat quietly, and neighbours accept them.")
    assert match.thing.title == "Quiet pumps"
    assert match.reasons
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        study.unpublish()
    assert found("wurbling") == []
    assert match_case_studies("Heat pumps that neighbours accept.") == []


def test_a_page_that_goes_is_found_no_more(django_capture_on_commit_callbacks: object) -> None:
    home = HomePage.objects.get()
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        page = StandardPage(title="Quokkas welcome", slug="quokkas")
        home.add_child(instance=page)
        page.save_revision().publish()
    assert found("quokkas") == [f"page {page.pk}"]
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        page.delete()
    assert found("quokkas") == []


def test_what_is_behind_a_password_is_in_no_index(
    django_capture_on_commit_callbacks: object,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        study = make_study()
    assert found("pumps")
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        lock = PageViewRestriction.objects.create(page=study.get_parent(), restriction_type="login")
    assert found("pumps") == []
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        lock.delete()
    assert found("pumps") == [f"case-study {study.pk}"]


def test_the_empty_list_helps(client: Client) -> None:
    assert "No case study yet" in client.get("/case-studies/").content.decode()
    assert client.get(reverse("people:people")).status_code == 200
