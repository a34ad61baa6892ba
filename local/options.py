"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from local import platform
from local.folder import DataFolder


def data_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds ``--data`` to a command, which then gets a ``DataFolder`` as ``data``."""

    def folder(_: click.Context, __: click.Parameter, value: str | None) -> DataFolder:
        path = Path(value) if value else platform.default_data()
        return DataFolder(path.resolve())

    return click.option(
        "--data",
        callback=folder,
        metavar="DIR",
        help="The folder that holds the data (.arceaux beside the code by default).",
    )(command)
