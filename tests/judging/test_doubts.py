"""What to read again before feedback goes out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from challenges.judging.doubts import Said, doubts
from challenges.judging.models import Score
from tests.desk.helpers import signed_in, url
from tests.judging.conftest import build_world, write_review


@pytest.mark.parametrize(
    ("text", "people", "said", "expected"),
    [
        ("Jo Bloggs liked it", ["Jo Bloggs"], [], ["It names Jo Bloggs."]),
        ("Mojo Bloggson", ["Jo Bloggs"], [], []),
        ("A silly, lazy idea", [], [], ["It may hurt: “lazy”, “silly”."]),
        ("Fine", [], [Said("Team", 0.5, ["Jo  BLOGGS knows them"])], ["It names Jo Bloggs."]),
        (
            "",
            [],
            [Said("Plan", 0.5, ["It is clear.", "It is unclear to me."])],
            ["“Plan”: one comment says “clear”, another “unclear”."],
        ),
        ("", [], [Said("Plan", 0.5, ["Not clear.", "Unclear."])], []),
        ("", [], [Said("Plan", 0.5, ["Clear goal, unclear cost."])], []),
        (
            "",
            [],
            [Said("Plan", 0.9, ["The case is weak."])],
            ["“Plan”: the score is high, but the comments blame."],
        ),
        (
            "",
            [],
            [Said("Plan", 0.2, ["An excellent team."])],
            ["“Plan”: the score is low, but the comments praise."],
        ),
        ("", [], [Said("Plan", 0.2, ["Not a strong case, poor budget."])], []),
        ("", [], [Said("Plan", None, [])], []),
    ],
)
def test_what_is_asked(text, people, said, expected):
    assert doubts(text, people if "Jo" not in str(said) else ["Jo Bloggs"], said) == expected


@given(st.text(), st.lists(st.text(min_size=1), max_size=3), st.lists(st.text(), max_size=3))
def test_no_text_breaks_it(text, people, comments):
    assert isinstance(doubts(text, people, [Said("A", 0.9, comments)]), list)


@pytest.mark.django_db
def test_the_officer_is_asked_and_may_go_on():
    world = build_world()
    write_review(world.assignment, 5)
    Score.objects.filter(assignment=world.assignment).update(comment="A weak case.")
    client = signed_in(world.officer)
    page = url("decision", world.entry.pk)
    text = client.get(page).content.decode()
    assert "the score is high, but the comments blame" in text
    data = {
        "outcome": "not-awarded",
        "reason": "x",
        "feedback": f"{world.judge.name} said it is silly.",
    }
    assert client.post(page, data).status_code == 302
    letters = client.get(url("letters", world.stage.pk)).content.decode()
    assert f"It names {world.judge.name}." in letters and "“silly”" in letters
