"""The scripts that Wagtail writes into its pages, told from any other by what they say.

Wagtail 8 starts its date fields, choosers and lists of rows by a line of script each, without a
nonce. Each such line names one function and hands it data, nothing else; only lines that read so
to the last letter are let in, by their hash (CSP level 3, 2.3.1). What somebody might sneak into a
page is not among them, and neither is data that holds more than data.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterator

INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)
STARTS_FIELD = re.compile(
    r"(?:init(?:Date|Time|DateTime)Chooser|createTaskChooser"
    r"|new (?:Page|Document|Image|Snippet|)Chooser(?:Widget)?)\((.*)\);?",
    re.DOTALL,
)
STARTS_ROWS = re.compile(
    r"(?:\(function\(\)\s*\{\s*)?"
    r"(?:var panel = )?new (?:Inline|MultipleChooser)Panel\("
    r'JSON\.parse\("(?:[^"\\<>&\n]|\\u[0-9A-F]{4})*"\)\);?'
    r"(?:\s*\}\)\(\);)?"
)


def hashes(html: str) -> list[str]:
    """Sources for `script-src`, one for each line of Wagtail’s in this page; each once."""
    return list(dict.fromkeys(_source(script) for script in _of_wagtail(html)))


def _of_wagtail(html: str) -> Iterator[str]:
    for script in INLINE.findall(html):
        starts_field = STARTS_FIELD.fullmatch(script.strip())
        if (starts_field and _is_data(starts_field[1])) or STARTS_ROWS.fullmatch(script.strip()):
            yield script


def _is_data(arguments: str) -> bool:
    try:
        json.loads(f"[{arguments}]")
    except ValueError:
        return False
    return True


def _source(script: str) -> str:
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
