"""How the bytes of a PDF are written: strings (ISO 32000-2, 7.3.4), names (7.3.5) and streams
(7.4); pure."""

import re
from typing import Any

from pypdf.generic import DictionaryObject

_BRACKET_OR_ESCAPE = re.compile(rb"[()\\]")
_ENDS_A_REMARK = re.compile(rb"[\r\n\x00\f]")
_ESCAPED = re.compile(rb"#([0-9a-fA-F]{2})")


def filters_of(stream: Any) -> list[str]:
    """Names of its filters, in the order in which they are undone."""
    found = stream.get("/Filter")
    found = found.get_object() if found is not None else []
    return [str(each) for each in found] if isinstance(found, list) else [str(found)]


def predictor_of(stream: Any) -> int:
    """How what is packed was changed before (ISO 32000-2, 7.4.4.4); 1 if it was not."""
    found = stream.get("/DecodeParms", stream.get("/DP"))
    found = found.get_object() if found is not None else None
    many = found if isinstance(found, list) else [found]
    each = [one.get_object() for one in many if one is not None]
    given = [one.get("/Predictor", 1) for one in each if isinstance(one, DictionaryObject)]
    return max((int(str(one)) for one in given), default=1)


def unescaped(text: bytes) -> bytes:
    """With each letter of its names as it is: #4A is J."""
    return _ESCAPED.sub(lambda code: bytes([int(code[1], 16)]), text)


def without_string(text: bytes, content: bytes) -> bytes:
    """Without a string that was read in it, so that an address or a title which has the name of an
    action in it isn't taken for one.

    Only where it stands as programs write it, and where nobody could read its bytes otherwise: a
    string over several lines might begin in a remark.
    """
    if not content or _ENDS_A_REMARK.search(content):
        return text
    for written in (content, _BRACKET_OR_ESCAPE.sub(rb"\\\g<0>", content)):
        if written is not content or _is_balanced(content):
            text = text.replace(b"(" + written + b")", b"()")
    return text


def _is_balanced(content: bytes) -> bool:
    """Whether it can stand in a string with no escapes."""
    depth = 0
    for found in _BRACKET_OR_ESCAPE.finditer(content):
        depth += {b"(": 1, b")": -1}.get(found[0], -len(content))
        if depth < 0:
            return False
    return depth == 0
