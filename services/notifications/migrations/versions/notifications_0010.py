"""Calls: which are to be made, and at which numbers somebody else answers."""

import sqlalchemy as sa
from alembic import op

revision = "notifications_0010"
down_revision = "notifications_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "contact",
        sa.Column(
            "wrong_phone",
            sa.Text(),
            nullable=True,
            comment="the number at which somebody else answered",
        ),
    )
    op.create_index(
        "notification_to_call",
        "notification",
        ["id"],
        postgresql_where=sa.text("status = 'to-call'"),
    )
