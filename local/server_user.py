"""As which user PostgreSQL runs: it refuses to be root.

A data folder or a checkout may lie under a folder that others may not pass through, such as one
made by ``mktemp -d``, or ``/root``. Capabilities let the demoted server reach it without changing
the rights of a folder that is not ours; they are given only when nothing less will do.
"""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from local.errors import Failure

_DAC_OVERRIDE = 1
_DAC_READ_SEARCH = 2

# From the least to the most: nothing; passing through folders and reading; and, where files were
# installed under a strict umask or a container withholds the second, whatever the owner may do.
_LADDER: tuple[tuple[int, ...], ...] = ((), (_DAC_READ_SEARCH,), (_DAC_OVERRIDE,))


@dataclass(frozen=True)
class ServerUser:
    """A user to run a command as, or nobody else when ``uid`` is None."""

    uid: int | None = None
    gid: int = -1
    capabilities: tuple[int, ...] = ()

    def command(self, command: Sequence[str]) -> tuple[str, ...]:
        """``command``, begun as this user."""
        if self.uid is None:
            return tuple(command)
        script = Path(__file__).with_name("demote.py")
        numbers = ",".join(str(number) for number in self.capabilities) or "-"
        started = (sys.executable, "-I", "-S", str(script), str(self.uid), str(self.gid), numbers)
        return (*started, *command)

    def own(self, path: Path) -> None:
        """Gives ``path``, and all in it, to this user."""
        if self.uid is None:
            return
        for folder, folders, files in os.walk(path):
            for name in (*folders, *files):
                os.chown(Path(folder) / name, self.uid, self.gid, follow_symlinks=False)
        # Last, for it tells whether the rest has been done.
        os.chown(path, self.uid, self.gid)


def choose(folder: Path, program: Path) -> ServerUser:
    """The user to run ``program`` as, working in ``folder``.

    An ordinary user stays who they are. For root it is the owner of ``folder``, if it has another,
    else ``postgres`` or ``nobody``; ``folder`` is given to them. Raises ``Failure`` when no user
    can run the program there.
    """
    if os.geteuid() != 0:
        return ServerUser()
    uid, gid = _account(folder)
    if folder.stat().st_uid != uid:
        ServerUser(uid, gid).own(folder)
    said = ""
    for capabilities in _LADDER:
        user = ServerUser(uid, gid, capabilities)
        trial = subprocess.run(
            user.command(["/bin/sh", "-c", '"$0" --version && cd "$1"', str(program), str(folder)]),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        if trial.returncode == 0:
            return user
        said = trial.stderr.strip()
    raise Failure(
        f"PostgreSQL does not run as root, and user {uid} cannot run it in {folder} "
        f"({said.splitlines()[-1] if said else 'no reason given'}): run this as an ordinary user"
    )


def _account(folder: Path) -> tuple[int, int]:
    held = folder.stat()
    if held.st_uid != 0:
        return held.st_uid, held.st_gid
    for name in ("postgres", "nobody"):
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        return account.pw_uid, account.pw_gid
    raise Failure(
        "PostgreSQL does not run as root and there is no user named postgres or nobody: "
        "run this as an ordinary user"
    )
