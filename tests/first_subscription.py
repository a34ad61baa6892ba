"""The standing order that reporting begins with: tests empty its table like any other."""

from datetime import UTC, datetime

from services.reporting.models import ReportSubscription
from shared.db import Database


def order_session_reports(database: Database) -> None:
    """Have the report of a session written when it is closed, as the migrations do."""
    with database.transaction() as session:
        session.query(ReportSubscription).delete()
        session.add(
            ReportSubscription(
                on="session.closed",
                filter={},
                report="session",
                parameters={"session_id": "$session_id"},
                formats=["json", "csv"],
                language="fr",
                audience="staff",
                recipients=[],
                timezone="Europe/Paris",
                since=datetime(2000, 1, 1, tzinfo=UTC),
            )
        )
