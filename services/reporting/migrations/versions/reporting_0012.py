"""What programmes, organisations and places are called: a report is read by people."""

import sqlalchemy as sa
from alembic import op

revision = "reporting_0012"
down_revision = "reporting_0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "label_fact",
        sa.Column("kind", sa.Text(), nullable=False, comment="programme, organisation or place"),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False, comment="what it was last said to be called"),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "code"),
    )
