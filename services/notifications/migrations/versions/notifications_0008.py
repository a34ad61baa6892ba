"""Words of messages that managers change."""

import sqlalchemy as sa
from alembic import op

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
