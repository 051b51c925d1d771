"""What an uploaded file is, whether it is safe, and how it is kept.

Nothing here trusts the name or the type that a browser sends.
"""

from marketplace.files.check import CheckedFile, check_file
from marketplace.files.kinds import ACCEPT, CONTENT_TYPES, LONGEST_NAME, safe_name

__all__ = ["ACCEPT", "CONTENT_TYPES", "LONGEST_NAME", "CheckedFile", "check_file", "safe_name"]
