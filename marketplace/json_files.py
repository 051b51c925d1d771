"""Read a JSON file that somebody names on the command line."""

import json
from pathlib import Path
from typing import Any

from django.core.management import CommandError

from marketplace.text import clean_json


def read_json(path: str) -> Any:
    """The parsed content of a file, its texts cleaned.

    Raises:
        CommandError: it is not there or not JSON; the message names it.
    """
    try:
        return clean_json(json.loads(Path(path).read_text(encoding="utf-8")))
    except OSError as error:
        raise CommandError(f"{path} can’t be read: {error.strerror}.") from error
    except ValueError as error:
        raise CommandError(f"{path} is not valid JSON: {error}.") from error
