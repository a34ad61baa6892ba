"""Making the virtual environment: with an empty lock, which needs no network."""

import fcntl
import hashlib
import json
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from local import environment, trial
from local.environment import prepare
from local.errors import Failure
from local.folder import ROOT


@pytest.fixture
def root(tmp_path):
    """A checkout of nothing but locks that ask for nothing."""
    made = tmp_path / "a checkout"
    (made / "requirements").mkdir(parents=True)
    for name in ("local", "dev"):
        (made / "requirements" / f"{name}.txt").write_text(f"# {name}: nothing\n")
    return made


def fake(root, stamp, finished=True):
    """A virtual environment that looks made."""
    (root / ".venv" / "bin").mkdir(parents=True)
    (root / ".venv" / "bin" / "python").symlink_to(Path(sys.executable).resolve())
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    (root / ".venv" / "lib" / version).mkdir(parents=True)
    (root / ".venv" / "arceaux.json").write_text(json.dumps(stamp))
    if not finished:
        (root / ".venv" / "arceaux.unfinished").touch()


def test_one_left_half_made_is_made_anew_then_kept_in_step(root, capsys):
    fake(root, {}, finished=False)

    python = prepare(root, "dev")
    assert subprocess.check_output([python, "-c", "import pip; print('whole')"]) == b"whole\n"
    assert not (root / ".venv" / "arceaux.unfinished").exists()
    assert "Making" in capsys.readouterr().err

    assert prepare(root, "dev") == python
    assert prepare(root, "local") == python
    assert capsys.readouterr().err == ""

    (root / "requirements" / "local.txt").write_text("# changed\n")
    prepare(root, "local")
    said = capsys.readouterr().err
    assert "Installing" in said
    assert "Making" not in said


def test_two_at_once_make_one(root):
    code = (
        "import sys, pathlib; from local.environment import prepare; "
        "prepare(pathlib.Path(sys.argv[1]), 'local')"
    )
    calls = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(root)], cwd=ROOT, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    said = [call.communicate(timeout=60)[1] for call in calls]

    assert [call.returncode for call in calls] == [0, 0]
    assert sum("Making" in text for text in said) == 1


def test_a_second_call_says_that_it_waits(root):
    code = (
        "import sys, pathlib; from local.environment import prepare; "
        "prepare(pathlib.Path(sys.argv[1]), 'local')"
    )
    descriptor = os.open(root, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    call = subprocess.Popen(
        [sys.executable, "-c", code, str(root)], cwd=ROOT, stderr=subprocess.PIPE, text=True
    )
    assert "waiting" in call.stderr.readline()
    call.send_signal(signal.SIGKILL)
    call.communicate()
    os.close(descriptor)


def test_a_failure_leaves_nothing_half_done(root):
    (root / "requirements" / "local.txt").write_text("no-such-package==1 --hash=sha256:00\n")

    with pytest.raises(Failure, match="could not be installed"):
        prepare(root, "local")

    assert not (root / ".venv").exists()


def wheel(folder, name, version, requires=()):
    """A package of nothing but its own description; the line that locks it."""
    described = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nProvides-Extra: more\n"
    described += "".join(f"Requires-Dist: {required}\n" for required in requires)
    made = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr(f"{info}/METADATA", described)
        packed.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        packed.writestr(f"{info}/RECORD", "")
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(made.read_bytes()).hexdigest()}\n"


def test_what_is_locked_is_installed_whatever_has_been_released_since(root, tmp_path, monkeypatch):
    released = tmp_path / "released"
    released.mkdir()
    locked = [
        wheel(released, "vault", "1.0", ['arch[more]<3,>=1; python_version >= "3"']),
        wheel(released, "arch", "1.0"),
    ]
    wheel(released, "arch", "2.0")
    (root / "requirements" / "local.txt").write_text("".join(locked))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(released))

    python = prepare(root, "local")

    installed = subprocess.check_output([python, "-m", "pip", "freeze"], text=True)
    assert installed.split() == ["arch==1.0", "vault==1.0"]


def test_an_interruption_leaves_nothing_half_done(root, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(environment, "_make", lambda venv: venv.mkdir())
    monkeypatch.setattr(environment, "_pip", interrupted)
    with pytest.raises(KeyboardInterrupt):
        prepare(root, "local")

    assert not (root / ".venv").exists()


def test_one_of_a_python_that_is_gone_is_not_used(root):
    fake(root, {})
    python = root / ".venv" / "bin" / "python"
    assert environment._fits_its_python(root / ".venv")
    python.unlink()
    python.symlink_to(root / "gone")
    assert not environment._fits_its_python(root / ".venv")


def test_a_python_without_venv_says_what_to_install(root, monkeypatch):
    monkeypatch.setattr(environment.importlib.util, "find_spec", lambda _: None)

    with pytest.raises(Failure, match="apt install python3-venv"):
        prepare(root, "local")
    assert not (root / ".venv").exists()


def test_a_lock_that_is_not_there_is_one_clear_line(root):
    (root / "requirements" / "local.txt").unlink()

    with pytest.raises(Failure, match=r"local\.txt"):
        prepare(root, "local")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_checkout_that_cannot_be_written_is_one_clear_line(root):
    root.chmod(0o500)
    with pytest.raises(Failure, match="cannot be written"):
        prepare(root, "local")
    root.chmod(0o700)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("ERROR: Could not install: [Errno 28] No space left on device", "no room left"),
        ("WARNING: Retrying after NewConnectionError\nERROR: No matching", "check the network"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM", "not the one that was locked"),
        ("hm\nERROR: Something else\nbye", "Something else"),
        ("", "no reason"),
    ],
)
def test_one_line_says_what_went_wrong(said, expected):
    explained = environment._explanation(said.splitlines(), "the packages")

    assert expected in explained
    assert "\n" not in explained


def test_relative_paths_count_from_the_callers_folder(tmp_path):
    (tmp_path / "local").mkdir()
    (tmp_path / "local" / "__init__.py").write_text("raise SystemExit('the wrong folder')")
    called = subprocess.run(
        [sys.executable, "-P", "-m", "local", "status", "--json", "--data", "here"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert json.loads(called.stdout)["data"] == str(tmp_path / "here")
    assert called.returncode == 1
    assert trial.call(["status", "--data", str(tmp_path / "here")]).returncode == 1
