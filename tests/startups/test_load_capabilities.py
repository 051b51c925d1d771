"""Bringing in the capability framework, once or many times."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from startups.models import LEVEL_MEANINGS, Capability, CapabilityGroup, Level

pytestmark = pytest.mark.django_db
FILE = Path("startups/data/capabilities.json")


def load(path=FILE) -> str:
    out = StringIO()
    call_command("load_capabilities", str(path), stdout=out)
    return out.getvalue()


def test_the_framework_loads_and_loading_again_repeats_nothing():
    assert load() == "66 capabilities.\n"
    assert CapabilityGroup.objects.count() == 10
    before = list(Capability.objects.values())
    load()
    assert list(Capability.objects.values()) == before
    assert Capability.objects.first().group.name == "Data and AI"


def test_the_levels_of_the_file_are_those_of_the_code():
    levels = json.loads(FILE.read_text(encoding="utf-8"))["levels"]
    assert [(each["level"], each["name"], each["meaning"]) for each in levels] == [
        (level.value, level.label, LEVEL_MEANINGS[level]) for level in Level
    ]


def test_a_bad_file_is_one_clear_line(tmp_path):
    bad = tmp_path / "bad.json"
    bad.write_text('{"groups": [{"group": "A"}]}', encoding="utf-8")
    with pytest.raises(CommandError, match="lacks 'capabilities'"):
        load(bad)
    assert not CapabilityGroup.objects.exists()
