"""The parts that a test may need beyond Python, and what happens when one is missing."""

import os

import pytest


def require_part(name: str, found: object, hint: str) -> None:
    """Skip the test if a part is missing; where `CI` is set, a skipped part is a failure.

    Args:
        name: what is missing, as the summary should call it.
        found: anything true if it is here.
        hint: how to get it.
    """
    if found:
        return
    message = f"{name} is not here: {hint}"
    if os.environ.get("CI"):
        pytest.fail(message, pytrace=False)
    pytest.skip(message)
