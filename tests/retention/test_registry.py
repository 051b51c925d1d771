"""Every text, file and link to a person is spoken for, and what is said is true."""

from django.db import models

from marketplace.retention import checks
from marketplace.retention.registry import REGISTRY


def test_every_field_is_spoken_for() -> None:
    gaps = checks.find_gaps()
    assert not gaps, "\n" + "\n".join(gaps)


def test_a_model_that_nobody_spoke_for_is_found(monkeypatch) -> None:
    for model in list(REGISTRY.held):
        monkeypatch.delitem(REGISTRY.held, model)
        found = list(checks._gaps_of(model))
        needs = [
            one
            for one in (*model._meta.local_fields, *model._meta.local_many_to_many)
            if checks._line_for(model, one)
        ]
        assert len(found) == len(needs)
        monkeypatch.undo()
    line = checks._line_for(models.Model, models.TextField(name="words"))
    assert not line, "a model of somebody else’s"


def test_every_road_leads_somewhere() -> None:
    for held in REGISTRY.held.values():
        rows = held.model._base_manager.all()
        for road in filter(None, (held.pitch, held.person, *(one.path for one in held.roads))):
            str(rows.filter(**{road: 1}).query)
        for shows in (*(one.shows for one in held.links), *(one.shows for one in held.roads)):
            str(rows.values(*shows).query)
        erased = [text for text in held.texts if text.of_pitch]
        assert not erased or held.pitch, held.model
        owned = [text for text in held.texts if text.of_person]
        assert not owned or held.person or held.address, held.model
