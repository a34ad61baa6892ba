"""The data folder: where everything that one platform keeps on this machine lives."""

from __future__ import annotations

import base64
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.errors import Failure

ROOT = Path(__file__).resolve().parent.parent
SERVICES = ("registrations", "notifications", "reporting")


@dataclass(frozen=True)
class Secrets:
    """The generated passwords: the database superuser, each service's role, the broker."""

    postgres: str
    broker: str
    roles: dict[str, str]


@dataclass(frozen=True)
class DataFolder:
    """Paths under one data folder, and the few files this package itself keeps there."""

    path: Path

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def run(self) -> Path:
        return self.path / "run"

    @property
    def metrics(self) -> Path:
        return self.path / "metrics"

    @property
    def keys(self) -> Path:
        return self.path / "keys"

    @property
    def postgres(self) -> Path:
        return self.path / "postgres"

    @property
    def broker(self) -> Path:
        return self.path / "broker"

    @property
    def inbox(self) -> Path:
        return self.path / "inbox"

    @property
    def state_file(self) -> Path:
        return self.path / "state.json"

    def log(self, name: str) -> Path:
        """The log file of the process or step called ``name``."""
        return self.logs / f"{name}.log"

    def create(self) -> None:
        """Makes the folder and those in it; raises ``Failure`` when it cannot be written."""
        try:
            if not self.path.exists():
                self.path.mkdir(parents=True)
                # Others may pass through, not look: PostgreSQL may run as another user.
                self.path.chmod(0o711)
            for private in (
                self.logs,
                self.run,
                self.metrics,
                self.keys,
                self.broker,
                self.inbox,
                self.postgres,
            ):
                private.mkdir(exist_ok=True)
                private.chmod(0o700)
        except OSError as error:
            raise Failure(
                f"the data folder {self.path} cannot be used ({error.strerror}): "
                "choose another with --data, or run as the user it belongs to"
            ) from error

    def secrets(self) -> Secrets:
        """The passwords of this folder, made at the first call."""
        file = self.path / "secrets.json"
        try:
            held = json.loads(file.read_text())
        except FileNotFoundError:
            held = {
                "postgres": new_password(),
                "broker": new_password(),
                "roles": {service: new_password() for service in SERVICES},
            }
            write_private(file, json.dumps(held, indent=1))
        return Secrets(held["postgres"], held["broker"], held["roles"])

    @contextmanager
    def supervised(self) -> Iterator[bool]:
        """Takes the folder for one supervisor; gives False when another one holds it.

        The kernel lets go of the lock when its holder dies, however it dies.
        """
        with (self.run / "supervisor.lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True


def new_password() -> str:
    """A password that nobody guesses, and that needs no quoting in an address or a shell."""
    return base64.urlsafe_b64encode(os.urandom(24)).decode()


def write_private(file: Path, text: str) -> None:
    """Replaces ``file`` in one step by one that only its owner can read."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    draft.replace(file)
