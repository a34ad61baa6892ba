"""The state file: what one supervisor runs, kept so that any other command can find it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from local.errors import Failure
from local.folder import DataFolder, write_private


@dataclass
class Recorded:
    """One supervised process: its number and start, which together name it for good."""

    name: str
    pid: int
    started: str
    port: int | None
    probe: str
    restarts: int = 0


@dataclass
class State:
    """What was last known of the platform in one data folder.

    ``run`` marks every process of the present run; ``ports`` outlive it.
    """

    run: str
    supervisor: int
    started: str
    services: list[str]
    ports: dict[str, int]
    urls: dict[str, str]
    ready: bool = False
    processes: list[Recorded] = field(default_factory=list)

    def save(self, folder: DataFolder) -> None:
        """Replaces the state file in one step."""
        write_private(folder.state_file, json.dumps(asdict(self), indent=1))


def load(folder: DataFolder) -> State | None:
    """The state kept in ``folder``, or None when nothing has run there."""
    try:
        held: dict[str, Any] = json.loads(folder.state_file.read_text())
        held["processes"] = [Recorded(**process) for process in held["processes"]]
        return State(**held)
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise Failure(f"{folder.state_file} belongs to another user: run this as them") from error
    except (ValueError, TypeError, KeyError) as error:
        raise Failure(
            f"{folder.state_file} cannot be read: stop what runs there, then remove that file"
        ) from error
