"""What is logged of an error that PostgreSQL explains with the row that it is about."""

import json
import logging
import sys
from collections.abc import Callable, Iterator
from io import StringIO

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from shared.db import Database
from shared.logs import configure_logs


@pytest.fixture
def refused(database_urls: dict[str, str]) -> IntegrityError:
    """The error of a row that a table does not take."""
    database = Database()
    database.connect(database_urls["reporting"])
    table = "CREATE TEMP TABLE person (id int NOT NULL, name text, said text) ON COMMIT DROP"
    row = {"name": "Amina", "said": "one\ntwo"}
    with pytest.raises(IntegrityError) as failure, database.transaction() as session:
        session.execute(text(table))
        session.execute(text("INSERT INTO person (name, said) VALUES (:name, :said)"), row)
    database.dispose()
    assert "Amina" in str(failure.value)
    return failure.value


@pytest.fixture
def logs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[str]]]:
    """The lines logged since, as a service logs them."""
    root, written = logging.getLogger(), StringIO()
    handlers, level = root.handlers, root.level
    monkeypatch.setattr(sys, "stdout", written)
    configure_logs("reporting")
    yield lambda: written.getvalue().splitlines()
    root.handlers, root.level = handlers, level


def test_the_row_is_left_out_wherever_the_error_is_told(
    refused: IntegrityError, logs: Callable[[], list[str]]
) -> None:
    log = logging.getLogger("anything")
    log.error("failed", exc_info=refused)
    log.error("Task raised unexpected: %r", refused, extra={"data": {"exc": str(refused)}})
    lines = logs()
    for line in lines:
        assert "Amina" not in line
        assert "two" not in line
        assert "null value" in line
        assert "DETAIL: …" in line
        assert json.loads(line)["service"] == "reporting"
    assert len(lines) == 2
    assert "INSERT INTO person" in lines[0]
