"""Sessions for which nobody registers: their capacity is no seats that could be taken."""

import sqlalchemy as sa
from alembic import op

revision = "reporting_0010"
down_revision = "reporting_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "session_fact",
        sa.Column(
            "open_door",
            sa.Boolean(),
            nullable=False,
            server_default=sa.text("false"),
            comment="nobody registers: heads are counted, and its capacity is no seats",
        ),
    )
