"""The virtual environment beside the code: made at the first call, kept in step with the lock.

Runs before anything is installed, so it needs the standard library only.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

from local.errors import Failure

_STAMP = "arceaux.json"
_UNFINISHED = "arceaux.unfinished"
# What installs more than it needs satisfies what needs less.
_INCLUDES = {"dev": ("dev", "local"), "local": ("local",)}
_DEVELOPERS_COMMANDS = ("test", "bench")

_NO_NETWORK = re.compile(
    r"NewConnectionError|NameResolutionError|Temporary failure in name resolution"
    r"|Network is unreachable|Connection refused|ConnectTimeoutError|ReadTimeoutError"
    r"|ProxyError|Max retries exceeded|Connection (?:aborted|reset)"
)


def hand_over(arguments: Sequence[str]) -> NoReturn:
    """Prepares the environment, then becomes ``python -m local ARGUMENTS`` in it."""
    root = Path(__file__).resolve().parent.parent
    lock = "dev" if arguments[:1] and arguments[0] in _DEVELOPERS_COMMANDS else "local"
    try:
        python = prepare(root, lock)
    except Failure as failure:
        print(f"arceaux: {failure.message}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("arceaux: interrupted", file=sys.stderr)
        sys.exit(130)
    os.environ["PYTHONPATH"] = str(root)
    # -P: the caller's folder, from which relative paths count, is not one to import from.
    os.execv(python, [str(python), "-P", "-m", "local", *arguments])


def prepare(root: Path, lock: str) -> Path:
    """The interpreter of ``ROOT/.venv``, with ``requirements/LOCK.txt`` installed.

    Says on standard error what takes time. Raises ``Failure`` when it cannot be done; what was
    there before, if it was whole, is then still there.
    """
    requirements = root / "requirements" / f"{lock}.txt"
    venv = root / ".venv"
    try:
        wanted = hashlib.sha256(requirements.read_bytes()).hexdigest()
    except OSError as error:
        raise Failure(f"{requirements} cannot be read: the copy is not whole") from error
    if _is_ready(venv, lock, wanted):
        return _python(venv)
    if not os.access(venv if venv.exists() else root, os.W_OK):
        raise Failure(
            f"{root} cannot be written, so its .venv cannot be made: run this as the owner of "
            "that folder, or from a copy of your own"
        )
    try:
        with _alone(root):
            if not _is_ready(venv, lock, wanted):
                _install(venv, requirements)
                (venv / _STAMP).write_text(json.dumps({**_included(root, lock), lock: wanted}))
                (venv / _UNFINISHED).unlink(missing_ok=True)
    except OSError as error:
        raise Failure(f"{venv} cannot be made: {error.strerror}: {error.filename}") from error
    return _python(venv)


def _included(root: Path, lock: str) -> dict[str, str]:
    """What each lock that ``lock`` includes holds now, for the stamp."""
    marks = {}
    for name in _INCLUDES[lock]:
        with suppress(OSError):
            file = root / "requirements" / f"{name}.txt"
            marks[name] = hashlib.sha256(file.read_bytes()).hexdigest()
    return marks


def _is_ready(venv: Path, lock: str, wanted: str) -> bool:
    try:
        stamp = json.loads((venv / _STAMP).read_text())
    except (OSError, ValueError):
        return False
    return (
        stamp.get(lock) == wanted and not (venv / _UNFINISHED).exists() and _fits_its_python(venv)
    )


def _fits_its_python(venv: Path) -> bool:
    """False when the Python it was made with is gone, out of reach, or another version now."""
    python = _python(venv)
    if not os.access(python, os.X_OK):
        return False
    version = re.fullmatch(r"python(\d+\.\d+)", python.resolve().name)
    return version is None or (venv / "lib" / f"python{version[1]}").is_dir()


def _install(venv: Path, requirements: Path) -> None:
    ours = not _is_usable(venv)
    if ours:
        _make(venv)
    # Until this is gone again, whatever is in there may be half of something.
    (venv / _UNFINISHED).touch()
    try:
        _pip(venv, requirements)
    except _Unchanged as error:
        if ours:
            shutil.rmtree(venv, ignore_errors=True)
        else:
            (venv / _UNFINISHED).unlink(missing_ok=True)
        raise Failure(str(error)) from error
    except (Failure, KeyboardInterrupt):
        if ours:
            shutil.rmtree(venv, ignore_errors=True)
        raise


class _Unchanged(Exception):
    """The installation failed before it changed anything."""


def _is_usable(venv: Path) -> bool:
    """Whether packages can be installed into what is there."""
    if (venv / _UNFINISHED).exists() or not _fits_its_python(venv):
        return False
    check = "import pip, sys; sys.exit(sys.version_info < (3, 11))"
    return subprocess.call([_python(venv), "-I", "-c", check], stderr=subprocess.DEVNULL) == 0


def _make(venv: Path) -> None:
    if not importlib.util.find_spec("venv") or not importlib.util.find_spec("ensurepip"):
        raise Failure(
            "this Python has no venv module: install it (on Debian and Ubuntu: "
            "apt install python3-venv), then run this again"
        )
    _say(f"Making {venv}")
    if venv.exists():
        (venv / _STAMP).unlink(missing_ok=True)
        shutil.rmtree(venv)
    venv.mkdir()
    (venv / _UNFINISHED).touch()
    # Not the interpreter of a virtual environment, which may be the one that was just removed.
    python = getattr(sys, "_base_executable", None) or sys.executable
    try:
        made = subprocess.run(
            [python, "-m", "venv", str(venv)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=_clean_environment(),
            check=False,
        )
    except KeyboardInterrupt:
        shutil.rmtree(venv, ignore_errors=True)
        raise
    if made.returncode != 0:
        shutil.rmtree(venv, ignore_errors=True)
        raise Failure(_explanation(made.stdout.splitlines(), "the virtual environment"))


def _pip(venv: Path, requirements: Path) -> None:
    total = len(re.findall(r"^[\w.-]+==", requirements.read_text(), re.MULTILINE))
    _say(f"Installing what {requirements.name} lists ({total} packages; this can take a minute)")
    # The lock is all there is to install. Left to resolve it again, a pip of Python 3.11 stumbles
    # over each later release of a package that another asks for with an extra.
    command = [
        *(str(_python(venv)), "-m", "pip", "install", "--require-hashes", "--no-deps"),
        *("--retries", "2"),
        *("--no-input", "--disable-pip-version-check", "--progress-bar", "off"),
        *("--requirement", str(requirements)),
    ]
    # Enough to find the reason in: pip tells it before its closing words.
    said: deque[str] = deque(maxlen=200)
    progress = _Progress(total)
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        errors="replace",
        env=_clean_environment(),
    ) as pip:
        assert pip.stdout is not None
        for line in pip.stdout:
            said.append(line.rstrip())
            progress.heard(line)
    progress.end()
    if pip.returncode != 0:
        reason = _explanation(list(said), "the packages")
        if not progress.installing:
            raise _Unchanged(reason)
        raise Failure(reason)


class _Progress:
    """Tells how far pip is: on one line of a terminal, or now and then in a log."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._count = 0
        self._told = time.monotonic()
        self._terminal = sys.stderr.isatty()
        self.installing = False

    def heard(self, line: str) -> None:
        """Takes one line of what pip says."""
        found = re.match(r"(?:Collecting|Requirement already satisfied:) ([\w.-]+)", line)
        if found:
            self._count += 1
            self._tell(f"  {self._count} of {self._total}: {found[1]}")
        elif line.startswith("Installing collected packages"):
            self.installing = True
            self._told = 0.0
            self._tell("  all there; unpacking them")

    def end(self) -> None:
        """Leaves the line clean."""
        if self._terminal:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def _tell(self, text: str) -> None:
        if self._terminal:
            print(f"\r{text}\x1b[K", end="", file=sys.stderr, flush=True)
        elif time.monotonic() - self._told > 5:
            self._told = time.monotonic()
            _say(text)


def _explanation(said: Sequence[str], what: str) -> str:
    """One line for what pip or venv said, and what to do about it."""
    text = "\n".join(said)
    if "No space left on device" in text or "Disk quota exceeded" in text:
        return f"there is no room left on the disk for {what}: free about 500 MB, then run it again"
    if "DO NOT MATCH THE HASHES" in text:
        return "a downloaded package is not the one that was locked: check where pip gets them from"
    if _NO_NETWORK.search(text):
        return f"{what} could not be fetched: check the network, then run this again"
    errors = [line for line in said if line.lower().startswith("error")] or list(said)
    reason = errors[-1].removeprefix("ERROR: ") if errors else "no reason was given"
    return f"{what} could not be installed: {reason}"


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Only one call at a time prepares the environment. The lock leaves no file behind."""
    folder = os.open(root, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("Another ./arceaux is preparing the environment; waiting for it")
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _clean_environment() -> dict[str, str]:
    """The caller's, without what would make pip install elsewhere or Python look elsewhere."""
    unwanted = ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PIP_REQUIRE")
    return {name: value for name, value in os.environ.items() if not name.startswith(unwanted)} | {
        "PIP_USER": "0"
    }


def _python(venv: Path) -> Path:
    return venv / "bin" / "python"


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
