"""Keep every batch that a letter was printed in: to fetch letters again spoilt the print before it."""

import sqlalchemy as sa
from alembic import op

revision = "notifications_0016"
down_revision = "notifications_0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "letter_batch",
        sa.Column("batch", sa.Uuid(), nullable=False),
        sa.Column("notification_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["notification_id"], ["notification.id"]),
        sa.PrimaryKeyConstraint("batch", "notification_id"),
    )
    op.create_index(op.f("ix_letter_batch_notification_id"), "letter_batch", ["notification_id"])
    op.execute(
        "INSERT INTO letter_batch (batch, notification_id)"
        " SELECT batch, id FROM notification WHERE batch IS NOT NULL"
    )
    op.drop_index(op.f("ix_notification_batch"), "notification")
    op.drop_column("notification", "batch")
