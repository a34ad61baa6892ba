"""The statement by which people register stays one that the driver remembers."""

from psycopg import _queries

from services.registrations.operations.register import REGISTER


def test_the_driver_remembers_how_the_statement_of_the_public_is_laid_out() -> None:
    """Longer, it would be taken apart anew for every registration: 100 µs of each."""
    assert len(REGISTER) <= _queries.MAX_CACHED_STATEMENT_LENGTH
