"""Operators are told of events that were set aside, once."""

import sqlalchemy as sa
from alembic import op

revision = "messaging_0002"
down_revision = "messaging_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "parked_event",
        sa.Column("told_at", sa.DateTime(timezone=True), comment="when operators were told of it"),
    )
