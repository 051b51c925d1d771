"""PDFs: the same bytes anywhere, in every script, whatever text comes."""

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import pytest
import typst
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from marketplace import documents
from marketplace.documents import FONT_PACKAGES, font_folders, fonts_for, make_pdf
from marketplace.typesetting import in_latin, name_of, settable

ROOT = Path(__file__).resolve().parents[2]
LATIN = "CO₂ ≥ 5, “ẽ”, Tiếng Việt, ŵ Ŵ ẅ, Ελλάδα, Україна, ½ ™ № √2 ± 3°"
SCRIPTS = {
    "arabic": "مرحبا بالعالم",
    "urdu": "گھروں میں ٹھیک ہے",
    "persian": "خانه‌ها می‌خواهند",
    "hebrew": "שלום עולם",
    "hindi": "हिन्दी क्षत्रिय ज्ञान",
    "bengali": "বাংলা ক্ষেত্র",
    "punjabi": "ਪੰਜਾਬੀ ਵਿੱਚ",
    "gujarati": "ગુજરાતી ભાષા",
    "tamil": "தமிழ் மொழி",
    "thai": "ภาษาไทย",
    "amharic": "አማርኛ",
    "armenian": "հայերեն",
    "japanese": "東京都 ひらがな カタカナ",
    "korean": "한국어 안녕하세요",
    "chinese": "汉字 漢字",
    "emoji": "👩 👩‍👩‍👧 🎉 ✅ ❤️ 🇬🇧 👍🏽",
    "mathematics": "∀x∈ℝ ⟨a|b⟩ ↦ ∎ ∑∫√∞",
    "signs": "✗ ☐ ➢ ♞ → ★ • ▪ ♿ ☎",
}


def answers(text: str, **more: Any) -> dict[str, Any]:
    parts = [{"label": "Q", "text": text}]
    return {"title": "T", "subtitle": "", "note": "", "facts": [], "parts": parts, **more}


def words(made: bytes) -> str:
    pages = PdfReader(io.BytesIO(made)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def shown(text: str) -> str:
    return words(make_pdf("answers", answers(text)))


EVERYTHING = answers("\n".join([LATIN, *SCRIPTS.values(), "𓀀 漢\u0301 \ue000"]), region="Here")


class TestEveryScript:
    @pytest.mark.parametrize("script", SCRIPTS)
    def test_nothing_is_named_that_a_font_has(self, script: str) -> None:
        """And one script spoils nothing of another."""
        found = shown(f"{SCRIPTS[script]}\n{LATIN}")
        assert "[" not in found
        assert LATIN.split(",")[0] in found and "Tiếng Việt" in found and "ŵ Ŵ ẅ" in found

    def test_letters_that_read_from_the_left_can_be_searched_for(self) -> None:
        found = shown("東京都 한국어 Україна")
        assert all(word in found for word in ("東京都", "한국어", "Україна"))

    @pytest.mark.parametrize(
        ("typed", "expected"),
        [
            ("One 𓀀 here", "One [egyptian hieroglyph a001] here"),
            ("ok \ue000 ok", "ok [U+E000] ok"),
            ("half \ud83d ok", "half [U+D83D] ok"),
            ("漢\u0301 ok", "漢[combining acute accent] ok"),
            ("a\u064e ok", "a[arabic fatha] ok"),
            ("a\u20d7 ok", "a[combining right arrow above] ok"),
            ("1\ufe0f\u20e3 ok", "1 ok"),
            ("\uf0b7 point", "• point"),
            ("12\u00a0500 and 12\u202f500", "12 500 and 12 500"),
            ("a\tb", "a b"),
            ("a\u0000\u0007b", "ab"),
            ("\u202eabc", "abc"),
        ],
    )
    def test_what_no_font_has_is_named_it_alone(self, typed: str, expected: str) -> None:
        found = shown(f"{typed}\n{LATIN} مرحبا")
        assert expected in found
        assert found.count("[") == expected.count("[")

    def test_each_end_of_a_line_is_one(self) -> None:
        assert settable("a\r\nb\rc\u2028d\x85e\vf") == "a\nb\nc\nd\ne\nf"

    def test_chinese_characters_take_the_forms_of_what_stands_beside_them(self) -> None:
        def first(text: str) -> str:
            return next(name for name in fonts_for([text]) if "CJK" in name)

        assert first("東京の") == "Noto Sans CJK JP"
        assert first("漢字 한국") == "Noto Sans CJK KR"
        assert first("汉字") == "Noto Sans CJK SC"

    def test_every_font_that_is_asked_for_is_there(self) -> None:
        found = typst.Fonts(False, True, font_folders()).families()
        assert set(fonts_for([""])) <= set(found)

    def test_where_they_are_not_installed_it_is_said(self, monkeypatch: Any) -> None:
        monkeypatch.setattr(documents, "FONT_PACKAGES", (*FONT_PACKAGES, "no_such_fonts"))
        with pytest.raises(RuntimeError, match="make setup"):
            make_pdf("answers", answers("a"))


MAKE = """
import hashlib, json, sys
from marketplace.documents import make_pdf
print(hashlib.sha256(make_pdf("answers", json.load(sys.stdin))).hexdigest())
"""


def elsewhere(environment: dict[str, str]) -> str:
    """The digest of the document as another process makes it."""
    done = subprocess.run(
        [sys.executable, "-c", MAKE],
        input=json.dumps(EVERYTHING),
        env={**os.environ, **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


class TestTheSameAnywhere:
    expected = property(
        lambda self: hashlib.sha256(make_pdf("answers", EVERYTHING)).hexdigest(),
        doc="what this process makes",
    )

    def test_twice_here(self) -> None:
        assert make_pdf("answers", EVERYTHING) == make_pdf("answers", EVERYTHING)

    @pytest.mark.parametrize(
        "environment",
        [
            {"TZ": "Asia/Tokyo", "LC_ALL": "C", "LANG": "C", "PYTHONHASHSEED": "1"},
            {"TZ": "America/Lima", "LC_ALL": "tr_TR.UTF-8", "SOURCE_DATE_EPOCH": "99999"},
        ],
        ids=["tokyo", "lima"],
    )
    def test_in_another_process_time_zone_and_language(self, environment: dict[str, str]) -> None:
        assert elsewhere(environment) == self.expected

    def test_with_other_fonts_on_the_machine(self, tmp_path: Path) -> None:
        """Even ones of the same names: here each family is found as another's file."""
        folder = tmp_path / ".fonts"
        folder.mkdir()
        for file in Path(font_folders()[0]).glob("*.ttf"):
            shutil.copyfile(Path(font_folders()[0]) / "NotoEmoji[wght].ttf", folder / file.name)
        home = str(tmp_path)
        environment = {"HOME": home, "XDG_DATA_HOME": home, "TYPST_FONT_PATHS": str(folder)}
        assert elsewhere(environment) == self.expected

    def test_in_another_order_of_fonts(self, monkeypatch: Any) -> None:
        expected = self.expected
        folders = font_folders()[::-1]
        monkeypatch.setattr(documents, "font_folders", lambda: folders)
        assert hashlib.sha256(make_pdf("answers", EVERYTHING)).hexdigest() == expected

    def test_it_holds_no_date(self) -> None:
        made = PdfReader(io.BytesIO(make_pdf("answers", EVERYTHING)))
        assert made.metadata and made.metadata.creation_date is None
        assert made.metadata.modification_date is None


ANY_TEXT = st.text(st.characters(exclude_categories=[]), max_size=60)
MARKED = st.lists(
    st.tuples(st.characters(), st.characters(categories=["Mn", "Mc", "Me", "Cf"])), max_size=8
).map(lambda pairs: "".join(letter + mark for letter, mark in pairs))


class TestAnyText:
    @settings(max_examples=60, deadline=None)
    @given(ANY_TEXT | MARKED, ANY_TEXT)
    def test_no_text_breaks_it(self, text: str, other: str) -> None:
        made = make_pdf(
            "answers", answers(text, title=other or "T", subtitle=text, facts=[[other, text]])
        )
        assert made.startswith(b"%PDF")

    @given(ANY_TEXT | MARKED)
    def test_what_is_settable_stays_so(self, text: str) -> None:
        once = settable(text)
        assert settable(once) == once
        once.encode()  # no half characters
        assert not any(unicodedata.category(char) == "Cc" for char in once if char != "\n")

    def test_the_last_resort_leaves_latin_letters(self) -> None:
        assert in_latin("é 漢\nß") == "é [cjk unified ideograph-6f22]\nß"

    @given(st.characters())
    def test_a_name_is_in_plain_letters(self, character: str) -> None:
        assert name_of(character).isascii()

    def test_a_text_of_nothing_but_what_fonts_lack(self) -> None:
        found = shown("".join(chr(0x13000 + place) for place in range(800)))
        assert found.count("[egyptian") == 800
