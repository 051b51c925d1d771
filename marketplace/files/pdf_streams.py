"""How the bytes of a PDF are written: names (ISO 32000-2, 7.3.5) and streams (7.4); pure."""

import re
from typing import Any

from pypdf.generic import DictionaryObject

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
