"""Years of past sessions are not read again for every look at what is offered."""

import sqlalchemy as sa
from alembic import op

revision = "registrations_0010"
down_revision = "registrations_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "session_upcoming",
        "session",
        ["ends_at"],
        postgresql_where=sa.text("status = 'published'"),
    )
