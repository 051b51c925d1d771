"""What an operator should know before applicants' files come in."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register


@register(Tags.security, deploy=True)
def files_are_scanned(app_configs: Any, **options: Any) -> list[CheckMessage]:
    if settings.CLAMD_URL:
        return []
    return [
        Warning(
            "Applicants’ files are not scanned for viruses.",
            hint="Set CLAMD_URL to the address of ClamAV’s daemon; see docs/operations.md.",
            id="pitches.W001",
        )
    ]
