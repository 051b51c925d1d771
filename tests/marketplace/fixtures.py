"""GOV.UK Frontend's own fixtures, and HTML in a form in which two texts can be compared."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

COMPONENTS = (
    Path(__file__).resolve().parents[2] / "node_modules/govuk-frontend/dist/govuk/components"
)


def fixtures_of(component: str) -> list[dict[str, Any]]:
    """Each with `name`, `options` and `html`.

    Raises:
        RuntimeError: the npm packages are not installed; these tests can't do without.
    """
    path = COMPONENTS / component / "fixtures.json"
    if not path.exists():
        raise RuntimeError(f"{path.name} of {component} is missing: run “npm ci” first")
    return json.loads(path.read_text(encoding="utf-8"))["fixtures"]


def options_used(options: Any, place: str = "") -> set[str]:
    """Dotted names of what a fixture sets: {"label.text", "items[].value"}."""
    if isinstance(options, dict):
        found = (options_used(value, f"{place}.{key}") for key, value in options.items())
        return set().union(*found)
    if isinstance(options, list):
        return set().union(*(options_used(value, f"{place}[]") for value in options))
    return {re.sub(r"attributes\..*", "attributes", place.removeprefix("."), flags=re.IGNORECASE)}


class _Events(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.events: list[tuple[Any, ...]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if "class" in found:
            # Neither the order nor the number of times of a class means anything.
            found["class"] = " ".join(sorted(set(found["class"].split())))
        self.events.append(("start", tag, tuple(sorted(found.items()))))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in ("input", "br"):
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        self.events.append(("end", tag))

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if text:
            self.events.append(("text", text))


def normal(html: str) -> list[tuple[Any, ...]]:
    """`html` as a list of tags and texts, attributes sorted and white space folded."""
    parser = _Events()
    parser.feed(html)
    parser.close()
    return parser.events


def part(html: str, tag: str, without: tuple[str, ...] = ()) -> list[tuple[Any, ...]]:
    """The first element called `tag`, without the attributes named in `without`."""
    events = normal(html)
    start = next(n for n, event in enumerate(events) if event[:2] == ("start", tag))
    end = next(n for n, event in enumerate(events) if n > start and event == ("end", tag))
    _, _, attrs = events[start]
    kept = tuple((name, value) for name, value in attrs if name not in without)
    return [("start", tag, kept), *events[start + 1 : end + 1]]
