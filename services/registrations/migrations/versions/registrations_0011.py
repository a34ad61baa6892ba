"""Sessions with an open door, and how many came to their meetings."""

import sqlalchemy as sa
from alembic import op

revision = "registrations_0011"
down_revision = "registrations_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "session",
        sa.Column(
            "registration",
            sa.Text(),
            server_default="required",
            nullable=False,
            comment="none: the door is open, and heads are counted",
        ),
    )
    op.create_check_constraint(
        "session_registration", "session", "registration IN ('required', 'none')"
    )
    op.create_table(
        "head_count",
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("counted_by", sa.Text(), nullable=False),
        sa.Column(
            "counted_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("count BETWEEN 0 AND 2000", name="head_count_count"),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"]),
        sa.PrimaryKeyConstraint("meeting_id"),
    )
