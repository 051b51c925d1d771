"""Take a name out of free words that stay: the title of an erased pitch, a deleted person."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db import models
from django.db.models import Q

from marketplace.retention.registry import REGISTRY, Held, Text

Among = Callable[[Held], "models.QuerySet | None"]
"""The rows of a model in which a name is looked for; None for none of them."""


@dataclass(frozen=True)
class Names:
    """What is taken out: a pattern, and words of which one stands wherever it fits."""

    pattern: re.Pattern[str]
    hints: tuple[str, ...]
    to: str

    def out_of(self, value: Any) -> Any:
        """A text, or JSON, without the names."""
        if isinstance(value, str):
            return self.pattern.sub(self.to, value)
        if isinstance(value, list):
            return [self.out_of(each) for each in value]
        if isinstance(value, dict):
            return {key: self.out_of(each) for key, each in value.items()}
        return value


def whole(names: Iterable[str], *, to: str) -> Names | None:
    """Names as they stand between other words, however spaced and in any case; None of none."""
    return _names(names, lambda spaced: rf"(?<!\w)(?:{spaced})(?!\w)", to)


def addresses(names: Iterable[str], *, to: str) -> Names | None:
    """E-mail addresses, and none that only ends or begins like one of them."""
    return _names(names, lambda each: rf"(?<![\w.+-])(?:{each})(?![\w-]|\.\w)", to)


def quoted(names: Iterable[str], *, to: str) -> Names | None:
    """Names in quotation marks, or after a colon at the end: what may be words of the language."""
    return _names(names, lambda spaced: rf"“(?:{spaced})”|(?<=: )(?:{spaced})$", to)


def _names(names: Iterable[str], around: Callable[[str], str], to: str) -> Names | None:
    wanted = sorted({name.strip() for name in names} - {""}, key=len, reverse=True)
    if not wanted:
        return None
    words = [name.split() for name in wanted]
    spaced = "|".join(r"\s+".join(re.escape(word) for word in each) for each in words)
    hints = tuple(dict.fromkeys(max(each, key=len) for each in words))
    return Names(re.compile(around(spaced), re.IGNORECASE), hints, to)


def take_out(names: Names | None, *, among: Among) -> None:
    """Take the names out of every registered text that loses them."""
    if names is None:
        return
    for held in REGISTRY.held.values():
        texts = [text for text in held.texts if text.loses_names]
        rows = among(held) if texts else None
        if rows is not None:
            for text in texts:
                _take_out(rows, text, names)


def _take_out(rows: models.QuerySet, text: Text, names: Names) -> None:
    field: Any = rows.model._meta.get_field(text.name)
    if not isinstance(field, models.JSONField):  # stored with escapes, so it is read whole
        rows = rows.filter(reduce(or_, (Q(**{f"{text.name}__icontains": h}) for h in names.hints)))
    for pk, before in list(rows.order_by().values_list("pk", text.name)):
        after = names.out_of(before)
        if isinstance(after, str) and field.max_length:
            after = after[: field.max_length]
        if after != before:
            rows.model._base_manager.filter(pk=pk).update(**{text.name: after})
