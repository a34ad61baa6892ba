"""The languages in which a programme's sessions are held."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "registrations_0014"
down_revision = "registrations_0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "programme",
        sa.Column(
            "languages",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="in which its sessions are held (BCP 47); none: not said",
        ),
    )
