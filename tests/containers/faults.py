"""What can befall a container: each fault holds while the block runs, and is over after it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import docker
from docker.models.containers import Container

from tests.containers.stack import Stack


@contextmanager
def killed(container: Container) -> Iterator[None]:
    container.kill()
    try:
        yield
    finally:
        container.start()


@contextmanager
def paused(container: Container) -> Iterator[None]:
    container.pause()
    try:
        yield
    finally:
        container.unpause()


@contextmanager
def unplugged(container: Container) -> Iterator[None]:
    """Off every network it is on; afterwards known there by the same names."""
    container.reload()
    client = docker.from_env()
    networks = container.attrs["NetworkSettings"]["Networks"]
    for network in networks:
        client.networks.get(network).disconnect(container)
    try:
        yield
    finally:
        for network, was in networks.items():
            client.networks.get(network).connect(container, aliases=was["Aliases"])


@contextmanager
def stopped(container: Container) -> Iterator[None]:
    container.stop()
    try:
        yield
    finally:
        container.start()


@contextmanager
def without_its_data(stack: Stack) -> Iterator[None]:
    """The broker gone with all it held; a new, empty one comes afterwards."""
    stack.run("rm", "--force", "--stop", "broker")
    docker.from_env().volumes.get(f"{stack.project}_broker-data").remove()
    try:
        yield
    finally:
        stack.run("up", "--detach", "--no-deps", "broker")
