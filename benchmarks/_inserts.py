"""The plainest consumer of events there is, as the limit of others."""

import time

import psycopg
from uuid_utils.compat import uuid7


def inserts_per_second(database_url: str, count: int) -> float:
    """Rows per second of one INSERT each, 200 to a transaction: no wire, no schema, no cursor."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE bare (id uuid PRIMARY KEY, session_id uuid, person uuid, status text)"
        )
        began = time.perf_counter()
        for _ in range(0, count, 200):
            with connection.transaction():
                for _ in range(200):
                    connection.execute(
                        "INSERT INTO bare VALUES (%s, %s, %s, 'confirmed')",
                        (uuid7(), uuid7(), uuid7()),
                    )
        rate = count / (time.perf_counter() - began)
        connection.execute("DROP TABLE bare")
    return rate
