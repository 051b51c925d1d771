"""Bringing in a region from its file, once or many times."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from marketplace.regions.models import LocalAuthority, Objective, Region, Sector

pytestmark = pytest.mark.django_db
FILE = Path("marketplace/regions/data/west-midlands.json")


def load(path=FILE) -> str:
    out = StringIO()
    call_command("load_region", str(path), stdout=out)
    return out.getvalue()


def test_the_west_midlands_load():
    said = "West Midlands Combined Authority: 7 authorities, 8 objectives, 10 sectors.\n"
    assert load() == said
    region = Region.objects.get()
    assert (region.code, region.slug) == ("E47000007", "wmca")
    assert region.objectives.first().code == "economic-growth"
    assert region.sectors.get(slug="construction").name == "Construction"


def test_loading_again_repeats_nothing_and_brings_in_what_changed(tmp_path):
    load()
    before = [list(model.objects.values()) for model in (Region, LocalAuthority, Objective, Sector)]
    load()
    after = [list(model.objects.values()) for model in (Region, LocalAuthority, Objective, Sector)]
    assert after == before

    data = json.loads(FILE.read_text(encoding="utf-8"))
    data["objectives"][0]["aim"] = "changed"
    changed = tmp_path / "changed.json"
    changed.write_text(json.dumps(data), encoding="utf-8")
    load(changed)
    assert Objective.objects.first().aim == "changed"
    assert Objective.objects.count() == 8


def test_a_sector_that_officers_renamed_keeps_its_name():
    load()
    Sector.objects.filter(slug="retail").update(name="Shops and markets")
    load()
    assert Sector.objects.get(slug="retail").name == "Shops and markets"


@pytest.mark.parametrize(
    ("text", "said"),
    [("{", "is not valid JSON"), ("{}", "lacks 'region'"), ("[]", "lacks")],
)
def test_a_bad_file_is_one_clear_line_and_loads_nothing(tmp_path, text, said):
    bad = tmp_path / "bad.json"
    bad.write_text(text, encoding="utf-8")
    with pytest.raises(CommandError, match=said):
        load(bad)
    assert not Region.objects.exists()


def test_a_missing_file_is_one_clear_line(tmp_path):
    with pytest.raises(CommandError, match="can’t be read"):
        load(tmp_path / "none.json")


def test_half_a_file_loads_nothing(tmp_path):
    data = json.loads(FILE.read_text(encoding="utf-8"))
    del data["sectors"]
    half = tmp_path / "half.json"
    half.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(CommandError, match="lacks 'sectors'"):
        load(half)
    assert not Region.objects.exists()
