"""With how many people the sessions of a programme are held."""

import sqlalchemy as sa
from alembic import op

revision = "registrations_0017"
down_revision = "registrations_0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "programme",
        sa.Column(
            "minimum",
            sa.Integer(),
            comment="how many must be confirmed for a session of it to be held, unless the session says so itself",
        ),
    )
