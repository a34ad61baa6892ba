"""Remember for which month and budget managers were told that most of it is spent, however it came to that."""

import sqlalchemy as sa
from alembic import op

revision = "notifications_0015"
down_revision = "notifications_0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sms_budget_warning",
        sa.Column("month", sa.Date(), nullable=False, comment="its first day (UTC)"),
        sa.Column("budget", sa.Numeric(), nullable=False, comment="cents of a euro"),
        sa.PrimaryKeyConstraint("month", "budget"),
    )
