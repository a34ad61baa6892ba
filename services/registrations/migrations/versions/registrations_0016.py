"""Records that look like one person's and were found to be two people's."""

import sqlalchemy as sa
from alembic import op

revision = "registrations_0016"
down_revision = "registrations_0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "distinction",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("first_id", sa.Uuid(), nullable=False),
        sa.Column("second_id", sa.Uuid(), nullable=False),
        sa.Column(
            "found_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column(
            "found_by",
            sa.Text(),
            nullable=False,
            comment="the member of staff, as their token names them",
        ),
        sa.ForeignKeyConstraint(["first_id"], ["participant.id"]),
        sa.ForeignKeyConstraint(["second_id"], ["participant.id"]),
        sa.CheckConstraint("first_id < second_id", name="distinction_in_order"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("distinction_of_two", "distinction", ["first_id", "second_id"], unique=True)
    op.create_index(op.f("ix_distinction_second_id"), "distinction", ["second_id"])
