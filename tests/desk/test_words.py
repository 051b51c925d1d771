"""No page shows what only the database calls so: codes of choices, verbs, names of fields."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.test import Client

from challenges.calls.models import Call, CallState
from challenges.people.models import Expert
from tests.desk.helpers import form_data, url
from tests.factories import make_call, make_officer, sign_in

ROOT = Path(__file__).parents[2]
FLOORS = ("cms", "challenges", "marketplace", "search", "startups")
IN_WORDS = {
    ("desk/reserve.html", "line.state"),
    ("desk/sealed_stage.html", "stage.decides_by"),
    ("desk/sealed_stage.html", "stage.tie_break"),
    ("judging/discuss.html", "reading.stage"),
    ("calls/rulebook.html", "content.stage"),
    ("widgets/options.html", "option.group"),
}
"""(template, expression) whose value is in words already, though a field has its name."""

TEMPLATE_TAG = re.compile(r"{%.*?%}|{#.*?#}", re.DOTALL)
HTML_TAG = re.compile(r"<[^<>]*>")
SHOWN = re.compile(r"{{ *((?:\w+\.)+)(\w+) *}}")


def _codes() -> set[str]:
    """Names of fields that hold a code, which `get_…_display` says in words."""
    return {
        field.name
        for model in apps.get_models()
        if model.__module__.split(".")[0] in FLOORS
        for field in model._meta.fields
        if field.choices
    } | {"verb", "matter"}


def _shown(template: Path) -> Iterator[str]:
    """What a template writes between tags, filters aside: no attribute, no condition."""
    text = HTML_TAG.sub("", TEMPLATE_TAG.sub("", template.read_text(encoding="utf-8")))
    yield from (f"{way}{name}" for way, name in SHOWN.findall(text))


def test_no_template_shows_a_code() -> None:
    codes, wrong, looked_at = _codes(), [], 0
    assert {"state", "kind", "role", "outcome", "legal_route"} <= codes
    for floor in FLOORS:
        for template in sorted((ROOT / floor).rglob("templates/**/*.html")):
            looked_at += 1
            name = "/".join(template.parts[-2:])
            wrong += [
                (name, shown)
                for shown in _shown(template)
                if shown.rpartition(".")[2] in codes and (name, shown) not in IN_WORDS
            ]
    assert looked_at > 200, "the search itself is broken"
    assert wrong == []


def _clashes() -> dict[str, tuple[str, dict[str, str]]]:
    """Form → (its address, what two officers type into it)."""
    call = make_call(state=CallState.DRAFT)
    expert = Expert.objects.create(region=call.region, email="ada@example.org", name="Ada")
    return {
        "call": (url("edit_call", call.pk), {"title": "New", "legal_route": "grant"}),
        "stage": (url("edit_stage", call.first_stage.pk), {"name": "Sift"}),
        "person": (url("change_person", expert.pk), {"post": "Head of Data"}),
    }


CODE = re.compile(r"^[a-z]+([_-][a-z0-9]+)+$")


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["call", "stage", "person"])
def test_a_clash_shows_labels_and_words(form: str) -> None:
    address, typed = _clashes()[form]
    client = sign_in(Client(), make_officer())
    first, second = (form_data(client.get(address)) | typed for _ in range(2))
    assert client.post(address, first).status_code == 302
    clash = client.post(address, second)
    assert clash.status_code == 409
    said = clash.context["typed"]
    assert said
    assert [label for label, _ in said if "_" in label or not label[0].isupper()] == []
    assert [(label, value) for label, value in said if CODE.match(value)] == []


@pytest.mark.django_db
def test_what_no_form_knows_any_more_has_words_too() -> None:
    call = make_call(state=CallState.DRAFT)
    client = sign_in(Client(), make_officer())
    address = url("edit_stage", call.first_stage.pk)
    sent = form_data(client.get(address)) | {"questions-0-id": "999999"}
    clash = client.post(address, sent)
    assert clash.status_code == 409
    labels = [label for label, _ in clash.context["typed"]]
    assert "Question 1: question" in labels
    assert [label for label in labels if "_" in label or not label[0].isupper()] == []
    assert Call.objects.get(pk=call.pk).version == call.version
