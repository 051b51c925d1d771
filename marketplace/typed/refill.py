"""Puts what was kept back into the page on which its form stands.

Works on the finished page, so that every form of every floor is served alike: whatever fields
it has, whoever drew it.
"""

import re
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup, Tag

from marketplace.typed.keeping import KeptPost, is_management

NOT_TYPED = ("hidden", "submit", "button", "file", "image", "reset", "password")
NOT_COMPARED = ("csrfmiddlewaretoken", "version", "next")
TEMPLATE = "__prefix__"
IN_A_ROW = re.compile(rf"-(\d+|{TEMPLATE})-")
"""Names of a set of forms: a row’s marks differ where rows were added, and in its template."""

FORM_ID = "typed-form"


@dataclass(frozen=True)
class Filled:
    """A page, and what became of the kept post in it."""

    soup: BeautifulSoup
    form: Tag | None
    """The form that it belongs in; None where the page no longer has it."""
    button: str
    """What stands on the button that was pressed; "" where the form no longer has it."""
    put_back: bool
    """Whether the form has fields, and they hold what was typed."""
    left: list[tuple[str, str]]
    """(label, text) of what found no place."""
    before: list[tuple[str, str]] = dataclass_field(default_factory=list)
    """(label, text) of what stood in the fields that are filled otherwise now."""

    @property
    def form_id(self) -> str:
        return str(self.form["id"]) if self.form else ""

    @property
    def is_over(self) -> bool:
        """Whether the page has the form with other buttons: it was done before, or elsewhere."""
        return self.is_button and not self.button

    @property
    def is_button(self) -> bool:
        """Whether the form is a button that carries its values with it."""
        return self.form is not None and not self.put_back


def put_back(html: str, page: str, post: KeptPost) -> Filled:
    """Fill the form of `html` (the page at path `page`) that `post` was sent from."""
    soup = BeautifulSoup(html, "html.parser")
    form = _find_form(soup, page, post)
    if form is None:
        return Filled(soup, None, "", False, _left(soup, post, set()))
    stood = _texts(form)
    taken = _fill(form, post)
    now = _texts(form)
    before = [(_label(soup, name), stood[name]) for name in stood if stood[name] != now.get(name)]
    left = _left(soup, post, taken | _marks(form))
    if taken:
        if form.has_attr("data-autosave-version") and post.fields.get("version"):
            form["data-autosave-version"] = post.fields["version"][0]
        form["id"] = form.get("id") or FORM_ID
        form["data-app-put-back"] = ""
    return Filled(soup, form, _button(form, post), bool(taken), left, before)


def _find_form(soup: BeautifulSoup, page: str, post: KeptPost) -> Tag | None:
    """The form of the page that is most like what was sent."""
    path = urlsplit(post.path).path
    best: tuple[int, Tag] | None = None
    for form in soup.find_all("form"):
        action = urlsplit(urljoin(page, str(form.get("action") or ""))).path
        if str(form.get("method", "")).lower() != "post" or action != path:
            continue
        score = _likeness(form, post)
        if score is not None and (best is None or score > best[0]):
            best = score, form
    return best[1] if best else None


def _likeness(form: Tag, post: KeptPost) -> int | None:
    """How many names of the form were sent; None if a hidden field shows that it is another."""
    score = 0
    for tag in form.find_all(["input", "textarea", "select", "button"]):
        name = str(tag.get("name") or "")
        if not name or name in NOT_COMPARED or is_management(name) or IN_A_ROW.search(name):
            continue
        is_mark = tag.name == "input" and tag.get("type") == "hidden"
        if is_mark and str(tag.get("value") or "") not in post.fields.get(name, []):
            return None
        score += name in post.fields
    return score


def _fill(form: Tag, post: KeptPost) -> set[str]:
    """Put the texts in; the names of the fields that have a place here."""
    left = {name: list(values) for name, values in post.fields.items()}
    taken: set[str] = set()
    for tag in form.find_all(["input", "textarea", "select"]):
        name, kind = str(tag.get("name") or ""), str(tag.get("type") or "text").lower()
        if name == "version" and kind == "hidden" and left.get(name):
            # As of the version that it was typed on: what others saved since is not overwritten.
            tag["value"] = left[name][0]
        if not name or TEMPLATE in name or (tag.name == "input" and kind in NOT_TYPED):
            continue
        values = left.get(name, [])
        if tag.name == "input" and kind in ("checkbox", "radio"):
            _choose(tag, "checked", str(tag.get("value", "on")) in values)
        elif tag.name == "select":
            for option in tag.find_all("option"):
                value = str(option.get("value", option.get_text()))
                _choose(option, "selected", value in values)
        elif name not in left:
            continue
        elif tag.name == "textarea":
            # A browser leaves out a first line that is empty.
            tag.string = "\n" + (values.pop(0) if values else "")
        else:
            tag["value"] = values.pop(0) if values else ""
        taken.add(name)
    return taken


def _texts(form: Tag) -> dict[str, str]:
    """Name → what a person reads in that field of the form."""
    found: dict[str, list[str]] = {}
    for tag in form.find_all(["input", "textarea", "select"]):
        name, kind = str(tag.get("name") or ""), str(tag.get("type") or "text").lower()
        if not name or TEMPLATE in name or (tag.name == "input" and kind in NOT_TYPED):
            continue
        texts = found.setdefault(name, [])
        if tag.name == "textarea":
            texts.append(tag.get_text().removeprefix("\n"))
        elif tag.name == "select":
            chosen = [each for each in tag.find_all("option") if each.has_attr("selected")]
            texts += [each.get_text(strip=True) for each in chosen]
        elif kind not in ("checkbox", "radio"):
            texts.append(str(tag.get("value") or ""))
        elif tag.has_attr("checked"):
            texts.append(_choice(form, tag))
    return {name: "\n".join(texts).strip() for name, texts in found.items()}


def _choice(form: Tag, box: Tag) -> str:
    label = form.find("label", attrs={"for": str(box.get("id") or "")})
    return str(label.get_text(" ", strip=True)) if label else str(box.get("value", "on"))


def _choose(tag: Tag, attribute: str, chosen: bool) -> None:
    if chosen:
        tag[attribute] = ""
    elif tag.has_attr(attribute):
        del tag[attribute]


def _marks(form: Tag) -> set[str]:
    """Names of what is in the form and was not typed."""
    hidden = form.find_all("input", type="hidden")
    buttons = form.find_all("button") + form.find_all("input", type="submit")
    return {str(tag.get("name") or "") for tag in [*hidden, *buttons]}


def _left(soup: BeautifulSoup, post: KeptPost, placed: set[str]) -> list[tuple[str, str]]:
    return [
        (_label(soup, name), text)
        for name, text in post.written.items()
        if name not in placed and len(text.strip()) > 1
    ]


def _label(soup: BeautifulSoup, name: str) -> str:
    label = soup.find("label", attrs={"for": f"id_{name}"})
    if label is not None:
        return str(label.get_text(" ", strip=True))
    return name.rpartition("-")[2].replace("_", " ").capitalize()


def _button(form: Tag, post: KeptPost) -> str:
    """The words on the button that was pressed; "" where the form no longer has it.

    A button with a name sends it with its value: “Stop following” is not the “Follow” of before.
    """
    for tag in form.find_all("button"):
        if str(tag.get("type") or "submit") != "submit":
            continue
        name = str(tag.get("name") or "")
        if not name or str(tag.get("value") or "") in post.fields.get(name, []):
            return " ".join(tag.get_text(" ", strip=True).split())
    return ""
