"""The table of transitions itself."""

import pytest
import rules
from django.db import models

from marketplace.errors import NotAllowed, WrongState
from marketplace.workflow import Workflow, transition


class Light(models.TextChoices):
    RED = "red", "Red"
    GREEN = "green", "Green"


class Lamp:
    def __init__(self, state: str) -> None:
        self.state = state


@pytest.fixture(autouse=True)
def _rules():
    rules.add_perm("test.anyone", rules.always_allow)
    rules.add_perm("test.nobody", rules.always_deny)
    yield
    rules.remove_perm("test.anyone")
    rules.remove_perm("test.nobody")


def make(rule: str = "test.anyone") -> Workflow:
    return Workflow(
        "lamp", states=Light, transitions=[transition("go", [Light.RED], Light.GREEN, rule)]
    )


def test_apply_moves_on() -> None:
    lamp = Lamp(Light.RED)
    make().apply("go", lamp, None)
    assert lamp.state == Light.GREEN


def test_wrong_state_is_refused_in_words() -> None:
    with pytest.raises(WrongState, match="This lamp is green"):
        make().apply("go", Lamp(Light.GREEN), None)


def test_rule_is_asked() -> None:
    lamp = Lamp(Light.RED)
    with pytest.raises(NotAllowed):
        make("test.nobody").apply("go", lamp, None)
    assert lamp.state == Light.RED
    assert not make("test.nobody").allows("go", lamp, None)


def test_unknown_event_is_a_mistake_in_the_code() -> None:
    with pytest.raises(KeyError):
        make().find("fly", Light.RED)


def test_two_rows_for_one_event_and_state_are_refused() -> None:
    row = transition("go", [Light.RED], Light.GREEN, "test.anyone")
    with pytest.raises(ValueError, match="two rows"):
        Workflow("lamp", states=Light, transitions=[row, row])
