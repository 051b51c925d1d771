"""A door for a file field: whatever road a file takes to it, it is looked at before it is stored.

Fields of models that others wrote get theirs from `guard`, once, when the site starts.
"""

from collections.abc import Callable
from typing import Any, cast

from django.core.files.storage import storages
from django.db.models import FileField, Model
from django.db.models.fields.files import FieldFile

Door = Callable[[Any, str], Any]
"""Takes a file and its name; returns the file to store, which has a `name`. Raises `Refused`."""


class CheckedFieldFile(FieldFile):
    """What stands in a field that has a door."""

    door: Door
    store = ""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        if self.store:
            self.storage = storages[self.store]

    def save(self, name: str | None, content: Any, save: bool = True) -> None:
        """Raises: Refused: the door does not take it."""
        passed = passed_through(type(self).door, content, name or "")
        super().save(passed.name, passed, save)

    save.alters_data = True  # type: ignore[attr-defined]

    def get_image_dimensions(self) -> tuple[int, int]:
        """None of a picture that can't be read: its door says so when it is stored."""
        try:
            return cast(Any, super()).get_image_dimensions()
        except Exception:  # what picture libraries raise has no common name
            return (0, 0)


def passed_through(door: Door, content: Any, name: str) -> Any:
    """The file that a door gives back; one that has passed it already is not looked at again."""
    if getattr(content, "passed", None) is door:
        return content
    passed = door(content, name)
    passed.passed = door
    return passed


def guard(model: type[Model], name: str, door: Door, *, store: str = "") -> None:
    """Put a door before a model's file field.

    Args:
        store: name in `STORAGES` of where its files are kept, if not where the field says.
    """
    field = cast(FileField, model._meta.get_field(name))
    kind = field.attr_class
    if issubclass(kind, CheckedFieldFile):
        return
    values = {"door": staticmethod(door), "store": store, "__module__": __name__}
    called = f"Checked{model.__name__}{name.title()}"
    # Found by its name, as Wagtail keeps renditions in the cache, which pickles them.
    globals()[called] = field.attr_class = type(called, (CheckedFieldFile, kind), values)
