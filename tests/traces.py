"""Everywhere a platform may leave a trace of somebody: rows, queues, logs, what the broker is told, files."""

from __future__ import annotations

import io
import threading
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pypdf
import redis
from psycopg import sql

from tests.place import Place


def rows(place: Place, service: str) -> list[str]:
    """Every row of every table of ``service``, as text."""
    with psycopg.connect(place.platform.urls[f"{service}_db"]) as database:
        tables = database.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        return [
            f"{service}.{table} {row}"
            for (table,) in tables
            for (row,) in database.execute(
                sql.SQL("SELECT one::text FROM {} AS one").format(sql.Identifier(table))
            )
        ]


def queued(place: Place) -> list[str]:
    """Everything that lies in the broker's lists and hashes."""
    with redis.Redis.from_url(place.platform.urls["broker"]) as broker:
        found = []
        for key in broker.scan_iter():
            kind = broker.type(key)
            if kind == b"list":
                found += [f"{key!r} {item!r}" for item in broker.lrange(key, 0, -1)]  # type: ignore[union-attr]
            elif kind == b"hash":
                found += [f"{key!r} {item!r}" for item in broker.hvals(key)]  # type: ignore[union-attr]
        return found


@contextmanager
def overheard(place: Place) -> Iterator[list[str]]:
    """Every command that the broker is given meanwhile, whoever gives it; complete when the block ends."""
    spoken: list[str] = []
    last = f"last-{uuid.uuid4().hex}"
    with redis.Redis.from_url(place.platform.urls["broker"]) as broker, broker.monitor() as monitor:

        def listen() -> None:
            for said in monitor.listen():
                spoken.append(said["command"])
                if last in said["command"]:
                    return

        thread = threading.Thread(target=listen)
        thread.start()
        try:
            yield spoken
        finally:
            broker.echo(last)
            thread.join(30)
            assert not thread.is_alive()


def logged(place: Place) -> list[str]:
    """Every line of every log of the platform."""
    files = list(place.platform.folder.path.rglob("*.log"))  # type: ignore[attr-defined]
    assert len(files) > 5
    return [
        f"{file.name} {line}"
        for file in files
        for line in file.read_text(errors="replace").splitlines()
    ]


def text_of(name: str, content: bytes) -> str:
    """What a file says to whoever opens it, and what it says of itself."""
    if name.endswith(".pdf"):
        document = pypdf.PdfReader(io.BytesIO(content))
        about = f"{document.metadata} {document.trailer['/Root'].get('/Outlines')}"
        return about + " ".join(page.extract_text() for page in document.pages)
    if name.endswith(".xlsx"):
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            return " ".join(
                parts.read(part).decode("utf-8", "replace") for part in parts.namelist()
            )
    return content.decode()
