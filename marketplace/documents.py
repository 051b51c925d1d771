"""Accessible PDFs: Typst sets data that it is given; no text of a person's is ever its code.

Files are tagged as PDF/UA-1 (ISO 14289-1) with title and language. The compiler and the fonts come
as wheels that the lock pins, and what fonts or clock the machine has is left out, so the same data
gives the same bytes anywhere.
"""

import importlib.util
import json
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import typst

from marketplace.typesetting import in_latin, named, settable

TEMPLATES = Path(__file__).parent / "templates" / "documents"
DATA = "data.json"
STANDARD: Final = "ua-1"
EPOCH = 0
"""What the clock says to a document: one that holds a date was given it as text."""

FONT_PACKAGES = ("manimgx_fonts", "manimgx_fonts_cjk")
"""Wheels that are nothing but Noto's font files, under the SIL Open Font License."""

SCRIPTS = (
    "Arabic Hebrew Devanagari Bengali Gurmukhi Gujarati Tamil Telugu Kannada Malayalam Oriya "
    "Sinhala Thai Lao Khmer Myanmar Armenian Georgian Ethiopic"
)
HAN = {"JP": re.compile(r"[\u3040-\u30ff]"), "KR": re.compile(r"[\u1100-\u11ff\uac00-\ud7af]")}
"""Which forms Chinese characters take beside these letters; simplified Chinese otherwise."""

REST = ("Noto Sans Symbols", "Noto Emoji", "New Computer Modern Math", "DejaVu Sans Mono")
"""Asked last. The last two are in the compiler itself, for mathematics and rare signs."""

ROUNDS = 6
"""Tries at most; one is enough unless a character has no shape, and two nearly always then."""


def make_pdf(template: str, data: dict[str, Any]) -> bytes:
    """A document as PDF; the same bytes for the same data, on any machine and at any time.

    A character that no font here has is named in brackets, it alone.

    Args:
        template: name of a `.typ` file in `marketplace/templates/documents`, which reads
            `data.json`.
        data: plain JSON; its texts are set as they are, whatever is in them.
    """
    data = _each_text(settable, data)
    for _ in range(ROUNDS):
        try:
            return _compile(template, data)
        except typst.TypstError as error:
            if not (lacking := _without_shape(error)):
                raise
            data = _each_text(partial(named, lacking), data)
    return _compile(template, _each_text(in_latin, data))


NO_SHAPE = re.compile(r'the text `"((?:[^"\\]|\\.)*)"` could not be displayed')
"""One for each run of letters that no font has a shape for, as Rust quotes a string."""

ESCAPED = re.compile(r"\\(?:u\{([0-9a-f]+)\}|(.))", re.DOTALL)
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}


def font_folders() -> list[str]:
    """The folders of the fonts that come with the project.

    Raises:
        RuntimeError: they are not installed.
    """
    found = [importlib.util.find_spec(name) for name in FONT_PACKAGES]
    folders = [str(Path(spec.origin).parent) for spec in found if spec and spec.origin]
    if len(folders) < len(FONT_PACKAGES):
        raise RuntimeError("The fonts of PDFs are not installed. Run: make setup")
    return folders


def fonts_for(texts: Iterable[str]) -> list[str]:
    """Families in the order in which they are asked for a letter. Typst would look further among
    all that it finds if it were let, and then what it finds would matter."""
    texts = list(texts)
    wanted = [han for han, sign in HAN.items() if any(map(sign.search, texts))]
    han = dict.fromkeys([*wanted, "SC", "JP", "KR", "TC", "HK"])
    scripts = [f"Noto Sans {script}" for script in SCRIPTS.split()]
    return ["Noto Sans", *scripts, *(f"Noto Sans CJK {one}" for one in han), *REST]


def _compile(template: str, data: Any) -> bytes:
    with TemporaryDirectory() as folder:
        place = Path(folder)
        (place / DATA).write_text(json.dumps(data), encoding="utf-8")
        (place / "main.typ").write_text(_template(template), encoding="utf-8")
        made = typst.compile(
            str(place / "main.typ"),
            root=folder,
            font_paths=font_folders(),
            ignore_system_fonts=True,
            sys_inputs={"fonts": ",".join(fonts_for(_texts_in(data)))},
            pdf_standards=STANDARD,
            timestamp=EPOCH,
        )
        return bytes(made)


@cache
def _template(name: str) -> str:
    return (TEMPLATES / f"{name}.typ").read_text(encoding="utf-8")


def _each_text(change: Callable[[str], str], value: Any) -> Any:
    """Plain JSON with each text in it changed; keys stay."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list | tuple):
        return [_each_text(change, each) for each in value]
    if isinstance(value, dict):
        return {key: _each_text(change, each) for key, each in value.items()}
    return value


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts_in(each)


def _without_shape(error: typst.TypstError) -> set[str]:
    """The runs of letters that an error is about; each is one that fonts set as one."""
    said = str(getattr(error, "diagnostic", "") or error)
    return {ESCAPED.sub(_unescaped, found) for found in NO_SHAPE.findall(said)} - {""}


def _unescaped(found: re.Match[str]) -> str:
    return chr(int(found[1], 16)) if found[1] else ESCAPES.get(found[2], found[2])
