"""What the desk's tests share."""

import re
from typing import Any

from django.test import Client
from django.urls import reverse

from challenges.calls.models import Call
from tests.factories import sign_in


def signed_in(user: Any) -> Client:
    return sign_in(Client(), user)


def form_data(response: Any) -> dict[str, Any]:
    """What a browser would send from the page's bound form, rows included, nothing changed."""
    form = response.context["form"]
    data = {"version": str(response.context.get("version", ""))}
    data.update(_values(form))
    for formset in getattr(form, "formsets", {}).values():
        data.update(_values(formset.management_form))
        for row in formset.forms:
            data.update(_values(row))
    return data


def what_was_read(desk: Client, call: Call) -> dict[str, str]:
    """What the form of approval says of what its reader has read."""
    page = desk.get(url("approve", call.pk)).content.decode()
    fields = dict(re.findall(r'name="(proposal|digest)" value="(\w+)"', page))
    assert len(fields) == 2
    return fields


def read_and_approve(desk: Client, call: Call, **given: str) -> Any:
    return desk.post(url("approve", call.pk), what_was_read(desk, call) | given, follow=True)


def _values(form: Any) -> dict[str, Any]:
    values = {}
    for field in form:
        value = field.value()
        if callable(value):
            value = value()
        if isinstance(value, list):
            values[field.html_name] = [str(getattr(one, "pk", one)) for one in value]
        elif value is True:
            values[field.html_name] = "on"
        elif value is not None and value is not False:
            values[field.html_name] = field.field.widget.format_value(value) or ""
    return values


def url(name: str, pk: int | None = None) -> str:
    return reverse(f"desk:{name}", kwargs={"pk": pk} if pk is not None else None)
