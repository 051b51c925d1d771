"""A pitch as a PDF that a screen reader reads, and as text."""

import io

import pytest
from pypdf import PdfReader

from challenges.pitches.partners import answer_as_partner, ask_partner
from marketplace.documents import make_pdf
from tests.factories import OrganisationFactory, UserFactory, make_entry, sign_in, submit
from tests.pitches.conftest import form_data, url

pytestmark = pytest.mark.django_db

HOSTILE = '#import "x.typ": * #sys.inputs $x^2$ *bold* <label> \\ @ref // not a comment'


def read(content):
    reader = PdfReader(io.BytesIO(content))
    return reader, " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def test_the_pdf_is_tagged_titled_and_whole(team):
    team.client.post(url("write", team.entry), form_data(team.entry, words="Sensors in homes."))
    reply = team.client.get(url("pdf", team.entry))
    assert reply["Content-Type"] == "application/pdf"
    reader, text = read(reply.content)
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert reader.trailer["/Root"]["/Lang"] == "en-GB"
    assert reader.metadata.title == "Warm homes"
    for words in ("DRAFT", "Sensors in homes.", "What would it cost?", "£12,500"):
        assert words in text


def test_a_submitted_one_carries_its_digest(team):
    entry = submit(team.entry)
    _, text = read(team.client.get(url("pdf", entry)).content)
    assert "DRAFT" not in text
    assert entry.submissions.get().digest[:20] in text.replace(" ", "")


def test_what_people_type_is_never_code(team):
    data = form_data(team.entry, words=HOSTILE, title=HOSTILE[:100])
    team.client.post(url("write", team.entry), data)
    _, text = read(team.client.get(url("pdf", team.entry)).content)
    assert "#import" in text and "*bold*" in text and "// not a comment" in text


@pytest.mark.parametrize(
    "typed", ["مرحبا", "漢字", "👩‍👩‍👧 ok", "\u202eabc", "a\u0000b", "ŵ ẅ é ß"]
)
def test_no_script_breaks_it(team, typed):
    made = make_pdf(
        "answers",
        {
            "title": "T",
            "subtitle": typed,
            "note": "",
            "facts": [],
            "parts": [{"label": "Q", "text": typed}],
        },
    )
    reader, text = read(made)
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"] and "Q" in text


def test_what_the_fonts_lack_is_named_and_not_lost():
    part = {"label": "Q", "text": "One 𓀀 here"}
    made = make_pdf(
        "answers", {"title": "T", "subtitle": "", "note": "", "facts": [], "parts": [part]}
    )
    assert "One [egyptian hieroglyph a001] here" in read(made)[1]


def test_as_text(team):
    text = team.client.get(url("text", team.entry)).content.decode()
    assert "Warm homes\n==========" in text
    assert "What would you do?\n------------------\nWe put sensors in homes.\n" in text


def test_partners_are_in_both(team):
    person = UserFactory()
    other = OrganisationFactory(owner=person, name="Second Wind Ltd")
    asked = ask_partner(
        entry=team.entry, organisation=other, part="Sensors", share=40, actor=team.person
    )
    answer_as_partner(partner=asked, event="confirm", actor=person)
    said = "Second Wind Ltd: Sensors (40% of the money)"
    assert said in read(team.client.get(url("pdf", team.entry)).content)[1]
    assert said in team.client.get(url("text", team.entry)).content.decode()


@pytest.mark.parametrize("name", ["pdf", "text"])
def test_only_for_the_team(client, team, name):
    sign_in(client, team.person)
    assert client.get(url(name, make_entry())).status_code == 404
