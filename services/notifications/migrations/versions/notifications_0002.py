"""Sessions for which too few people came forward."""

import sqlalchemy as sa
from alembic import op

revision = "notifications_0002"
down_revision = "notifications_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "session",
        sa.Column(
            "too_few",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="it was cancelled for want of people",
        ),
    )
