"""Whatever is typed is kept, shown again, checked, and read back; nothing breaks the page."""

import json
from html import unescape
from html.parser import HTMLParser

import pytest
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from challenges.calls.models import QuestionKind
from challenges.calls.question_types import TYPES, storable, type_of
from challenges.pitches.content import build_content, field_name
from challenges.pitches.forms import WriteForm, browser_data, saved_values
from challenges.pitches.services import save_answers, submit_entry
from marketplace.errors import Incomplete
from startups.rules import forget_memberships
from tests.factories import OrganisationFactory, UserFactory, sign_in
from tests.pitches.conftest import call_asking, entry_for, fresh, url

pytestmark = pytest.mark.django_db

examples = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
TYPED_KINDS = [kind for kind in TYPES if kind != QuestionKind.FILE]
NASTY = [
    "\x00",
    "a\x00b",
    "\ud800",
    "<script>alert(1)</script>",
    "{{ 7|add:7 }}",
    "\u202etxt.exe",
    "9" * 400,
    "1e999999999",
    "0E+99999999",
    "-0",
    "NaN",
    "sNaN",
    "Infinity",
    "http://[",
    "javascript:alert(1)",
    "\n leading and trailing \n",
    "line\r\nline\rline",
    "x" * 70_000,
    "👩‍👩‍👧 ﷽ ٣",
]
anything = st.sampled_from(NASTY) | st.text(max_size=80)
parts = st.sampled_from(["", "0", "1", "31", "2", "2026", "0000000019999999999999", "٣", "May"])
strategies = {
    QuestionKind.DATE: st.lists(parts | anything, min_size=3, max_size=3),
    QuestionKind.CHOICES: st.lists(st.sampled_from(["Red", "Green", "Blue", "Black"]), max_size=4),
    QuestionKind.CHOICE: st.sampled_from(["Red", "Blue", ""]) | anything,
    QuestionKind.YES_NO: st.sampled_from(["yes", "no", ""]) | anything,
    QuestionKind.NUMBER: st.decimals(-1000, 1000).map(str) | anything,
    QuestionKind.MONEY: st.sampled_from(["£12,500", "99.5", "-1", "0.001"]) | anything,
    QuestionKind.COSTS: st.lists(
        st.tuples(anything, st.sampled_from(["£1,000", "5.5", "-1", ""]) | anything).map(list),
        max_size=5,
    ),
    QuestionKind.TEAM: st.lists(st.tuples(anything, anything, anything).map(list), max_size=4),
    QuestionKind.CAPABILITIES: st.lists(
        st.tuples(st.just("x"), st.sampled_from(["", "Working", "Expert", "?"]), anything).map(
            list
        ),
        max_size=3,
    ),
    QuestionKind.DECLARATION: st.tuples(st.sampled_from(["on", ""]), anything).map(list),
    QuestionKind.LINK: st.sampled_from(["example.org", "https://example.org/a?b=c"]) | anything,
}
answer_sets = st.lists(
    st.sampled_from(TYPED_KINDS).flatmap(
        lambda kind: st.tuples(st.just(kind), strategies.get(kind, anything))
    ),
    min_size=1,
    max_size=6,
)


WITHOUT_A_BOX = (
    QuestionKind.CHOICE,
    QuestionKind.CHOICES,
    QuestionKind.YES_NO,
    QuestionKind.CAPABILITIES,  # the call of these tests wants none
)


class Fields(HTMLParser):
    """Reads a page's form as a browser would send it: (name, value) pairs."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.found, self.area = [], None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "textarea":
            self.area, self.text = attrs["name"], ""
        elif tag == "input" and attrs.get("type") in ("text", "hidden", None):
            self.found.append((attrs.get("name"), attrs.get("value") or ""))
        elif tag == "input" and attrs.get("type") in ("radio", "checkbox") and "checked" in attrs:
            self.found.append((attrs["name"], attrs.get("value")))

    def handle_data(self, data):
        if self.area:
            self.text += data

    def handle_endtag(self, tag):
        if tag == "textarea":
            # A browser leaves the first line end after the tag out.
            self.found.append((self.area, self.text.removeprefix("\n")))
            self.area = None


@pytest.fixture
def person():
    return UserFactory()


def new_entry(person, kinds, **fields):
    forget_memberships(person)
    return entry_for(call_asking(*kinds, **fields), OrganisationFactory(owner=person))


@examples
@given(answers=answer_sets)
@example(answers=[(QuestionKind.DATE, ["0000000019999999999999", "1", "2026"])])
@example(answers=[(QuestionKind.MONEY, "0E+99999999")])
def test_typed_values_make_the_whole_round(person, answers):
    entry = new_entry(person, [kind for kind, _ in answers])
    typed = {spec["id"]: value for spec, (_, value) in zip(entry.specs, answers, strict=True)}
    client = sign_in(Client(), person)

    entry = save_answers(entry=entry, answers=typed, version=1, actor=person)
    kept = saved_values(entry)
    for spec in entry.specs:
        assert kept[spec["id"]] == type_of(spec).as_typed(typed[spec["id"]])

    response = client.get(url("write", entry))
    assert response.status_code == 200
    shown = Fields(response.content.decode()).found
    for name, text in browser_data(entry, kept, None, None):
        kind = next(s["kind"] for s in entry.specs if name.split("-")[0] == field_name(s))
        if kind in WITHOUT_A_BOX or name.endswith("-agreed"):
            continue  # what is not a choice has no box to stand in
        assert (name, text) in shown
    assert client.get(url("write", entry) + "?check=1").status_code == 200
    assert client.get(url("submit", entry)).status_code == 200

    content, problems = build_content(fresh(entry))
    if problems:
        with pytest.raises(Incomplete):
            submit_entry(entry=entry, actor=person)
        return
    submission = submit_entry(entry=entry, actor=person)
    submission.refresh_from_db()
    assert submission.content == json.loads(json.dumps(content))
    page = unescape(client.get(url("entry", entry)).content.decode())
    for answer in submission.content["answers"]:
        assert answer["text"] in page


@pytest.mark.parametrize("kind", TYPED_KINDS)
@pytest.mark.parametrize("raw", [None, 5, 1.5, True, [], ["a"] * 9, {}, {"a": 1}, b"x", [None]])
def test_values_of_wrong_types_are_kept_in_shape(person, kind, raw):
    entry = new_entry(person, [kind])
    question = entry.specs[0]["id"]
    save_answers(entry=entry, answers={question: raw, 999_999: "x"}, version=1, actor=person)
    build_content(fresh(entry))
    assert str(WriteForm(fresh(entry))[f"q{question}"])


@examples
@given(
    st.dictionaries(
        st.sampled_from(["title", "summary", "version", "action", "comparing", "keep-title", "q"]),
        anything.map(lambda text: text.encode("utf-8", "replace").decode()),
    )
)
def test_no_form_breaks_a_page(person, data):
    entry = new_entry(person, [QuestionKind.SHORT_TEXT])
    client = sign_in(Client(), person)
    data = {f"q{entry.specs[0]['id']}" if name == "q" else name: v for name, v in data.items()}
    for name in ("write", "autosave", "submit", "withdraw", "restore"):
        assert client.post(url(name, entry), data).status_code < 500


@pytest.mark.parametrize("name", ["write", "autosave"])
def test_a_body_of_megabytes_is_kept_or_refused(person, name):
    entry = new_entry(person, [QuestionKind.LONG_TEXT])
    client = sign_in(Client(), person)
    field = f"q{entry.specs[0]['id']}"
    kept = client.post(url(name, entry), {"version": 1, field: "x" * 4_000_000})
    assert kept.status_code == 200
    assert len(entry.answers.get().value) == 4_000_000
    refused = client.post(url(name, entry), {"version": 2, field: "x" * 6_000_000})
    assert refused.status_code == 413


def test_a_form_cut_off_changes_only_what_arrived(person):
    entry = new_entry(person, [QuestionKind.SHORT_TEXT, QuestionKind.DATE])
    words, day = (spec["id"] for spec in entry.specs)
    save_answers(entry=entry, answers={words: "a", day: "2026-05-01"}, version=1, actor=person)
    sign_in(Client(), person).post(url("write", entry), {"version": 2, f"q{words}": "b"})
    entry = fresh(entry)
    assert saved_values(entry) == {words: "b", day: ["01", "05", "2026"]}
    assert entry.title == "Warm homes"


@given(st.text(alphabet=st.characters()))
def test_storable_text_loses_only_what_no_database_keeps(text):
    found = storable(text)
    found.encode()
    assert "\x00" not in found and "\r" not in found
    if not set(text) & {"\x00", "\r"} and text.isprintable():
        assert found == text
