"""The project's own Compose file, brought up from what a fresh clone would hold."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import docker
from docker.models.containers import Container
from testcontainers.compose import DockerCompose

from local import keys
from local.client import Client
from local.folder import ROOT
from tests.servers import free_port, wait_until

SERVICES = ("registrations", "notifications", "reporting")


@dataclass(frozen=True)
class Stack:
    """The platform in containers; ``urls`` are those of its gateway."""

    compose: DockerCompose
    project: str
    folder: Path
    gateway: str

    @property
    def urls(self) -> Mapping[str, str]:
        return {name: f"{self.gateway}/{name}" for name in (*SERVICES, "inbox")}

    def token(self, role: str) -> str:
        """A staff token, signed with the key that the secrets job made."""
        return keys.token(self.folder / "secrets/registrations/signing-key.pem", role)

    def client(self, service: str, role: str) -> Client:
        return Client(service, self.urls[service], self.token(role))

    def secret(self, name: str) -> str:
        return (self.folder / "secrets" / name).read_text().strip()

    def run(self, *arguments: str) -> str:
        """``docker compose ARGUMENTS`` on this project; what it wrote."""
        command = [*self.compose.docker_compose_command(), *arguments]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"docker compose {' '.join(arguments)}: {done.stderr[-2000:]}"
        return done.stdout

    def containers(self, service: str = "") -> list[Container]:
        """Those that should run, of one Compose service or of all."""
        labels = [f"com.docker.compose.project={self.project}"]
        labels += [f"com.docker.compose.service={service}"] if service else []
        found = docker.from_env().containers.list(all=True, filters={"label": labels})
        return sorted((one for one in found if _lasts(one)), key=lambda one: one.name)

    def await_healthy(self, seconds: float = 60) -> None:
        """Return once every container that should run is healthy."""
        wait_until(
            lambda: all(_health(one) == "healthy" for one in self.containers()),
            "every container is healthy",
            seconds,
        )


@contextmanager
def stack(folder: Path, **environment: str) -> Iterator[Stack]:
    """A platform of one's own from a fresh copy in ``folder``, gone with its data at the end."""
    copy_as_cloned(folder)
    port = free_port()
    gateway, project = f"http://127.0.0.1:{port}", f"arceaux-test-{secrets.token_hex(4)}"
    settings = {
        "COMPOSE_PROJECT_NAME": project,
        "ARCEAUX_GATEWAY_PORT": str(port),
        "ARCEAUX_PUBLIC_URL": f"{gateway}/registrations",
        "ARCEAUX_NOTIFICATIONS_PUBLIC_URL": f"{gateway}/notifications",
        "ARCEAUX_REPORTING_PUBLIC_URL": f"{gateway}/reporting",
        **environment,
    }
    env_file = folder / ".env"
    env_file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    compose = DockerCompose(folder, env_file=str(env_file), profiles=["dev"], build=True)
    running = Stack(compose, project, folder, gateway)
    try:
        compose.start()
        yield running
    finally:
        compose.stop()


def copy_as_cloned(folder: Path) -> None:
    """Copy the files that are under version control, or would be: nothing that an earlier run left."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


def docker_is_missing() -> str:
    """Why there is no Docker with Compose here; empty when there is."""
    try:
        docker.from_env(timeout=10).ping()
        subprocess.run(["docker", "compose", "version"], check=True, capture_output=True)
    except (docker.errors.DockerException, OSError, subprocess.CalledProcessError) as error:
        return f"no Docker with Compose answers here: {error}"
    return ""


def is_required() -> bool:
    """Whether these tests must run, whatever is missing."""
    return os.environ.get("ARCEAUX_REQUIRE_DOCKER") == "1"


def _lasts(container: Container) -> bool:
    return container.attrs["HostConfig"]["RestartPolicy"]["Name"] == "unless-stopped"


def _health(container: Container) -> str:
    return str(container.attrs["State"].get("Health", {}).get("Status", ""))
