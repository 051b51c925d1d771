"""GOV.UK components as template tags; `figures` has those for facts and numbers.

Plain values are escaped; `inset`, `warning`, `details` and `scroll` wrap what stands between
them and their end tags.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms, template
from django.core.paginator import Page
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from marketplace.forms import GovukBoundField, errors_id, govuk_fields

register = template.Library()

STATE_COLOURS = {
    # calls
    "draft": "grey",
    "proposed": "yellow",
    "approved": "teal",
    "upcoming": "teal",
    "open": "green",
    "assessing": "purple",
    "decided": "blue",
    "cancelled": "red",
    "published": "green",
    "returned": "orange",
    # pitches, and what was decided about them
    "submitted": "blue",
    "withdrawn": "grey",
    "closed": "grey",
    "shortlisted": "purple",
    "awarded": "green",
    "not-awarded": "orange",
    "answered": "green",
    # partners in a pitch
    "confirmed": "green",
    "left": "orange",
    # their files
    "waiting": "yellow",
    "clean": "green",
    "infected": "red",
    "unscanned": "grey",
    # sharing pitches out
    "done": "green",
    "refused": "orange",
    # judges and their reviews
    "invited": "yellow",
    "accepted": "teal",
    "declined": "orange",
    "removed": "grey",
    "assigned": "yellow",
    "recused": "orange",
    "stepped": "grey",
    # acts that two officers sign, and releases
    "signed": "green",
    "taken-back": "grey",
    "stopped": "orange",
    # places that are offered
    "lapsed": "grey",
    # appeals
    "upheld": "green",
    "partly": "yellow",
    "rejected": "orange",
    # funded projects
    "active": "green",
    "completed": "blue",
    "ended": "orange",
}
"""A state's value → the colour of its tag. The words say the state; colour only helps."""


# --- Forms --------------------------------------------------------------------------


@register.simple_tag
def govuk_form(form: forms.BaseForm) -> SafeString:
    """Any form in GOV.UK style, hidden fields included; its `<form>` and button are yours."""
    parts = [field if field.is_hidden else field.as_field_group() for field in govuk_fields(form)]
    return mark_safe(form_errors(form) + "".join(str(part) for part in parts))  # noqa: S308


@register.simple_tag
def govuk_field(
    field: forms.BoundField, heading: bool = False, label_class: str = "", group_class: str = ""
) -> SafeString:
    """One field of any form. `heading` makes its label the page's heading; `label_class` is
    s, m, l or xl."""
    govuk_fields(field.form)
    found = GovukBoundField(field.form, field.field, field.name)
    if found.is_hidden:
        return mark_safe(str(found))  # noqa: S308
    return found.render(
        context={
            "field": found,
            "heading": heading,
            "label_class": label_class or ("l" if heading else ""),
            "group_class": group_class,
        }
    )


@register.simple_tag
def form_errors(form: forms.BaseForm) -> SafeString:
    """The errors that belong to no one field, where the error summary links to."""
    errors = form.non_field_errors()
    if not errors:
        return mark_safe("")
    lines = "".join(str(format_html("{}<br>", error)) for error in errors).removesuffix("<br>")
    return format_html(
        '<p id="{}" class="govuk-error-message">'
        '<span class="govuk-visually-hidden">Error:</span> {}</p>',
        errors_id(form),
        mark_safe(lines),  # noqa: S308
    )


@register.inclusion_tag("components/error_summary.html", takes_context=True)
def error_summary(
    context: Context,
    *forms_: Any,
    problems: Iterable[tuple[str, str]] | None = None,
    title: str = "There is a problem",
) -> dict[str, Any]:
    """What is wrong in the forms and formsets given, each with a link to its field.

    `base.html` calls this for `form`, `formset` and `problems` of the context; what one
    call on a page has shown, a later one leaves out.

    Args:
        problems: (name of a field or id of a place, sentence) of what a service refused.
    """
    shown = context.dicts[0].setdefault("_summarised", set())
    found: list[tuple[str, str]] = []
    places: dict[str, str] = {}
    for form in _each_form(forms_):
        places.update({field.name: field.first_id for field in govuk_fields(form)})
        if id(form) not in shown:
            found += _problems_of(form)
        shown.add(id(form))
    if problems and id(problems) not in shown:
        found += [(places.get(place, place), sentence) for place, sentence in problems]
        shown.add(id(problems))
    return {"problems": found, "title": title}


def _each_form(given: Iterable[Any]) -> Iterable[forms.BaseForm]:
    for thing in given:
        if isinstance(thing, forms.BaseForm):
            yield thing
        elif isinstance(thing, forms.BaseFormSet):
            yield from thing.forms
        elif isinstance(thing, (list, tuple)):
            yield from _each_form(thing)


def _problems_of(form: forms.BaseForm) -> list[tuple[str, str]]:
    if not form.errors:
        return []
    found = [(errors_id(form), str(error)) for error in form.non_field_errors()]
    for field in govuk_fields(form):
        place = "" if field.is_hidden else field.first_id
        found += [(place, message) for message in field.named_messages]
    return found


@register.simple_tag
def flat_options(widget: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The choices of a radio or checkbox widget in one list.

    The first has the field's own id, so that an error summary can link to it.
    """
    found: list[dict[str, Any]] = []
    base = widget["attrs"].get("id", widget["name"])
    for group, options, _ in widget["optgroups"]:
        for place, option in enumerate(options):
            attrs = dict(option["attrs"])
            for name in ("id", "class", "checked", "aria-describedby"):
                attrs.pop(name, None)
            found.append(
                {
                    "group": group if place == 0 else None,
                    "id": f"{base}-{len(found) + 1}" if found else base,
                    "name": option["name"],
                    "value": option["value"],
                    "label": option["label"],
                    "checked": option["selected"],
                    "hint": option.get("hint", ""),
                    "attrs": attrs,
                }
            )
    return found


# --- Words in boxes -----------------------------------------------------------------


@register.inclusion_tag("components/tag.html", name="tag")
def tag_(text: str, colour: str = "") -> dict[str, str]:
    """A short word in a coloured box: blue, green, grey, orange, purple, red, teal, yellow."""
    return {"text": text, "colour": colour}


@register.inclusion_tag("components/tag.html")
def state_tag(state: str, label: str = "") -> dict[str, str]:
    """`{% state_tag pitch.state pitch.get_state_display %}`: the colour follows the state."""
    text = label or str(state).replace("-", " ").capitalize()
    return {"text": text, "colour": STATE_COLOURS.get(str(state), "grey")}


@register.simple_block_tag
def inset(content: str) -> SafeString:
    return format_html('<div class="govuk-inset-text">{}</div>', content)


@register.simple_block_tag
def warning(content: str) -> SafeString:
    return format_html(
        '<div class="govuk-warning-text">'
        '<span class="govuk-warning-text__icon" aria-hidden="true">!</span>'
        '<strong class="govuk-warning-text__text">'
        '<span class="govuk-visually-hidden">Warning</span> {}</strong></div>',
        content,
    )


@register.simple_block_tag
def details(content: str, summary: str, open: bool = False) -> SafeString:
    """`{% details "Who can apply" %}…{% enddetails %}`"""
    return format_html(
        '<details class="govuk-details"{}><summary class="govuk-details__summary">'
        '<span class="govuk-details__summary-text">{}</span></summary>'
        '<div class="govuk-details__text">{}</div></details>',
        mark_safe(" open" if open else ""),  # noqa: S308
        summary,
        content,
    )


@register.simple_block_tag
def scroll(content: str, label: str) -> SafeString:
    """Lets a wide table scroll sideways, by keyboard too; `label` says what it holds."""
    return format_html(
        '<div class="app-scroll" role="region" aria-label="{}" tabindex="0">{}</div>',
        label,
        content,
    )


@register.inclusion_tag("components/notification_banner.html")
def notification_banner(text: str, level: str = "info", number: int = 1) -> dict[str, str]:
    """`level` as in django.contrib.messages; `number` keeps ids apart on one page."""
    title_id = "govuk-notification-banner-title"
    kinds = {
        "success": (" govuk-notification-banner--success", "alert", "Success"),
        "error": (" app-notification-banner--error", "alert", "There is a problem"),
        "warning": (" app-notification-banner--warning", "alert", "Warning"),
    }
    modifier, role, title = kinds.get(level, ("", "region", "Important"))
    return {
        "text": text,
        "modifier": modifier,
        "role": role,
        "title": title,
        "title_id": title_id if number == 1 else f"{title_id}-{number}",
    }


@register.inclusion_tag("components/empty.html")
def empty_state(title: str, text: str = "", href: str = "", link: str = "") -> dict[str, str]:
    """What a list says that has nothing in it, and where to go from there."""
    return {"title": title, "text": text, "href": href, "link": link}


# --- Ways about ---------------------------------------------------------------------


@register.inclusion_tag("components/button.html")
def button(
    text: str,
    href: str = "",
    style: str = "",
    type: str = "submit",
    name: str = "",
    value: str = "",
    id: str = "",
    disabled: bool = False,
    start: bool = False,
    once: bool = False,
) -> dict[str, Any]:
    """A button, or a link that looks like one. `style` is secondary, warning or inverse;
    `once` ignores a second click."""
    modifiers = [style] if style else []
    modifiers += ["start"] if start else []
    return {
        **{"text": text, "href": href, "type": type, "name": name, "value": value, "id": id},
        **{"disabled": disabled, "start": start, "once": once},
        "style": "".join(f" govuk-button--{modifier}" for modifier in modifiers),
    }


@register.inclusion_tag("components/back_link.html")
def back_link(href: str, text: str = "Back") -> dict[str, str]:
    return {"href": href, "text": text}


@register.inclusion_tag("components/breadcrumbs.html")
def breadcrumbs(
    *flat: str, items: Sequence[tuple[str, str]] = (), collapse: bool = True
) -> dict[str, Any]:
    """`{% breadcrumbs "Home" "/" "Challenges" "/challenges/" %}`; a last text without an
    address is this page. `items` takes (text, href) pairs instead."""
    pairs = [(text, href) for text, href in zip(flat[::2], [*flat[1::2], ""], strict=False)]
    return {"items": [*items, *pairs], "collapse": collapse}


@register.inclusion_tag("components/pagination.html", takes_context=True)
def pagination(context: Context, page: Page, name: str = "page") -> dict[str, Any]:
    """Links to the other pages of a list; the rest of the query string stays as it is."""
    query = context["request"].GET.copy()

    def address(number: int) -> str:
        query[name] = str(number)
        return f"?{query.urlencode()}"

    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return {
        "pages": [
            {"number": n, "href": address(n), "current": n == page.number}
            if isinstance(n, int)
            else {"href": ""}
            for n in numbers
        ],
        "previous": address(page.previous_page_number()) if page.has_previous() else "",
        "next": address(page.next_page_number()) if page.has_next() else "",
    }
