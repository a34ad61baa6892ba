"""The event log, the relay's marks, the receivers' cursors, and parked events."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "messaging_0001"
down_revision = None
branch_labels = ("messaging",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "event_log",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column(
            "position", sa.BigInteger, unique=True, comment="given by the relay: dense, from 1"
        ),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("version", sa.SmallInteger, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("traceparent", sa.Text),
        sa.Column("data", JSONB, nullable=False),
    )
    op.create_index(
        "event_log_unrelayed",
        "event_log",
        ["id"],
        postgresql_where=sa.text("position IS NULL"),
    )
    op.create_table(
        "relay_mark",
        sa.Column("subscriber", sa.Text, primary_key=True),
        sa.Column("scanned", sa.BigInteger, nullable=False, comment="last position looked at"),
        sa.Column(
            "sent",
            sa.BigInteger,
            nullable=False,
            comment="last position sent: the next batch's after",
        ),
    )
    op.create_table(
        "event_cursor",
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("position", sa.BigInteger, nullable=False, comment="last position handled"),
        sa.Column("event_time", sa.DateTime(timezone=True), comment="when that event happened"),
        sa.Column("handled_at", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "parked_event",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("envelope", JSONB, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column(
            "parked_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()
        ),
        sa.UniqueConstraint("source", "position"),
    )
