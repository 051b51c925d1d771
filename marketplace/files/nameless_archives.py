"""Office documents without authors, firms, programs, previews and paths of their machines.

The archive is written anew, part by part. Parts are changed as text and never parsed and written
back: Word reads the very prefixes of the names in them.
"""

import io
import posixpath
import re
import zipfile
from typing import Any

from marketplace.errors import Refused
from marketplace.files.archives import DAMAGED, refuse_bombs
from marketplace.files.nameless_pdfs import nameless_pdf
from marketplace.files.nameless_xml import NamelessXml
from marketplace.files.pictures_inside import without_description

MOST_TEXT = 64 * 1024 * 1024
"""Bytes of one part of XML."""

DEEPEST = 2
"""Documents in documents: a chart carries its workbook."""

OLDEST = (1980, 1, 1, 0, 0, 0)
"""What a part of an archive says of its time when it says nothing."""

GONE = re.compile(
    r"^(docProps/|docMetadata/|package/services/metadata/|_xmlsignatures/|Thumbnails/"
    r"|META-INF/(document|macro|package)signatures\.xml|ppt/changesInfos/|xl/revisions/"
    r"|(xl|word|ppt)/printerSettings/|layout-cache$)|\.psmdcp$",
    re.IGNORECASE,
)
"""Parts that go: descriptions, previews, signatures, histories of changes, printers' names."""

META = b"""<?xml version="1.0" encoding="UTF-8"?>
<office:document-meta xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" \
office:version="1.2"><office:meta/></office:document-meta>"""
OWN_PROPERTIES = b"schemas.microsoft.com/office/2006/metadata"
NO_PROPERTIES = (
    b'<p:properties xmlns:p="http://schemas.microsoft.com/office/2006/metadata/properties"/>'
)

UNSEEN = (b"\xd0\xcf\x11\xe0", b"II*\x00", b"MM\x00*")
"""First bytes of what keeps descriptions in ways of its own: programs' objects, TIFF."""

FILM = b"ftyp"
_TEXT = re.compile(r"\.(xml|rels|svg|vml|rdf)$", re.IGNORECASE)


def nameless_archive(file: Any, depth: int = 0) -> bytes:
    """A Word, Excel, PowerPoint or OpenDocument file; what a person reads in it stays.

    Raises:
        Refused: it is damaged, locked, unpacks to far too much, or holds what can't be looked
            into.
    """
    if depth > DEEPEST:
        raise Refused("It has documents in documents in documents.")
    made = io.BytesIO()
    try:
        with zipfile.ZipFile(file) as archive, zipfile.ZipFile(made, "w") as clean:
            members = archive.infolist()
            refuse_bombs(members, "It")
            xml = NamelessXml(_is_gone)
            for member in members:
                if not _is_gone(member.filename):
                    _copy(archive, member, clean, xml, depth)
    except DAMAGED as error:
        raise Refused("It is damaged or locked.") from error
    return made.getvalue()


def _is_gone(name: str) -> bool:
    return bool(GONE.search(posixpath.normpath(name)))


def _copy(
    archive: zipfile.ZipFile,
    member: zipfile.ZipInfo,
    clean: zipfile.ZipFile,
    xml: NamelessXml,
    depth: int,
) -> None:
    content = b"" if member.is_dir() else _cleaned(member, archive.read(member), xml, depth)
    anew = zipfile.ZipInfo(member.filename, OLDEST)
    # OpenDocument's first part, its kind, is stored as it is so that programs can look for it.
    anew.compress_type = (
        zipfile.ZIP_STORED if member.filename == "mimetype" else zipfile.ZIP_DEFLATED
    )
    anew.external_attr = 0o644 << 16
    clean.writestr(anew, content)


def _cleaned(member: zipfile.ZipInfo, content: bytes, xml: NamelessXml, depth: int) -> bytes:
    name = member.filename
    if content.startswith(b"PK\x03\x04"):
        return nameless_archive(io.BytesIO(content), depth + 1)
    if content.startswith(b"%PDF-"):
        return nameless_pdf(io.BytesIO(content))
    if content.startswith(UNSEEN) or content[4:8] == FILM:
        raise Refused("It holds an object that can’t be looked into.")
    if not _TEXT.search(name):
        return without_description(content)
    if len(content) > MOST_TEXT:
        raise Refused("It is too large to be gone through.")
    if posixpath.basename(name) == "meta.xml":
        return META
    if name.startswith("customXml/") and OWN_PROPERTIES in content:
        return NO_PROPERTIES
    return xml.cleaned(name, content)
