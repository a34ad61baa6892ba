"""Sessions that are formed at their minimum, or decided upon."""

import sqlalchemy as sa
from alembic import op

revision = "registrations_0006"
down_revision = "registrations_0005"
branch_labels = None
depends_on = None

_OPEN = "status = 'published' AND minimum IS NOT NULL AND formed_at IS NULL"


def upgrade() -> None:
    op.add_column(
        "programme",
        sa.Column(
            "decision_days",
            sa.Integer(),
            nullable=True,
            comment="how long before it begins a session with too few people is decided upon",
        ),
    )
    for name, comment in (
        (
            "decide_by",
            "if fewer than the minimum are confirmed by then, someone decides what happens",
        ),
        ("below_minimum_at", "when it was found that too few are, and told"),
        (
            "formed_at",
            "since when it is sure to be held: enough are confirmed, or someone decided so",
        ),
    ):
        op.add_column(
            "session", sa.Column(name, sa.DateTime(timezone=True), nullable=True, comment=comment)
        )
    op.add_column(
        "session",
        sa.Column(
            "formed_with",
            sa.Uuid(),
            nullable=True,
            comment="the registration by whose own statement there were enough",
        ),
    )
    # Nobody is told today what was plain to see before.
    op.execute("UPDATE session SET formed_at = now() WHERE confirmed >= minimum")
    op.create_index("session_undecided", "session", ["decide_by"], postgresql_where=sa.text(_OPEN))
