"""Contacts, sessions and registrations as heard; messages with their states and attempts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision = "notifications_0001"
down_revision = None
branch_labels = ("notifications",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contact",
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("given_name", sa.Text(), nullable=False),
        sa.Column("family_name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column(
            "access_key",
            sa.Text(),
            nullable=False,
            comment="secret from which manage links are derived",
        ),
        sa.Column(
            "position",
            sa.BigInteger(),
            nullable=False,
            comment="position of the fact in the log of registrations; an older one changes nothing",
        ),
        sa.PrimaryKeyConstraint("participant_id"),
    )
    op.create_table(
        "notification",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False, comment="the fact that it tells"),
        sa.Column(
            "position", sa.BigInteger(), nullable=False, comment="of that fact in its source's log"
        ),
        sa.Column("traceparent", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column(
            "details",
            postgresql.JSONB(astext_type=Text()),
            nullable=False,
            comment="what the words depend on",
        ),
        sa.Column(
            "sequence",
            sa.Integer(),
            nullable=False,
            comment="earlier messages about the same registration",
        ),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "attempts_before_retry",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="made before a person last asked for another try",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "job_sent_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when a job was last set off for it; null if none is on its way",
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("event_id", "participant_id", "kind", name="notification_told_once"),
    )
    op.create_index(
        op.f("ix_notification_participant_id"), "notification", ["participant_id"], unique=False
    )
    op.create_index(
        op.f("ix_notification_registration_id"), "notification", ["registration_id"], unique=False
    )
    op.create_index(
        "notification_claimed",
        "notification",
        ["claimed_at"],
        unique=False,
        postgresql_where=sa.text("status = 'sending'"),
    )
    op.create_index(
        "notification_due",
        "notification",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("status = 'queued'"),
    )
    op.create_index("notification_session", "notification", ["session_id", "kind"], unique=False)
    op.create_table(
        "registration",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column(
            "position",
            sa.BigInteger(),
            nullable=False,
            comment="position of the fact in the log of registrations; an older one changes nothing",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        op.f("ix_registration_session_id"), "registration", ["session_id"], unique=False
    )
    op.create_table(
        "session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("discreet", sa.Boolean(), nullable=False),
        sa.Column("place_code", sa.Text(), nullable=False),
        sa.Column("place_name", sa.Text(), nullable=False),
        sa.Column("place_address", sa.Text(), nullable=True),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column(
            "meetings",
            postgresql.JSONB(astext_type=Text()),
            nullable=False,
            comment="id, starts_at, ends_at and room of each, in order",
        ),
        sa.Column(
            "dropped_meetings",
            postgresql.JSONB(astext_type=Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="taken out since; they may still be in calendars",
        ),
        sa.Column("cancelled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "position",
            sa.BigInteger(),
            nullable=False,
            comment="position of the fact in the log of registrations; an older one changes nothing",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "attempt",
        sa.Column("notification_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "handed_over_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="from here on the carrier may have it, whatever becomes of us",
        ),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True, comment="short, addresses masked"),
        sa.ForeignKeyConstraint(
            ["notification_id"],
            ["notification.id"],
        ),
        sa.PrimaryKeyConstraint("notification_id", "number"),
    )
