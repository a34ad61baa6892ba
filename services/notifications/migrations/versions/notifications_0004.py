"""What else there is, for those whose session is cancelled or moved."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "notifications_0004"
down_revision = "notifications_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "session",
        sa.Column(
            "alternatives",
            postgresql.JSONB(),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="what else there was when it last moved, or was cancelled",
        ),
    )
