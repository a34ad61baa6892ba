"""Which themes are digital mediation, in the codes of the Coop de la médiation numérique."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "reporting_0011"
down_revision = "reporting_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "coop_theme",
        sa.Column("theme", sa.Text(), nullable=False, comment="as activities have it"),
        sa.Column(
            "thematiques",
            ARRAY(sa.Text()),
            nullable=False,
            comment="codes of the Coop de la médiation numérique",
        ),
        sa.PrimaryKeyConstraint("theme"),
    )
