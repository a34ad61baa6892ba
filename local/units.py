"""What the supervisor can run: one process to keep alive, or one step to carry out."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Unit:
    """A command, what it needs first, and how one knows that it is ready.

    With a ``probe`` it is a process, kept alive; without one it is a step, done once its command
    has ended with 0. ``environment`` is added to the supervisor's own. Lower ``turn``s are
    stopped first; ``patience`` is how many seconds a process has to stop before it is killed.
    """

    name: str
    command: tuple[str, ...]
    log: Path
    directory: Path
    probe: str = ""
    port: int | None = None
    after: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[], None] | None = None
    input: str = ""
    turn: int = 0
    patience: float = 10.0
    stop_signal: signal.Signals = signal.SIGTERM
    # Servers may need a second go while what a killed one left behind is still ending.
    attempts: int = 1
    # Whether its command, ``python -m MODULE …``, may be carried out in a fork of the supervisor.
    forked: bool = False
    # Whether the last line that a step wrote is worth showing.
    speaks: bool = False
