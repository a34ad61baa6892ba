"""SMS: what each cost and what became of it, how providers do, and by which channel each attempt was made."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "notifications_0009"
down_revision = "notifications_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Until now mail was all that was carried.
    op.add_column(
        "attempt", sa.Column("channel", sa.Text(), server_default="email", nullable=False)
    )
    op.alter_column("attempt", "channel", server_default=None)
    op.add_column(
        "notification",
        sa.Column(
            "ruled_out",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="channels that have failed for good for it",
        ),
    )
    op.alter_column(
        "notification",
        "attempts_before_retry",
        comment="made before a person last asked for another try, or by an earlier channel",
    )
    op.create_table(
        "sms",
        sa.Column(
            "reference",
            sa.Text(),
            nullable=False,
            comment="our name for it, which the provider is asked by",
        ),
        sa.Column(
            "notification_id",
            sa.Uuid(),
            nullable=False,
            comment="the first of the messages that it tells, with which it is counted",
        ),
        sa.Column("number", sa.Integer(), nullable=False, comment="of the attempt"),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column(
            "provider_id", sa.Text(), nullable=True, comment="the provider's own name for it"
        ),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.Column(
            "cost",
            sa.Numeric(9, 2),
            nullable=False,
            comment="cents of a euro: what we expect until the provider says",
        ),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("handed_over_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "ask_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when to ask the provider about it; null: there is nothing to ask",
        ),
        sa.PrimaryKeyConstraint("reference"),
        sa.ForeignKeyConstraint(
            ["notification_id", "number"], ["attempt.notification_id", "attempt.number"]
        ),
    )
    op.create_index("sms_attempt", "sms", ["notification_id", "number"])
    op.create_index("sms_provider_id", "sms", ["provider", "provider_id"])
    op.create_index(
        "sms_asked_after", "sms", ["ask_at"], postgresql_where=sa.text("ask_at IS NOT NULL")
    )
    op.create_index(op.f("ix_sms_handed_over_at"), "sms", ["handed_over_at"])
    op.create_table(
        "sms_provider",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False, comment="in a row"),
        sa.Column(
            "rests_until",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="nothing is handed to it before; then one message tries",
        ),
        sa.PrimaryKeyConstraint("name"),
    )
