"""How large a picture says it is, read from its first bytes; pure, and nothing is decoded.

Pillow reads all of a WebP and makes room for it before it tells its size, and goes through all of
a GIF to count its frames, so both are read here. Sources: RFC 9649 (WebP); GIF89a, sections 18-20;
ITU-T T.81 (JPEG).
"""

import re
import struct

WEBP_HEAD = 64
_FLAGGED, _TABLE = 0x80, 0x07
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]", re.DOTALL)
_SCAN, _END_OF_PICTURE, _ALONE = 0xDA, 0xD9, (0x01, 0xD8)
_IMAGE, _EXTENSION, _END = 0x2C, 0x21, 0x3B


def webp_size(head: bytes) -> tuple[int, int] | None:
    """Width and height that the first `WEBP_HEAD` bytes of a WebP claim; None if it is none."""
    if head[:4] != b"RIFF" or head[8:12] != b"WEBP" or len(head) < 30:
        return None
    kind, body = head[12:16], head[20:]
    if kind == b"VP8X":
        return _three(body[4:7]) + 1, _three(body[7:10]) + 1
    if kind == b"VP8L":
        bits = struct.unpack("<I", body[1:5])[0]
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        width, height = struct.unpack("<HH", body[6:10])
        return width & 0x3FFF, height & 0x3FFF
    return None


def _three(value: bytes) -> int:
    return int.from_bytes(value, "little")


def webp_frames(content: bytes, most: int) -> int:
    """Frames of a WebP, at least one; counting ends behind `most`."""
    place, frames = 12, 0
    while place + 8 <= len(content) and frames <= most:
        length = struct.unpack("<I", content[place + 4 : place + 8])[0]
        frames += content[place : place + 4] == b"ANMF"
        place += 8 + length + length % 2
    return max(frames, 1)


def gif_frames(content: bytes, most: int) -> int:
    """Frames of a GIF; counting ends behind `most`, or where the file does."""
    if len(content) < 13:
        return 0
    place, frames = 13 + _table(content[10]), 0
    while place < len(content) and frames <= most:
        block = content[place]
        if block == _IMAGE and place + 9 < len(content):
            frames += 1
            place = _behind_blocks(content, place + 11 + _table(content[place + 9]))
        elif block == _EXTENSION:
            place = _behind_blocks(content, place + 2)
        else:
            break
    return frames


def _table(flags: int) -> int:
    """Bytes of a table of colours."""
    return 3 * 2 ** ((flags & _TABLE) + 1) if flags & _FLAGGED else 0


def _behind_blocks(content: bytes, place: int) -> int:
    while place < len(content) and content[place]:
        place += 1 + content[place]
    return place + 1


def jpeg_scans(content: bytes, most: int) -> int:
    """How often a JPEG goes over its picture (ITU-T T.81, B.2); counting ends behind `most`.

    Each time costs the work of the whole picture, and may take no more than ten bytes.
    """
    place, scans = 2, 0
    while scans <= most and (found := _MARKER.search(content, place)):
        marker, place = content[found.start() + 1], found.end()
        if marker == _END_OF_PICTURE:
            break
        scans += marker == _SCAN
        if marker not in _ALONE and place + 2 <= len(content):
            place += struct.unpack(">H", content[place : place + 2])[0]
    return scans
