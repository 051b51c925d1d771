"""Accessible PDFs: Typst sets data that it is given; no text of a person's is ever its code.

Files are tagged as PDF/UA-1 (ISO 14289-1) with title and language. Typst's compiler comes as a
wheel with its own fonts, so nothing has to be installed on the machine.
"""

import json
import re
import unicodedata
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import typst

TEMPLATES = Path(__file__).parent / "templates" / "documents"
DATA = "data.json"
STANDARD: Final = "ua-1"


def make_pdf(template: str, data: dict[str, Any]) -> bytes:
    """A document as PDF.

    Args:
        template: name of a `.typ` file in `marketplace/templates/documents`, which reads
            `data.json`.
        data: plain JSON; its texts are set as they are, whatever is in them.
    """
    for lacking in FONTS_LACK:
        try:
            return _compile(template, _settable(data, lacking))
        except typst.TypstError as error:
            if NO_SHAPE not in str(error):
                raise
    return _compile(template, _settable(data, BEYOND_LATIN))


NO_SHAPE = "could not be displayed"
BEYOND_LATIN = re.compile(r"[^\t\n\x20-\x7e\u00a1-\u024f\u2010-\u2027\u2030-\u203a\u20ac]")
FONTS_LACK = (re.compile(r"(?!)"), re.compile(r"[\u2e80-\U0010ffff\u200d\ufe0f]"))
"""Characters that are named in brackets, as the fonts have no shape for them: none at first,
then those of scripts that Typst's own fonts lack, at last all beyond Latin."""


def _compile(template: str, data: Any) -> bytes:
    with TemporaryDirectory() as folder:
        place = Path(folder)
        (place / DATA).write_text(json.dumps(data), encoding="utf-8")
        (place / "main.typ").write_text(_template(template), encoding="utf-8")
        return bytes(typst.compile(str(place / "main.typ"), root=folder, pdf_standards=STANDARD))


@cache
def _template(name: str) -> str:
    return (TEMPLATES / f"{name}.typ").read_text(encoding="utf-8")


def _settable(value: Any, lacking: re.Pattern[str]) -> Any:
    """Plain JSON without what no PDF may hold, and with what has no shape named."""
    if isinstance(value, str):
        kept = "".join(c for c in value if c in "\n\t" or c.isprintable())
        return lacking.sub(_named, kept)
    if isinstance(value, list | tuple):
        return [_settable(each, lacking) for each in value]
    if isinstance(value, dict):
        return {key: _settable(each, lacking) for key, each in value.items()}
    return value


def _named(found: re.Match[str]) -> str:
    character = found.group()
    if character in "\u200d\ufe0f":  # only joins what stands beside it
        return ""
    return f"[{unicodedata.name(character, f'U+{ord(character):04X}').lower()}]"
