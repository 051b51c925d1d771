"""A form that is sent twice, or four times at once, is done once."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from challenges.calls.enquiries import ask, ask_region
from challenges.calls.models import Call, CallKind, Enquiry, LegalRoute, Stage
from cms.desk.models import Note
from cms.desk.services import add_note
from marketplace.accounts.models import User
from marketplace.once import OnceMiddleware
from tests.factories import RegionFactory, UserFactory, make_call, make_officer, sign_in
from tests.journeys.test_together import restored_site  # noqa: F401  (a fixture)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("restored_site"),
]
AT_ONCE = 4


def at_once(act: Callable[[], Any]) -> list[Any]:
    """Do it in so many threads that start together; what each gave."""
    start, given, wrong = threading.Barrier(AT_ONCE), [], []

    def one() -> None:
        try:
            start.wait(30)
            given.append(act())
        except Exception as error:
            wrong.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    return given


def copied(call: Call) -> dict[str, Any]:
    day = timezone.localdate() + timedelta(days=30)
    dated = {"opens_on_0": day.day, "opens_on_1": day.month, "opens_on_2": day.year}
    return {"title": "Sent twice", "make": "1", "opens_on": day.isoformat(), **dated}


def open_call() -> Call:
    call = make_call()
    Stage.objects.filter(call=call).update(questions_until=timezone.now() + timedelta(days=1))
    return Call.objects.get(pk=call.pk)


SENT: dict[str, tuple[str, type[Model], Callable[[Call], dict[str, Any]], bool]] = {
    "a question to the region": (
        "calls:ask_region",
        Enquiry,
        lambda call: {"topic": "other", "text": "Where is the office?"},
        False,
    ),
    "a question about a call": (
        "calls:questions",
        Enquiry,
        lambda call: {"text": "Is VAT included?"},
        False,
    ),
    "a new call": (
        "desk:new_call",
        Call,
        lambda call: {
            "region": call.region_id,
            "kind": CallKind.CHALLENGE,
            "title": "Sent twice",
            "summary": "A call.",
            "legal_route": LegalRoute.values[0],
        },
        True,
    ),
    "a copy of a call": ("desk:duplicate", Call, copied, True),
    "a note": ("desk:note_on_call", Note, lambda call: {"text": "Looks good."}, True),
}
"""What is sent → where, what it makes, its fields, and whether officers send it."""


@pytest.mark.parametrize("what", SENT)
def test_four_at_once_make_one(what: str) -> None:
    name, model, fields, by_officer = SENT[what]
    call = open_call()
    person = make_officer(region=call.region) if by_officer else UserFactory()
    path = address(name, call)
    client = sign_in(Client(), person)
    session = client.cookies["sessionid"].value
    before = model.objects.count()

    def send() -> HttpResponse:
        own = Client()
        own.cookies["sessionid"] = session
        return own.post(path, fields(call))

    answers = at_once(send)
    assert {each.status_code for each in answers} == {302}, answers[0].content.decode()[:2000]
    assert len({each["Location"] for each in answers}) == 1
    assert model.objects.count() == before + 1


def address(name: str, call: Call) -> str:
    for arguments in ({}, {"pk": call.pk}, {"reference": call.reference}):
        try:
            return reverse(name, kwargs=arguments)
        except Exception:  # noqa: S112
            continue
    raise AssertionError(name)


def test_questions_of_scripts_are_one_as_well() -> None:
    """By the service itself, whatever stands before it."""
    call, person = open_call(), UserFactory()
    region = RegionFactory()
    own = User.objects.get(pk=person.pk)
    asked = at_once(lambda: ask_region(region=region, topic="other", text="Where?", actor=own))
    assert len({each.pk for each in asked}) == 1
    asked = at_once(lambda: ask(call=call, text="When?", actor=own))
    assert len({each.pk for each in asked}) == 1
    assert Enquiry.objects.count() == 2
    ask(call=call, text="When then?", actor=own)
    ask_region(region=region, topic="data", text="Where?", actor=own)
    ask(call=call, text="When?", actor=UserFactory())
    assert Enquiry.objects.count() == 5


def test_an_answered_question_may_be_asked_again() -> None:
    call, person = open_call(), UserFactory()
    first = ask(call=call, text="When?", actor=person)
    Enquiry.objects.filter(pk=first.pk).update(state="declined")
    assert ask(call=call, text="When?", actor=person).pk != first.pk


def test_notes_are_one_for_a_while() -> None:
    call = open_call()
    officer = make_officer(region=call.region)
    made = at_once(lambda: add_note(call=call, text="Fine.", actor=officer))
    assert len({each.pk for each in made}) == 1
    add_note(call=call, text="Fine indeed.", actor=officer)
    add_note(call=call, text="Fine.", actor=make_officer(region=call.region))
    assert Note.objects.count() == 3


class Page:
    """A view behind the middleware, and what it has done."""

    def __init__(self, answer: Callable[[], HttpResponse]) -> None:
        self.done = 0
        self.answer = answer
        self.person = UserFactory()
        self.middleware = OnceMiddleware(self.view)
        self.token = get_token(RequestFactory().get("/"))

    def view(self, request: HttpRequest) -> HttpResponse:
        if found := self.middleware.process_view(request):
            return found
        self.done += 1
        return self.answer()

    def send(self, token: str = "", **more: Any) -> HttpResponse:
        fields = {"text": "x", **({"csrfmiddlewaretoken": token} if token else {})}
        request = RequestFactory().post(more.pop("path", "/x/"), fields, **more)
        request.user = more.get("user", self.person)
        return self.middleware(request)


def led_on() -> HttpResponse:
    return HttpResponse(status=302, headers={"Location": "/made/7/"})


def test_the_same_page_sent_again_leads_where_it_led() -> None:
    page = Page(led_on)
    answers = [page.send("a" * 64) for _ in range(3)]
    assert page.done == 1
    assert {each["Location"] for each in answers} == {"/made/7/"}
    page.send("b" * 64)
    assert page.done == 2, "the page was shown anew"
    page.send("a" * 64, path="/y/")
    assert page.done == 3, "another address"


def test_without_a_token_the_same_may_come_later() -> None:
    page = Page(led_on)
    page.send()
    page.send()
    assert page.done == 2


@pytest.mark.parametrize("status", [200, 400, 403, 404, 409, 500])
def test_what_was_refused_may_be_sent_again(status: int) -> None:
    page = Page(lambda: HttpResponse(status=status))
    page.send("a" * 64)
    page.send("a" * 64)
    assert page.done == 2


def test_what_failed_may_be_sent_again() -> None:
    page = Page(lambda: 1 / 0)  # type: ignore[arg-type, return-value]
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            page.send("a" * 64)
    assert page.done == 2


def test_scripts_are_left_alone() -> None:
    page = Page(led_on)
    for _ in range(2):
        page.send("a" * 64, headers={"X-Requested-With": "XMLHttpRequest"})
        page.send("a" * 64, headers={"HX-Request": "true"})
    assert page.done == 4
