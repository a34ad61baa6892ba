"""What exports need to say of the offer, when it changed, and what an import last read of it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "registrations_0002"
down_revision = "registrations_0001"
branch_labels = None
# The log tells when sessions changed.
depends_on = "messaging_0001"


def upgrade() -> None:
    for table in ("organisation", "place", "programme", "activity"):
        op.add_column(
            table,
            sa.Column(
                "changed_at",
                sa.DateTime(timezone=True),
                server_default=sa.text("now()"),
                nullable=False,
            ),
        )
    _add_text("organisation", "siret", comment="of the establishment, or of its seat")
    op.add_column(
        "organisation", sa.Column("description", sa.Text(), server_default="", nullable=False)
    )
    _add_text("place", "insee_code", comment="of the town (code commune)")
    op.add_column("place", sa.Column("latitude", sa.Float(), nullable=True))
    op.add_column("place", sa.Column("longitude", sa.Float(), nullable=True))
    _add_text("place", "siret")
    _add_text("place", "phone")
    _add_text("place", "email", comment="the place's own, never a person's")
    _add_text("place", "website")
    _add_text("place", "opening_hours", comment="as OpenStreetMap writes them")
    _add_codes("place", "digital_mediation", "codes of the national schema of such places")
    _add_codes("programme", "data_inclusion", "codes of its services in the national directory")
    _add_codes("activity", "data_inclusion", "codes that differ from the programme's")

    _add_text("activity", "source", comment="the file it last came from")
    op.create_index(op.f("ix_activity_source"), "activity", ["source"], unique=False)
    for table in ("organisation", "place", "room", "programme", "activity", "session"):
        _add_text(table, "source_digest", comment="of what an imported file last said of it")

    op.add_column("session", sa.Column("published_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "session",
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="what the public is told of it, seats apart",
        ),
    )
    op.add_column(
        "session",
        sa.Column(
            "calendar_sequence",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="RFC 5545: rises with every such change",
        ),
    )
    op.add_column(
        "meeting",
        sa.Column(
            "moved_from",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when it was first announced to begin, if that is not when it does",
        ),
    )
    # The log knows when sessions that are there already were published and last changed.
    op.execute("""
        UPDATE session
        SET published_at = told.published_at, changed_at = told.changed_at,
            -- seconds since 2020, as shared.events.calendars counts
            calendar_sequence = extract(epoch FROM told.changed_at - '2020-01-01Z'::timestamptz)
        FROM (
            SELECT subject, min("time") FILTER (WHERE type = 'session.published') AS published_at,
                   max("time") AS changed_at
            FROM event_log
            WHERE type IN ('session.published', 'session.rescheduled', 'session.cancelled')
            GROUP BY subject
        ) AS told
        WHERE told.subject = session.id::text
    """)
    op.create_index(
        "session_changes",
        "session",
        ["changed_at", "id"],
        unique=False,
        postgresql_where=sa.text("status <> 'draft'"),
    )


def _add_text(table: str, column: str, *, comment: str | None = None) -> None:
    op.add_column(table, sa.Column(column, sa.Text(), nullable=True, comment=comment))


def _add_codes(table: str, column: str, comment: str) -> None:
    op.add_column(
        table,
        sa.Column(
            column,
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment=comment,
        ),
    )
