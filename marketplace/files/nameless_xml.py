"""The XML inside office documents: who wrote a remark or a change, and where a file once lay."""

import posixpath
import re
from collections.abc import Callable

from marketplace.errors import Refused

VALUE = rb"""\s*=\s*)("[^"]*"|'[^']*')"""
TAG = re.compile(rb"""<[A-Za-z](?:[^<>"']|"[^"]*"|'[^']*')*>""")

AUTHORS = re.compile(
    rb"(\s(?:[\w.-]+:)?(?:author|userName|refreshedBy|lastModifiedBy|userId)" + VALUE
)
INITIALS = re.compile(rb"(\s(?:[\w.-]+:)?initials" + VALUE)
PROVIDERS = re.compile(rb"(\s(?:[\w.-]+:)?providerId" + VALUE)
PATHS = re.compile(rb"(\s(?:[\w.-]+:)?(?:docname|export-filename)" + VALUE)
NAMES = re.compile(rb"(\s(?:[\w.-]+:)?(?:name|displayName)" + VALUE)
PEOPLE = re.compile(r"(^|/)(people|commentAuthors|authors|persons/[^/]*|userNames\d*)\.xml$", re.I)
"""Parts that list people, in which a plain "name" is a person's."""

OWN_WORDS = (b"author", b"userName", b"refreshedBy", b"lastModifiedBy", b"userId", b"initials",
             b"providerId", b"docname", b"export-filename")  # fmt: skip
WRITERS = re.compile(
    rb"(<(?:(?:dc|meta|loext|officeooo|cp):(?:creator|initial-creator|lastModifiedBy"
    rb"|creator-initials|sender-initials|printed-by)|author)(?:\s[^<>]*)?>)([^<]*)(</)"
)
"""Whole elements: of remarks and changes in OpenDocument, of remarks in a workbook. A field of
the text that shows its author stays: a person reads it there."""

PRINTERS = re.compile(
    rb"(<config:config-item\b[^<>]*config:name=[\"'](?:Printer\w*|CurrentDatabase\w*)[\"'][^<>]*>)"
    rb"[^<]*(</)"
)
ABSOLUTE = re.compile(rb"(<(?:[\w.-]+:)?absPath\b[^<>]*?\surl" + VALUE)
PRINTING = re.compile(rb"(<(?:\w+:)?pageSetup\b[^<>]*?)\s\w+:id\s*=\s*(?:\"[^\"]*\"|'[^']*')")
WORD_PRINTING = re.compile(rb"<w:printerSettings\b[^<>]*/>")

RELATION = re.compile(rb"<(?:\w+:)?Relationship\b[^<>]*?(?:/>|>\s*</(?:\w+:)?Relationship>)")
TARGET = re.compile(rb"(\sTarget" + VALUE)
OUTSIDE = re.compile(rb"""\sTargetMode\s*=\s*["']External["']""")
ON_A_MACHINE = re.compile(rb"^(file:|[\\/]{2}|[a-zA-Z]:|[^:/?#]*\\)", re.IGNORECASE)
OVERRIDE = re.compile(rb"<(?:\w+:)?Override\b[^<>]*?(?:/>|>\s*</(?:\w+:)?Override>)")
PART = re.compile(rb"""\s(?:PartName|[\w]+:full-path)\s*=\s*["']([^"']*)["']""")
LISTED = re.compile(rb"<manifest:file-entry\b[^<>]*?(?:/>|>\s*</manifest:file-entry>)")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")


class NamelessXml:
    """Cleans the parts of one document; the same person is the same "Author 2" in all of them."""

    def __init__(self, is_gone: Callable[[str], bool]) -> None:
        self._is_gone = is_gone
        self._people: dict[bytes, bytes] = {}

    def cleaned(self, name: str, content: bytes) -> bytes:
        """A part without names.

        Args:
            name: of the part in the archive.
        """
        content = _as_utf_8(content)
        if name.endswith(".rels"):
            return self._relations(name, content)
        if name == "[Content_Types].xml":
            return OVERRIDE.sub(self._unless_gone, content)
        if name == "META-INF/manifest.xml":
            return LISTED.sub(self._unless_gone, content)
        is_of_people = bool(PEOPLE.search(name))
        if is_of_people or any(word in content for word in OWN_WORDS):
            content = TAG.sub(lambda tag: self._tag(tag.group(), is_of_people), content)
        content = WRITERS.sub(lambda m: m[1] + self._person(m[2]) + m[3], content)
        content = PRINTERS.sub(rb"\1\2", content)
        content = ABSOLUTE.sub(rb'\1""', content)
        return WORD_PRINTING.sub(b"", PRINTING.sub(rb"\1", content))

    def _tag(self, tag: bytes, is_of_people: bool) -> bytes:
        tag = AUTHORS.sub(self._quoted, tag)
        tag = INITIALS.sub(rb'\1"A"', tag)
        tag = PROVIDERS.sub(rb'\1"None"', tag)
        tag = PATHS.sub(rb'\1""', tag)
        return NAMES.sub(self._quoted, tag) if is_of_people else tag

    def _quoted(self, found: re.Match[bytes]) -> bytes:
        return found[1] + b'"' + self._person(found[2][1:-1]) + b'"'

    def _person(self, name: bytes) -> bytes:
        """The same word for the same name; none for none."""
        if not name.strip():
            return name
        return self._people.setdefault(name, b"Author %d" % (len(self._people) + 1))

    def _relations(self, name: str, content: bytes) -> bytes:
        folder = posixpath.dirname(posixpath.dirname(name))

        def one(found: re.Match[bytes]) -> bytes:
            relation = found.group()
            target = TARGET.search(relation)
            if target is None:
                return relation
            place = target[2][1:-1]
            if OUTSIDE.search(relation):
                is_path = ON_A_MACHINE.search(place)
                return TARGET.sub(rb'\1"about:blank"', relation) if is_path else relation
            inside = posixpath.join("/", folder, place.decode("utf-8", "replace")).lstrip("/")
            return b"" if self._is_gone(inside) else relation

        return RELATION.sub(one, content)

    def _unless_gone(self, found: re.Match[bytes]) -> bytes:
        part = PART.search(found.group())
        is_gone = part and self._is_gone(part[1].decode("utf-8", "replace").lstrip("/"))
        return b"" if is_gone else found.group()


def _as_utf_8(content: bytes) -> bytes:
    if not content.startswith(_UTF_16):
        return content
    try:
        text = content.decode("utf-16")
    except UnicodeDecodeError as error:
        raise Refused("It is damaged.") from error
    return _DECLARATION.sub('<?xml version="1.0" encoding="UTF-8"?>', text).encode()
