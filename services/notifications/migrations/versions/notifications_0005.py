"""Messages that go out together, messages to staff, and messages about no registration."""

import sqlalchemy as sa
from alembic import op

revision = "notifications_0005"
down_revision = "notifications_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in ("participant_id", "registration_id", "session_id"):
        op.alter_column("notification", column, nullable=True)
    op.alter_column(
        "notification",
        "event_id",
        comment="the fact that it tells; of a reminder, an id derived from the date it reminds of",
    )
    op.add_column(
        "notification",
        sa.Column(
            "staff_id",
            sa.Uuid(),
            nullable=True,
            comment="for which account, if it is for staff",
        ),
    )
    op.add_column(
        "notification",
        sa.Column(
            "address",
            sa.Text(),
            nullable=True,
            comment="e-mail address of a person of whom nothing else is known any more; "
            "emptied when the message has left",
        ),
    )
    op.add_column(
        "notification",
        sa.Column(
            "told_with",
            sa.Uuid(),
            nullable=True,
            comment="the message that it went out with, or its own id",
        ),
    )
    op.create_unique_constraint(
        "notification_staff_told_once", "notification", ["event_id", "staff_id", "kind"]
    )
    op.create_index(
        "notification_scheduled",
        "notification",
        ["due_at"],
        postgresql_where=sa.text("status = 'scheduled'"),
    )
