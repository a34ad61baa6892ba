"""Managers write the few words of SMS, too."""

import sqlalchemy as sa
from alembic import op

revision = "notifications_0012"
down_revision = "notifications_0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "template_version",
        sa.Column("short", sa.Text(), comment="of an SMS; null: what is shipped"),
    )
