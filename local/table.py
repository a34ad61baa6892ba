"""What runs: every process and step of the platform, with its command, environment and port."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from local import broker, keys, ports, postgres
from local.folder import ROOT, SERVICES, DataFolder, Secrets
from local.units import Unit

# On a small machine a second web process takes memory and gives nothing: PostgreSQL needs the other core.
_WEB_WORKERS = "1"
# Letters and reports in progress are put back in the queue first.
_WORKER_PATIENCE = 20.0


@dataclass(frozen=True)
class Plan:
    """The settings of one run: which services, on which ports, and what the caller asked for."""

    folder: DataFolder
    services: tuple[str, ...]
    ports: Mapping[str, int]
    host: str
    caller: Mapping[str, str]


def wanted_ports(services: Collection[str]) -> list[str]:
    """The names of what listens when ``services`` run."""
    http = [service for service in SERVICES if service in services]
    mail = ["inbox", "smtp"] if "notifications" in services else []
    return [*http, *mail, "postgres", "broker"]


def urls(plan: Plan, secrets: Secrets) -> dict[str, str]:
    """The addresses at which this run can be reached, by the names of the contract."""
    found = {
        name: _http(plan.host, plan.ports[name])
        for name in (*SERVICES, "inbox")
        if name in plan.ports
    }
    if "smtp" in plan.ports:
        found["smtp"] = f"smtp://127.0.0.1:{plan.ports['smtp']}"
    found["broker"] = broker.url(secrets, plan.ports["broker"])
    for service in SERVICES:
        found[f"{service}_db"] = postgres.url(secrets, plan.ports["postgres"], service)
    return found


def units(plan: Plan) -> list[Unit]:
    """Everything to start, each after what it needs; makes the services' signing keys."""
    secrets = plan.folder.secrets()
    table = [
        postgres.server(plan.folder, plan.ports["postgres"]),
        broker.server(plan.folder, secrets, plan.ports["broker"]),
        postgres.roles(plan.folder, secrets, plan.ports["postgres"]),
    ]
    if "inbox" in plan.ports:
        table.append(_inbox(plan))
    addresses = urls(plan, secrets)
    for service in plan.services:
        environment = _environment(plan, service, addresses)
        table.extend(_service(plan, service, environment))
        if service == "registrations":
            table.append(_programme(plan, environment))
    return table


def _service(plan: Plan, service: str, environment: Mapping[str, str]) -> list[Unit]:
    """The migration of one service, then its three kinds of process."""
    python = sys.executable
    port = plan.ports[service]
    workers = plan.caller.get("ARCEAUX_WEB_WORKERS") or _WEB_WORKERS
    migration = f"{service}-migrations"
    api = (
        *(python, "-m", "granian", "--interface", "wsgi", "--factory"),
        *("--host", plan.host, "--port", str(port), "--workers", workers),
        *("--blocking-threads", "4", "--no-ws", "--log-level", "warning"),
        f"services.{service}.app:create_app",
    )
    worker = (
        *(python, "-m", "celery", "-A", f"services.{service}.worker", "worker"),
        # Threads, for jobs here wait more than they compute, and a process each would take memory.
        *(
            "--queues",
            f"{service}.events,{service}.jobs",
            "--pool",
            "threads",
            "--concurrency",
            "2",
        ),
        *("--without-gossip", "--without-mingle", "--loglevel", "warning"),
    )
    return [
        _unit(
            plan,
            migration,
            (python, "-m", "shared.migrations", service),
            environment,
            after=("databases",),
        ),
        _unit(
            plan,
            f"{service}-api",
            api,
            environment,
            after=(migration, "broker"),
            probe=f"{_http(plan.host, port)}/health/ready",
            port=port,
            turn=0,
        ),
        _unit(
            plan,
            f"{service}-relay",
            (python, "-m", f"services.{service}.relay"),
            environment,
            after=(migration, "broker"),
            probe=f"file:{_ready_file(plan, f'{service}-relay')}",
            turn=1,
            forked=True,
        ),
        _unit(
            plan,
            f"{service}-worker",
            worker,
            {**environment, "REMAP_SIGTERM": "SIGQUIT"},
            after=(migration, "broker"),
            probe=f"file:{_ready_file(plan, f'{service}-worker')}",
            turn=2,
            patience=_WORKER_PATIENCE,
            forked=True,
        ),
    ]


def _unit(
    plan: Plan,
    name: str,
    command: tuple[str, ...],
    environment: Mapping[str, str],
    *,
    after: tuple[str, ...],
    probe: str = "",
    port: int | None = None,
    turn: int = 0,
    patience: float = 10.0,
    forked: bool = False,
) -> Unit:
    metrics = plan.folder.metrics / name
    ready = _ready_file(plan, name)
    return Unit(
        name=name,
        command=command,
        log=plan.folder.log(name),
        directory=ROOT,
        probe=probe,
        port=port,
        after=after,
        environment={
            **environment,
            "PROMETHEUS_MULTIPROC_DIR": str(metrics),
            "ARCEAUX_READY_FILE": str(ready),
        },
        prepare=lambda: _clear(metrics, ready),
        turn=turn,
        patience=patience,
        forked=forked,
    )


def _inbox(plan: Plan) -> Unit:
    return Unit(
        name="inbox",
        command=(
            *(sys.executable, "-m", "local.inbox", "--file", str(plan.folder.inbox / "messages")),
            *("--smtp-port", str(plan.ports["smtp"])),
            *("--host", plan.host, "--port", str(plan.ports["inbox"])),
        ),
        log=plan.folder.log("inbox"),
        directory=ROOT,
        probe=f"{_http(plan.host, plan.ports['inbox'])}/health/ready",
        port=plan.ports["inbox"],
        turn=3,
    )


def _programme(plan: Plan, environment: Mapping[str, str]) -> Unit:
    """Loads what the place offers, when that is nothing yet; beside the web process, not after it."""
    return Unit(
        name="programme",
        command=(sys.executable, "-m", "services.registrations.first_programme"),
        log=plan.folder.log("programme"),
        directory=ROOT,
        after=("registrations-migrations",),
        environment=environment,
        speaks=True,
    )


def _environment(plan: Plan, service: str, addresses: Mapping[str, str]) -> dict[str, str]:
    """What a service is told; the address of one that runs elsewhere is left to the caller."""
    environment = {
        "ARCEAUX_DATABASE_URL": addresses[f"{service}_db"],
        "ARCEAUX_BROKER_URL": addresses["broker"],
        "ARCEAUX_SIGNING_KEY_FILE": str(keys.private_key(plan.folder.keys, service)),
    }
    for name in SERVICES:
        variable = f"ARCEAUX_{name.upper()}_URL"
        elsewhere = plan.caller.get(variable) or _http(plan.host, ports.given(name, plan.caller))
        environment[variable] = addresses.get(name, elsewhere)
    if "ARCEAUX_PUBLIC_URL" not in plan.caller:
        environment["ARCEAUX_PUBLIC_URL"] = environment["ARCEAUX_REGISTRATIONS_URL"]
    # A mail server of the caller's own may stand in for the sink.
    if "smtp" in addresses and "ARCEAUX_SMTP_URL" not in plan.caller:
        environment["ARCEAUX_SMTP_URL"] = addresses["smtp"]
    return environment


def _ready_file(plan: Plan, name: str) -> Path:
    return plan.folder.run / f"{name}.ready"


def _clear(metrics: Path, ready: Path) -> None:
    """Forgets what an earlier process of that name left: its counts and its word."""
    shutil.rmtree(metrics, ignore_errors=True)
    metrics.mkdir(parents=True)
    ready.unlink(missing_ok=True)


def _http(host: str, port: int) -> str:
    # What listens everywhere is reached here through the loopback address.
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"
