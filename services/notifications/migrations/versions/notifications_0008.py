"""Words of messages that managers change, and what people want to be told."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "notifications_0008"
down_revision = "notifications_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "template_version",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="from 1; 0 is what is shipped"),
        sa.Column("subject", sa.Text(), nullable=True, comment="null: what is shipped"),
        sa.Column("words", sa.Text(), nullable=True, comment="null: what is shipped"),
        sa.Column(
            "restored_from", sa.Integer(), nullable=True, comment="the version that was taken back"
        ),
        sa.Column("changed_by", sa.Text(), nullable=False, comment="the account that did it"),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "failures",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="messages that went out in the shipped words instead",
        ),
        sa.PrimaryKeyConstraint("kind", "language", "version"),
    )
    op.add_column(
        "contact",
        sa.Column(
            "contact_consent",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="to be told more than they asked for",
        ),
    )
    op.create_table(
        "preference",
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column(
            "unwanted",
            postgresql.JSONB(),
            nullable=False,
            comment="a list of kind and channel; null stands for all of them",
        ),
        sa.Column(
            "changed_by",
            sa.Text(),
            nullable=False,
            comment="the person themselves, or an account",
        ),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("participant_id"),
    )
