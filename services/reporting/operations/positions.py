"""How far reporting has got in the logs of the others."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.messaging.tables import event_cursor


def read_positions(session: Session) -> dict[str, int]:
    """The position of the last event handled, by source."""
    query = select(event_cursor.c.source, event_cursor.c.position).order_by(event_cursor.c.source)
    return {row.source: row.position for row in session.execute(query)}
