"""Loads the place's programme of activities when there is none yet, then ends.

A process of its own, ``python -m local.programme URL KEY FILE``: the supervisor stays in memory
for months and should not carry an HTTP client and a cryptographic library with it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from local import keys
from local.client import Client
from local.errors import Failure
from local.import_result import counts


def load(registrations: str, key: Path, file: Path) -> str:
    """Loads ``file`` if the place offers nothing yet; returns a line that says what was done.

    Raises ``Failure`` when the programme cannot be read or nothing of it could be loaded.
    """
    client = Client("registrations", registrations, keys.token(key, "manager"))
    if client.get("/v1/activities", {"limit": 1})["items"]:
        return "kept as it is"
    try:
        content = file.read_bytes()
    except OSError as error:
        raise Failure(f"the programme {file} cannot be read: {error.strerror}") from error
    result = client.send("/v1/imports?dry_run=false", content)
    said = counts(result)
    if not said:
        raise Failure(f"nothing of {file} could be loaded: {_first(result['errors'])}")
    return said


def _first(errors: list[dict[str, Any]]) -> str:
    return f"line {errors[0]['line']}: {errors[0]['message']}" if errors else "it is empty"


if __name__ == "__main__":
    try:
        print(load(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])))
    except Failure as failure:
        sys.exit(failure.message)
