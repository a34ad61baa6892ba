"""Write the documents that are made from code: ``python -m docs.generate``.

``events.md``, ``asyncapi.json``, ``indicators.md``, an ``openapi-<service>.json`` per service, and ``roles.md``.
With ``--check`` nothing is written; it ends in failure if any of them is not what the code would make of it now.
Needs no database and no broker.
"""

import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from services.reporting.documentation import indicators_markdown
from shared.events.catalogue import CATALOGUE
from shared.events.documentation import events_markdown
from shared.messaging.documentation import asyncapi
from shared.settings import SERVICES
from shared.web.access import roles_markdown
from shared.web.app import spec

_HERE = Path(__file__).resolve().parent
_ROOT = _HERE.parent
_EXAMPLES = _ROOT / "tests" / "contract" / "golden"


def documents() -> Iterator[tuple[str, str]]:
    """Every generated document: its file name in this folder, and what it holds."""
    yield "events.md", events_markdown(_examples())
    yield "asyncapi.json", _json(asyncapi())
    yield "indicators.md", indicators_markdown()
    with tempfile.TemporaryDirectory(prefix="arceaux-docs-") as folder:
        key = Path(folder) / "key.pem"
        _write_key(key)
        with _environment(_nowhere(key)):
            specs = {
                service: spec(import_module(f"services.{service}.app").create_app())
                for service in SERVICES
            }
    for service, document in specs.items():
        yield f"openapi-{service}.json", _json(document)
    yield "roles.md", roles_markdown(specs)


def main(arguments: list[str]) -> int:
    stale = 0
    for name, text in documents():
        file = _HERE / name
        if file.exists() and file.read_text() == text:
            continue
        if arguments == ["--check"]:
            stale += 1
            sys.stdout.write(f"docs/{name} is not up to date: run python -m docs.generate\n")
        else:
            file.write_text(text)
            sys.stdout.write(f"docs/{name}\n")
    return min(stale, 1)


def _examples() -> dict[tuple[str, int], dict[str, Any]]:
    return {
        (told, version): json.loads((_EXAMPLES / f"{told}.v{version}.json").read_text())
        for told, version in CATALOGUE
    }


def _nowhere(key: Path) -> dict[str, str]:
    """Settings with which an application can be made but talk to nobody."""
    return {
        "ARCEAUX_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none",
        "ARCEAUX_BROKER_URL": "redis://127.0.0.1:9/0",
        "ARCEAUX_SMTP_URL": "smtp://127.0.0.1:9",
        "ARCEAUX_SIGNING_KEY_FILE": str(key),
        "ARCEAUX_PUBLIC_RATE": "off",
    }


@contextmanager
def _environment(wanted: Mapping[str, str]) -> Iterator[None]:
    """The caller's environment with ``wanted`` as its only settings: what they set must not show here."""
    before = dict(os.environ)
    for name in before:
        if name.startswith("ARCEAUX_"):
            del os.environ[name]
    os.environ.update(wanted)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _write_key(path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
