"""Real input that is not part of the project: a folder beside it, or wherever ``ARCEAUX_REAL_DATA`` says.

Tests that use it are marked ``realdata`` and skip, with the reason, where it is absent.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

_BESIDE = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


def folder() -> Path:
    """Where real input is kept on this machine, if it is."""
    return Path(os.environ.get("ARCEAUX_REAL_DATA") or _BESIDE)


def path(name: str) -> Path:
    """The file ``name`` of the real input; without it the test is skipped."""
    file = folder() / name
    if not file.exists():
        pytest.skip(f"needs {name} of the real input (ARCEAUX_REAL_DATA), which is not here")
    return file


def load_json(name: str) -> Any:
    """What the JSON file ``name`` of the real input holds; without it the test is skipped."""
    return json.loads(path(name).read_text())
