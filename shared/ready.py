"""A process without an address says that it is ready by a file that holds its pid."""

import os
from pathlib import Path


def say(path: Path | None) -> None:
    """Write this process's pid to ``path``, whole or not at all; do nothing when no path is set."""
    if path is None:
        return
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_text(str(os.getpid()))
    draft.replace(path)
