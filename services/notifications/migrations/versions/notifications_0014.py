"""Keep the number to call with a session's place: messages about it say where to call."""

import sqlalchemy as sa
from alembic import op

revision = "notifications_0014"
down_revision = "notifications_0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("session", sa.Column("place_phone", sa.Text()))
