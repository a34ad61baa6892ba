"""What a file said last time, in short: by it a row that has not changed since is known."""

import hashlib
import json
from typing import Any


def digest_of(*said: Any) -> str:
    """A digest of ``said``: equal if and only if, for all practical purposes, the same was said."""
    text = json.dumps(said, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:32]
