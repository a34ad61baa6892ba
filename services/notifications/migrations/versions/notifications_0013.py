"""Find at once what somebody who works here was told: asked with each message to them."""

import sqlalchemy as sa
from alembic import op

revision = "notifications_0013"
down_revision = "notifications_0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "notification_staff",
        "notification",
        ["staff_id"],
        postgresql_where=sa.text("staff_id IS NOT NULL"),
    )
