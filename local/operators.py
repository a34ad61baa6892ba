"""The operators' commands: import a programme or what was counted, look at the flow of events and repair it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import click

from local.errors import Failure
from local.folder import SERVICES, DataFolder
from local.keys import STAFF_ROLES
from local.options import data_option
from local.platform import Platform

_FINDINGS_SHOWN = 50
_PAGE = 1000
_POLL_SECONDS = 0.2

_service_option = click.option(
    "--service", type=click.Choice(SERVICES), help="This service only, not all that run."
)


_place_option = click.option("--place", help="Code of the place, where FILE names none.")
_organisation_option = click.option(
    "--organisation", help="Code of the organisation, where FILE names none."
)
_programme_option = click.option(
    "--programme", help="Code of the programme, where FILE names none."
)


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.option(
    "--source", help="Where FILE comes from: what it names no more is told of that source."
)
@_place_option
@_organisation_option
@_programme_option
@click.option("--capacity", type=click.IntRange(1), help="Seats, where FILE says none.")
@data_option
def import_file(file: Path, data: DataFolder, **said: Any) -> None:
    """Import a programme of activities from FILE: CSV, a workbook, JSON or iCalendar."""
    _import(file, "/v1/imports", said, data)


@click.command("import-attendance")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.option(
    "--source",
    help="Where FILE comes from, if it holds all that was counted there: what it names no more is told.",
)
@_place_option
@_organisation_option
@_programme_option
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="MEANING:HEADING",
    help="What a column means whose name does not say it: attended:Adultes.",
)
@data_option
def import_attendance(file: Path, data: DataFolder, **said: Any) -> None:
    """Import how many came to what was held before from FILE: CSV, a workbook or JSON."""
    _import(file, "/v1/attendance-imports", said, data)


def _import(file: Path, path: str, said: Mapping[str, Any], data: DataFolder) -> None:
    """Send ``file`` with what was ``said`` on the command line, and tell what came of it.

    Raises:
        Failure: it cannot be read or sent, or nothing of it can be loaded.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise Failure(f"{file} cannot be read: {error.strerror}") from error
    client = Platform.at(data.path).client("registrations", "manager")
    dry_run = said["dry_run"]
    given = {name: value for name, value in said.items() if value}
    query = {**given, "dry_run": str(dry_run).lower()}
    result = client.send(f"{path}?{urlencode(query, doseq=True)}", content)
    done = _counts(result)
    findings = result["errors"]
    for found in findings[:_FINDINGS_SHOWN]:
        click.echo(_finding(file.name, found), err=True)
    if len(findings) > _FINDINGS_SHOWN:
        click.echo(f"… and {len(findings) - _FINDINGS_SHOWN} more", err=True)
    missing = result.get("missing", ())
    for gone in missing[:_FINDINGS_SHOWN]:
        click.echo(f"{file.name}: not there any more, and left as it is: {gone['title']}", err=True)
    if len(missing) > _FINDINGS_SHOWN:
        click.echo(f"… and {len(missing) - _FINDINGS_SHOWN} more", err=True)
    if not done:
        raise Failure(f"nothing of {file} {'can' if dry_run else 'could'} be loaded")
    warnings = sum(found.get("severity") == "warning" for found in findings)
    click.echo(
        f"{'Would be: ' if dry_run else ''}{done}, {_counted(len(findings) - warnings, 'errors')}"
        + (f", {_counted(warnings, 'warnings')}" if warnings else "")
    )


def _counts(result: dict[str, Any]) -> str:
    """What an import did, such as ``12 activities created, 3 sessions updated``; may be empty."""
    return ", ".join(
        f"{_counted(number, kind)} {done}"
        for done in ("created", "updated", "unchanged")
        for kind, number in sorted(result[done].items())
        if number
    )


def _counted(number: int, things: str) -> str:
    """``1 head count`` of what an import calls ``head_counts``, ``2 head counts``."""
    words = things.replace("_", " ")
    if number == 1:
        words = f"{words[:-3]}y" if words.endswith("ies") else words.removesuffix("s")
    return f"{number} {words}"


def _finding(name: str, found: dict[str, Any]) -> str:
    """What is wrong with one line of the file, or with the whole of it."""
    if found.get("sheet"):
        name = f"{name}:{found['sheet']}"
    parts = [f"{name}:{found['line']}" if found["line"] else name]
    if found.get("severity") == "warning":
        parts.append("warning")
    if named := found.get("column") or found.get("field"):
        parts.append(named)
    return ": ".join([*parts, found["message"]])


@click.group()
def staff() -> None:
    """Invite the people who work here."""


@staff.command()
@click.argument("email")
@click.option("--role", required=True, type=click.Choice(STAFF_ROLES), help="What they may do.")
@click.option("--name", help="Their name; by default the address before its @.")
@click.option("--organisation", metavar="CODE", help="Facilitators are kept to theirs.")
@click.option(
    "--programme",
    "programmes",
    metavar="CODE",
    multiple=True,
    help="A discreet programme whose people they may know of; repeatable.",
)
@data_option
def invite(
    email: str,
    *,
    role: str,
    name: str | None,
    organisation: str | None,
    programmes: tuple[str, ...],
    data: DataFolder,
) -> None:
    """Make an account for EMAIL, or give it a new link, and print the link: good once, for 72 hours."""
    client = Platform.at(data.path).client("registrations", "manager")
    known = client.get("/v1/staff", {"email": email})["items"]
    if known:
        invited = client.post(f"/v1/staff/{known[0]['id']}/invitation")
    else:
        account = {"email": email, "name": name, "role": role, "organisation": organisation}
        invited = client.post("/v1/staff", {**account, "programmes": list(programmes)})
    click.echo(invited["invitation_url"])


@click.group()
def events() -> None:
    """Look at the services' event logs, and have parked events handled again."""


@events.command("list")
@_service_option
@click.option("--after", type=click.IntRange(0), default=0, help="From after this position.")
@click.option("--type", "kind", help="Show only events of this type.")
@click.option(
    "--subject", metavar="ID", help="Show only events about this, such as a registration."
)
@click.option("--limit", type=click.IntRange(1), help="Show at most so many of each service.")
@data_option
def list_events(
    *,
    service: str | None,
    after: int,
    kind: str | None,
    subject: str | None,
    limit: int | None,
    data: DataFolder,
) -> None:
    """List events, then say for each service whether any position is missing."""
    running = Platform.at(data.path)
    wanted = {"type": kind, "subject": subject}
    summaries = [_list(running, name, after, wanted, limit) for name in _chosen(running, service)]
    for line, _ in summaries:
        click.echo(line)
    sys.exit(0 if all(whole for _, whole in summaries) else 1)


@events.command()
@_service_option
@data_option
def parked(service: str | None, data: DataFolder) -> None:
    """List the events that could not be handled and wait for a repair."""
    running = Platform.at(data.path)
    for name in _chosen(running, service):
        count = 0
        for item in running.client(name, "operator").items("/v1/parked"):
            count += 1
            click.echo(
                f"{name}  {item['id']}  {item['source']} {item['position']}  {item['type']}  "
                f"{item['subject']}  {item['parked_at']}  {item['error']}"
            )
        click.echo(f"{name}: {count} parked")


@events.command()
@_service_option
@click.argument("ids", metavar="[ID…]", nargs=-1)
@data_option
def replay(service: str | None, ids: tuple[str, ...], data: DataFolder) -> None:
    """Handle parked events again: those with these IDs, or all."""
    running = Platform.at(data.path)
    left = 0
    for name in _chosen(running, service):
        body = {"ids": list(ids)} if ids else {}
        result = running.client(name, "operator").post("/v1/parked/replay", body)
        left += result["still_parked"]
        click.echo(f"{name}: {result['replayed']} replayed, {result['still_parked']} still parked")
    sys.exit(1 if left else 0)


@click.command()
@click.argument("projection", type=click.Choice(["reporting"]))
@data_option
def rebuild(projection: str, data: DataFolder) -> None:
    """Empty reporting's figures and build them again from the services' events."""
    client = Platform.at(data.path).client(projection, "operator")
    path = f"/v1/rebuild/{client.post('/v1/rebuild')['id']}"
    shown = -1
    while (state := client.get(path))["status"] == "running":
        if state["events"] != shown:
            shown = state["events"]
            click.echo(f"  {shown} events", err=True)
        time.sleep(_POLL_SECONDS)
    if state["status"] != "done":
        raise Failure(f"the rebuild failed: see {data.log('reporting-worker')}")
    click.echo(f"Rebuilt from {state['events']} events in {state['seconds']:.1f} s")


def _chosen(running: Platform, service: str | None) -> tuple[str, ...]:
    return (service,) if service else running.services


def _list(
    running: Platform,
    service: str,
    after: int,
    wanted: Mapping[str, str | None],
    limit: int | None,
) -> tuple[str, bool]:
    """Prints those of a service's events that have all the values ``wanted``.

    Returns its closing line and whether no position is missing.
    """
    seen, count, first, last = 0, 0, 0, after
    gaps: list[str] = []
    unrelayed = None
    for page in _pages(running, service, after):
        unrelayed = page.get("unrelayed", unrelayed)
        for event in page["items"]:
            position = int(event["position"])
            if position != last + 1:
                gaps.append(_span(last + 1, position - 1))
            seen, first, last = seen + 1, first or position, position
            is_wanted = all(value in (None, event.get(name)) for name, value in wanted.items())
            if is_wanted and (limit is None or count < limit):
                count += 1
                click.echo(
                    f"{service}  {position:>8}  {event['time']}  {event['type']:<28}"
                    f"{event.get('subject') or ''}"
                )
        if limit is not None and count >= limit:
            break
    read = f"{seen} events, positions {first} to {last}" if first else "no events"
    missing = f", missing: {', '.join(gaps)}" if gaps else ", no gap" if first else ""
    waiting = f", {unrelayed} not yet relayed" if unrelayed else ""
    return f"{service}: {read}{missing}{waiting}", not gaps


def _pages(running: Platform, service: str, after: int) -> Iterator[dict[str, Any]]:
    client = running.client(service, "operator")
    while True:
        page = client.get("/v1/events", {"after": after, "limit": _PAGE})
        yield page
        if not page["items"] or page.get("next") is None:
            return
        after = int(page["items"][-1]["position"])


def _span(first: int, last: int) -> str:
    return str(first) if first >= last else f"{first} to {last}"
