"""Feedback of nobody in particular, said on the place's tablet."""

import sqlalchemy as sa
from alembic import op

revision = "reporting_0003"
down_revision = "reporting_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "feedback_fact",
        sa.Column(
            "feedback_id", sa.Uuid(), nullable=True, comment="its own, or that of the registration"
        ),
    )
    op.execute("UPDATE feedback_fact SET feedback_id = registration_id")
    op.drop_constraint("feedback_fact_pkey", "feedback_fact")
    op.alter_column(
        "feedback_fact",
        "registration_id",
        nullable=True,
        comment="none for what was said on the place's tablet",
    )
    op.create_primary_key("feedback_fact_pkey", "feedback_fact", ["feedback_id"])


def downgrade() -> None:
    op.execute("DELETE FROM feedback_fact WHERE registration_id IS NULL")
    op.drop_constraint("feedback_fact_pkey", "feedback_fact")
    op.drop_column("feedback_fact", "feedback_id")
    op.alter_column("feedback_fact", "registration_id", comment=None)
    op.create_primary_key("feedback_fact_pkey", "feedback_fact", ["registration_id"])
