"""Staff: how they are reached, whom what concerns, and what they were told."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "notifications_0011"
down_revision = "notifications_0010"
branch_labels = None
depends_on = None

_HEARD = "position of the fact in the log of registrations; an older one changes nothing"


def upgrade() -> None:
    op.create_table(
        "staff",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("email", sa.Text(), comment="none: disabled, and told nothing"),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text()),
        sa.Column(
            "programmes",
            postgresql.ARRAY(sa.Text()),
            nullable=False,
            comment="the discreet programmes whose people they may know of",
        ),
        sa.Column("position", sa.BigInteger(), nullable=False, comment=_HEARD),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "failure_alarm",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel", "hour"),
    )
    op.add_column(
        "session", sa.Column("organisation", sa.Text(), comment="whose facilitators hold it")
    )
    op.add_column(
        "session", sa.Column("programme", sa.Text(), comment="whose advisers it concerns")
    )
    op.create_index("attempt_finished", "attempt", ["finished_at"])
