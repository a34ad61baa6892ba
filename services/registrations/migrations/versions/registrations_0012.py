"""When people are reminded of what they signed up for."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "registrations_0012"
down_revision = "registrations_0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "programme",
        sa.Column(
            "reminder_minutes",
            postgresql.ARRAY(sa.Integer()),
            server_default=sa.text("'{2880,120}'"),
            nullable=False,
            comment="how long before a meeting people are reminded of it, each time",
        ),
    )
