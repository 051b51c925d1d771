"""Captured mail leads to this site on the port that it runs on now."""

from pathlib import Path
from typing import Any

import pytest

from cms.demonstration.mail import latest


@pytest.mark.parametrize(
    ("captured", "shown"),
    [
        ("http://127.0.0.1:8000/pitches/", "http://127.0.0.1:8212/pitches/"),
        ("http://localhost:9/x/", "http://127.0.0.1:8212/x/"),
        ("http://127.0.0.1/x/", "http://127.0.0.1:8212/x/"),
        ("https://example.org:8000/x/", "https://example.org:8000/x/"),
        ("http://127.0.0.10:8000/x/", "http://127.0.0.10:8000/x/"),
    ],
)
def test_links_of_captured_mail(tmp_path: Path, settings: Any, captured: str, shown: str) -> None:
    settings.SITE_URL = "http://127.0.0.1:8212"
    text = f"Subject: Hello\nTo: a@example.org\nContent-Type: text/plain\n\nSee {captured}\n"
    (tmp_path / "one.log").write_text(text + "-" * 79 + "\n")
    body = latest(tmp_path, 1)[0].body
    assert body.strip() == f"See {shown}"
