"""Pictures inside documents, without what cameras and programs wrote into them; pure.

Nothing is decoded: the parts of a file that describe it are left out and the rest stays as it is.
"""

import struct

JPEG, PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
_DESCRIBING_SEGMENTS = frozenset([0xE1, 0xED, 0xFE, *range(0xE3, 0xED), 0xEF])
"""APP1 (Exif, XMP), APP13 (IPTC), comments and the like. APP0, APP2 and APP14 say how colours
are meant."""

_DESCRIBING_CHUNKS = frozenset([b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME"])
_START_OF_SCAN = 0xDA


def without_description(picture: bytes) -> bytes:
    """A JPEG or PNG without its descriptions; anything else, and what is cut off, as it is."""
    if picture.startswith(JPEG):
        return _jpeg(picture)
    if picture.startswith(PNG):
        return _png(picture)
    return picture


def _jpeg(picture: bytes) -> bytes:
    kept = bytearray(picture[:2])
    place = 2
    while place + 4 <= len(picture) and picture[place] == 0xFF:
        marker = picture[place + 1]
        if marker == _START_OF_SCAN:
            break
        end = place + 2 + struct.unpack(">H", picture[place + 2 : place + 4])[0]
        if marker not in _DESCRIBING_SEGMENTS:
            kept += picture[place:end]
        place = end
    return bytes(kept + picture[place:])


def _png(picture: bytes) -> bytes:
    kept = bytearray(PNG)
    place = len(PNG)
    while place + 12 <= len(picture):
        length = struct.unpack(">I", picture[place : place + 4])[0]
        end = place + 12 + length
        if picture[place + 4 : place + 8] not in _DESCRIBING_CHUNKS:
            kept += picture[place:end]
        place = end
    return bytes(kept + picture[place:])
