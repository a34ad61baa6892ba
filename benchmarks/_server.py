"""One web process over a database, as in life, for as long as a measurement takes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from benchmarks._load import post_all
from local import ports, trial


def signing_key(folder: str) -> Path:
    """The key with which a web process of this folder signs; whoever has it can speak as staff."""
    file = Path(folder, "registrations.pem")
    if not file.exists():
        key = Ed25519PrivateKey.generate()
        file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return file


@contextmanager
def serving(app: str, database_url: str, folder: str) -> Iterator[int]:
    """Serve the application factory ``app`` with four threads; gives the port. Its log stays in ``folder``."""
    port = ports.free()
    with Path(folder, f"{app.partition(':')[0]}.log").open("ab") as log:
        server = subprocess.Popen(
            _command(app, port),
            env=_environment(database_url, signing_key(folder)),
            stdout=log,
            stderr=log,
        )
    try:
        trial.until(lambda: _answers(port), f"{app} to answer")
        yield port
    finally:
        server.terminate()
        server.wait(20)


def _command(app: str, port: int) -> list[str]:
    workers = os.environ.get("ARCEAUX_WEB_WORKERS", "1")
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--factory"),
        *("--port", str(port), "--workers", workers, "--blocking-threads", "4", "--no-ws"),
        *("--log-level", "warning", app),
    ]


def _environment(database_url: str, key: Path) -> dict[str, str]:
    return {
        **os.environ,
        "ARCEAUX_DATABASE_URL": database_url,
        "ARCEAUX_BROKER_URL": f"redis://127.0.0.1:{ports.free()}/0",
        "ARCEAUX_PUBLIC_RATE": "off",
        "ARCEAUX_DATABASE_POOL": "8",
        "ARCEAUX_SIGNING_KEY_FILE": str(key),
    }


def _answers(port: int) -> bool:
    try:
        return bool(post_all(port, "/v1/registrations", [{}], concurrency=1).statuses)
    except OSError:
        return False
