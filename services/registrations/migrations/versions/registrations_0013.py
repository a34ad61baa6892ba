"""Where letters reach people."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "registrations_0013"
down_revision = "registrations_0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "participant",
        sa.Column(
            "postal_address",
            postgresql.JSONB(),
            nullable=True,
            comment="for letters: lines, postcode, city, country",
        ),
    )
