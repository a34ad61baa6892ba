"""The commands of ``./arceaux``: up, down, status, token, demo, bench, test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import click

from local import keys, lifecycle, operators, platform
from local.errors import Failure
from local.folder import ROOT, DataFolder
from local.keys import ROLES
from local.options import data_option
from local.platform import Platform
from local.state import State

_LABELS = {
    "registrations": "Programme and sign-up",
    "notifications": "Notifications",
    "reporting": "Reports",
    "inbox": "Mail received here",
}


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def cli() -> None:
    """Arceaux: a social third place's sign-ups, messages and reports, on this machine."""


@cli.command()
@click.option("--detach", is_flag=True, help="Return once everything is ready.")
@click.option("--only", metavar="SERVICE[,SERVICE]", help="These services only, or 'servers'.")
@data_option
def up(detach: bool, only: str | None, data: DataFolder) -> None:
    """Start the whole platform and wait until it is ready."""
    wanted = platform.services(only)
    held = lifecycle.running(data)
    if held is None or not held.ready:
        say(f"Starting {', '.join(wanted) or 'the servers'}, with data in {data.path}")
    if detach:
        sys.exit(lifecycle.detach(data, wanted, say, lambda held: _show(held, data, stays=False)))
    lifecycle.up(
        data, wanted, say, lambda held: _show(held, data, stays=held.supervisor == os.getpid())
    )


@cli.command()
@data_option
def down(data: DataFolder) -> None:
    """Stop what runs, and whatever an interrupted run left behind."""
    if lifecycle.running(data):
        say(f"Stopping what runs with data in {data.path}")
    ended = lifecycle.down(data)
    say(f"Stopped {ended} processes" if ended else "Nothing was running")


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@data_option
def status(as_json: bool, data: DataFolder) -> None:
    """Show what runs, its addresses and its memory; exit 0 only if all is ready."""
    found = platform.status(data)
    if as_json:
        click.echo(json.dumps(found.as_json()))
    elif not found.processes and found.supervisor is None:
        click.echo(f"Nothing runs with data in {data.path}")
    else:
        click.echo(f"{'process':<26}{'pid':>8}{'port':>7}  {'state':<9}{'restarts':>8}{'MB':>8}")
        for process in found.processes:
            state = "ready" if process.ready else "not ready"
            click.echo(
                f"{process.name:<26}{process.pid:>8}{process.port or '':>7}  {state:<9}"
                f"{process.restarts:>8}{process.pss_bytes / 1e6:>8.1f}"
            )
        click.echo(f"{'all, with the supervisor':<26}{'':>32}{found.pss_bytes / 1e6:>8.1f}")
        if found.supervisor is None:
            click.echo(
                "Their supervisor is gone: ./arceaux up starts anew, ./arceaux down ends them"
            )
    sys.exit(0 if found.ready else 1)


@cli.command()
@click.option("--role", required=True, type=click.Choice(ROLES), help="What the holder may do.")
@click.option("--organisation", metavar="CODE", help="The holder's organisation.")
@click.option(
    "--programme",
    "programmes",
    metavar="CODE",
    multiple=True,
    help="A discreet programme that the holder advises; repeatable. Without it: all of them.",
)
@click.option(
    "--key",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The signing key of registrations, for a platform that runs elsewhere.",
)
@data_option
def token(
    role: str,
    organisation: str | None,
    programmes: tuple[str, ...],
    key: Path | None,
    data: DataFolder,
) -> None:
    """Print a staff token, good for an hour, for the platform running here.

    Of discreet programmes only their own advisers know who takes part, and managers numbers alone.
    """
    if key:
        click.echo(keys.token(key, role, organisation, programmes))
    else:
        click.echo(Platform.at(data.path).token(role, organisation, programmes))


@cli.command()
@data_option
def demo(data: DataFolder) -> None:
    """Play an opening day on the platform running here."""
    from local.demo import play  # noqa: PLC0415 — the other commands need none of it

    sys.exit(0 if play(Platform.at(data.path)) else 1)


@cli.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def bench(arguments: tuple[str, ...]) -> None:
    """Run the benchmark NAME, or each of them; the other arguments are passed on."""
    known = sorted(
        file.stem for file in (ROOT / "benchmarks").glob("*.py") if not file.stem.startswith("_")
    )
    name = arguments[0] if arguments and not arguments[0].startswith("-") else ""
    if name and name not in known:
        raise Failure(f"there is no benchmark {name!r}: choose among {', '.join(known) or 'none'}")
    rest = arguments[1:] if name else arguments
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    if "ARCEAUX_DATA" in environment:
        environment["ARCEAUX_DATA"] = str(platform.default_data())
    failed = [
        each
        for each in ([name] if name else known)
        if subprocess.call(
            [sys.executable, "-m", f"benchmarks.{each}", *rest], cwd=ROOT, env=environment
        )
    ]
    if failed:
        raise Failure(f"these benchmarks failed: {', '.join(failed)}")


# As pytest's own default has it.
_EVERYDAY = "not slow and not containers and not by_hand"


@cli.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def test(arguments: tuple[str, ...]) -> None:
    """Run the test suite; the arguments are pytest's. Without any, it runs on every core.

    What brings up the whole platform then comes last: each such test takes the machine for itself.
    """
    os.chdir(ROOT)
    sys.stdout.flush()
    pytest = [sys.executable, "-m", "pytest"]
    if arguments:
        os.execv(sys.executable, [*pytest, *arguments])
    spread = ("--numprocesses=auto", "--dist=loadfile", "-m")
    with tempfile.TemporaryFile() as said:
        beside = subprocess.Popen(
            [*pytest, "-m", f"alone and {_EVERYDAY}"], stdout=said, stderr=subprocess.STDOUT
        )
        codes = [subprocess.call([*pytest, *spread, f"not system and not alone and {_EVERYDAY}"])]
        codes.append(beside.wait())
        said.seek(0)
        sys.stdout.write(said.read().decode(errors="replace"))
        sys.stdout.flush()
    codes.append(subprocess.call([*pytest, "-m", f"system and {_EVERYDAY}"]))
    sys.exit(1 if any(codes) else 0)


cli.add_command(operators.import_file)
cli.add_command(operators.import_attendance)
cli.add_command(operators.staff)
cli.add_command(operators.events)
cli.add_command(operators.rebuild)


def say(line: str) -> None:
    """Prints a line now; a reader who has gone away is no reason to stop."""
    with suppress(OSError):
        print(line, flush=True)


def _show(held: State, data: DataFolder, *, stays: bool) -> None:
    say("Ready.")
    for name, label in _LABELS.items():
        if name in held.urls:
            say(f"  {label:<24}{held.urls[name]}")
    where = "" if data.path == platform.default_data() else f" --data '{data.path}'"
    say("Stop it with Ctrl-C" if stays else f"Stop it with ./arceaux down{where}")
