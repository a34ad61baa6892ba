"""The services of the project, each as its entry points make it."""

from importlib import import_module
from pathlib import Path
from typing import Any

from flask import Flask

from shared.settings import SERVICES, Settings

_SERVICES = Path(__file__).resolve().parent.parent.parent / "services"

# By their files, not by trying to import them: a service that cannot be imported must fail.
EXISTING = tuple(name for name in SERVICES if (_SERVICES / name / "app.py").exists())


def make_app(settings: Settings) -> Flask:
    """The web application of a service."""
    app: Flask = module(settings.service, "app").create_app(settings)
    return app


def module(service: str, name: str) -> Any:
    """A module of a service."""
    return import_module(f"services.{service}.{name}")
