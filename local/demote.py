"""Becomes another user, with chosen capabilities, then the given command.

Run by path, as root: ``python -I -S demote.py UID GID CAPABILITIES COMMAND…``, CAPABILITIES being
numbers joined by commas, or ``-`` for none. Only the standard library is there for it.
"""

import ctypes
import os
import sys

_PR_SET_SECUREBITS = 28
_NO_SETUID_FIXUP = 1 << 2
_PR_CAP_AMBIENT = 47
_AMBIENT_RAISE = 2
_CAPABILITY_VERSION = 0x20080522


def main(uid: int, gid: int, capabilities: list[int], command: list[str]) -> None:
    """Replaces this process by ``command``, run as ``uid`` and ``gid`` in ``/``."""
    libc = ctypes.CDLL(None, use_errno=True)
    if capabilities:
        # Without this bit access(2), by which PostgreSQL looks for its own files, would judge
        # as if the capabilities were not there.
        _check(libc.prctl(_PR_SET_SECUREBITS, _NO_SETUID_FIXUP, 0, 0, 0))
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    if capabilities:
        mask = sum(1 << capability for capability in capabilities)
        header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
        # The same set three times (effective, permitted, inheritable) and the upper halves: a
        # program that gains nothing over its ambient set may use its own shared libraries.
        _check(libc.capset(header, (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)))
        for capability in capabilities:
            _check(libc.prctl(_PR_CAP_AMBIENT, _AMBIENT_RAISE, capability, 0, 0))
    os.chdir("/")
    os.execv(command[0], command)


def _check(result: int) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


if __name__ == "__main__":
    try:
        main(
            int(sys.argv[1]),
            int(sys.argv[2]),
            [int(number) for number in sys.argv[3].split(",") if number != "-"],
            sys.argv[4:],
        )
    except OSError as error:
        sys.exit(f"cannot run {sys.argv[4]} as user {sys.argv[1]}: {error.strerror}")
