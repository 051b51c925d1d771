"""What stands in the mail that was sent."""

import re

from django.core import mail

CODE = re.compile(r"^[A-Z0-9]{4}-[A-Z0-9]{4}$", re.MULTILINE)


def code_in_mail(address: str) -> str:
    """The code that confirms an address, from the latest mail to it."""
    body = next(message.body for message in reversed(mail.outbox) if address in message.to)
    found = CODE.search(body)
    assert found, f"no code in the latest mail to {address}: {body}"
    return found[0]
