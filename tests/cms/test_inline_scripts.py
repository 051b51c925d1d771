"""Only lines that start a field of Wagtail’s are let in, and only with data."""

import pytest

from cms.inline_scripts import hashes

TAKEN = [
    'initDateChooser("id_go_live_at", {"dayOfWeekStart": 1, "format": "Y-m-d"});',
    'initDateTimeChooser("id_x", {});',
    'new PageChooser("id_page", {"modalUrl": "/admin/choose-page/"});',
    'new Chooser("id_x", {"modalUrl": "/x/", "linked": null});',
    'createTaskChooser("id_task");',
    '\n  (function() {\n  var panel = new InlinePanel(JSON.parse("\\u007B: 1\\u007D"));\n  })();\n',
    '\n  new InlinePanel(JSON.parse("\\u007B\\u007D"));\n',
]
LEFT = [
    "alert(1)",
    'initDateChooser("x", alert(1));',
    'initDateChooser("x", {}); alert(1);',
    'initDateChooser("x", {"a": alert(1)});',
    'initDateChooser("x");alert("1");',
    'initDateChooser("x"), alert("x");',
    "initDateChooser(`${alert(1)}`);",
    'new PageChooser("x", {[alert(1)]: 1});',
    'new Function("alert(1)");',
    'new alert("x");',
    'new InlinePanel(JSON.parse("x" + alert(1)));',
    'new InlinePanel(JSON.parse("x"), alert(1));',
    'new InlinePanel(JSON.parse("\\x3c"));',
    '(function() { var panel = new InlinePanel(JSON.parse("x")); alert(1) })();',
    "",
]


@pytest.mark.parametrize("script", TAKEN)
def test_what_wagtail_writes_is_let_in(script: str) -> None:
    assert len(hashes(f"<p>a</p><script>{script}</script><script>{script}</script>")) == 1


@pytest.mark.parametrize("script", LEFT)
def test_anything_else_is_not(script: str) -> None:
    assert hashes(f"<p>a</p><script>{script}</script>") == []


def test_attributes_make_it_another_script() -> None:
    assert hashes(f'<script src="//evil.example">{TAKEN[0]}</script>') == []
