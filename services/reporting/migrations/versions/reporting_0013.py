"""Why a report failed, in French too: whoever asked for it reads it."""

import sqlalchemy as sa
from alembic import op

revision = "reporting_0013"
down_revision = "reporting_0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "report_job",
        sa.Column(
            "error_fr", sa.Text(), comment="the same in French; none for what is not for readers"
        ),
    )
