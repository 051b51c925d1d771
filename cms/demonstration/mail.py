"""The mail that the demonstration captured in files, so that a visitor can follow its links."""

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path

from django.conf import settings
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

SEPARATOR = re.compile(rb"^-{79}$", re.MULTILINE)
"""What Django's file back end writes after each message of a file."""
OWN = re.compile(r"http://(?:127\.0\.0\.1|localhost)(?::\d+)?(?=/)")
"""This site, on whichever port it ran when the mail was captured."""
LINK = re.compile(r"https?://[^\s<>&]+(?:&amp;[^\s<>&]+)*")


@dataclass(frozen=True)
class Mail:
    to: str
    subject: str
    date: str
    body: str

    @property
    def body_with_links(self) -> SafeString:
        linked = LINK.sub(_link, escape(self.body))
        return mark_safe(linked)  # noqa: S308


def latest(folder: Path, count: int) -> list[Mail]:
    """The newest `count` messages in a folder of captured files, newest first."""
    if not folder.is_dir():
        return []
    found: list[Mail] = []
    # Names of files say only the second; the moment of the last write is finer.
    files = sorted(folder.glob("*.log"), key=lambda file: file.stat().st_mtime_ns, reverse=True)
    for path in files:
        found += reversed(_read(path))
        if len(found) >= count:
            break
    return found[:count]


def _read(path: Path) -> list[Mail]:
    parts = (part.strip() for part in SEPARATOR.split(path.read_bytes()))
    return [_parse(part) for part in parts if part]


def _parse(raw: bytes) -> Mail:
    message = message_from_bytes(raw, policy=policy.default)
    body = message.get_body(("plain",))
    return Mail(
        to=str(message["to"] or ""),
        subject=str(message["subject"] or ""),
        date=str(message["date"] or ""),
        # The demonstration may run on another port today than when it was loaded.
        body=OWN.sub(settings.SITE_URL, body.get_content()) if body else "",
    )


def _link(found: re.Match[str]) -> str:
    address = found.group().rstrip(".,)")
    rest = found.group()[len(address) :]
    return f'<a class="govuk-link" href="{address}">{address}</a>{rest}'
