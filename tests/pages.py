"""What a person sees on a page."""

import html
import re
from typing import Any


def error_beside(response: Any, field: str) -> str:
    """The text of the error message at a field; empty if it has none."""
    page = response.content.decode()
    found = re.search(rf'<p id="id_{field}-error"[^>]*>(.*?)</p>', page, re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", "", found[1])).strip() if found else ""
