"""A whole running platform, its servers and processes as in life, and people who use it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local import trial
from local.platform import Platform
from tests.place import Place


@pytest.fixture(scope="session")
def shared_platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """One platform for all tests that break nothing."""
    environment = {"ARCEAUX_PUBLIC_RATE": "off", "ARCEAUX_WEBHOOKS_PRIVATE": "true"}
    data = tmp_path_factory.mktemp("platform") / "data"
    with trial.platform(data, environment=environment) as running:
        yield running


@pytest.fixture
def place(shared_platform: Platform) -> Place:
    return Place(shared_platform)
