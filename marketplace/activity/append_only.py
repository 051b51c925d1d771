"""Rows that are added and never changed or removed; `guards.py` has the database say so too."""

from typing import Any, NoReturn

from django.db import models


class AppendOnlyError(Exception):
    """Somebody tried to change or remove what may only be added to."""


class AppendOnlyQuerySet(models.QuerySet):
    def update(self, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError("the activity record can’t be changed")

    def delete(self) -> NoReturn:
        raise AppendOnlyError("the activity record can’t be removed")

    def for_thing(self, thing: models.Model) -> "AppendOnlyQuerySet":
        return self.filter(thing_type=thing._meta.label_lower, thing_id=str(thing.pk))


class AppendOnly(models.Model):
    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnlyError("the activity record can’t be changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError("the activity record can’t be removed")
