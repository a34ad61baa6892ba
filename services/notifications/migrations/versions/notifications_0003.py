"""People whose records are merged, and people who are forgotten."""

import sqlalchemy as sa
from alembic import op

revision = "notifications_0003"
down_revision = "notifications_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "contact",
        sa.Column(
            "erased_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="since when nothing is known of them, and nothing told to them",
        ),
    )
    op.alter_column(
        "registration",
        "participant_id",
        comment="whose it is now, when records were merged since",
    )
    op.create_index(op.f("ix_registration_participant_id"), "registration", ["participant_id"])
    op.alter_column(
        "notification",
        "participant_id",
        comment="whom it was for when it was decided; the registration says whom it is for",
    )
    op.add_column(
        "notification",
        sa.Column(
            "is_erased",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="nothing that names the person is kept with it any more",
        ),
    )
    op.create_table(
        "erasure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "done_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id"),
    )
