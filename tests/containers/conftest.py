"""One stack of containers for all tests that leave it as they found it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.containers.stack import Stack, docker_is_missing, is_required, stack
from tests.place import Place

# Quick to notice what is missing, so that faults are over soon; and load tests come from one address.
_HASTE = {
    "ARCEAUX_PUBLIC_RATE": "off",
    "ARCEAUX_CATCH_UP_EVERY": "2",
    "ARCEAUX_SWEEP_EVERY": "1",
    "ARCEAUX_SEND_LEASE": "15",
}


@pytest.fixture(scope="session")
def docker_engine() -> None:
    """Docker with Compose; without it these tests are skipped, or fail where they are required."""
    if why := docker_is_missing():
        if is_required():
            pytest.fail(why)
        pytest.skip(why)


@pytest.fixture(scope="session")
def shared_stack(docker_engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with stack(tmp_path_factory.mktemp("clone"), **_HASTE) as running:
        yield running


@pytest.fixture
def place(shared_stack: Stack) -> Place:
    shared_stack.await_healthy()
    return Place(shared_stack)
