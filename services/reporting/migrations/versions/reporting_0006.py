"""Referrals, calls, cohorts, money, targets, and when and where sessions begin.

What was told before is not in the new columns and tables: rebuilding the figures finds it again.
"""

import sqlalchemy as sa
from alembic import op

revision = "reporting_0006"
down_revision = "reporting_0007"
branch_labels = None
depends_on = None

_ROOMS = """
UPDATE session_fact SET weekday = EXTRACT(ISODOW FROM first_day), room = (
    SELECT meeting_fact.room FROM meeting_fact
    WHERE meeting_fact.session_id = session_fact.session_id
    ORDER BY meeting_fact.starts_at, meeting_fact.meeting_id LIMIT 1)
"""
# Of those who waited first it is not known when they were seated.
_SEATED = """
UPDATE registration_fact SET seated_at = accepted_at
WHERE NOT was_waitlisted AND 'confirmed' IN (status, left_from)
"""


def upgrade() -> None:
    op.add_column(
        "session_fact",
        sa.Column("weekday", sa.SmallInteger(), comment="of that day: 1 is Monday, 7 is Sunday"),
    )
    op.add_column(
        "session_fact",
        sa.Column(
            "hour", sa.SmallInteger(), comment="in which it begins, 0 to 23, on the place's clock"
        ),
    )
    op.add_column("session_fact", sa.Column("room", sa.Text(), comment="in which it is held"))
    for name in ("was_formed", "was_below_minimum"):
        op.add_column("session_fact", _flag(name))
    op.add_column("session_fact", sa.Column("cancel_reason", sa.Text()))
    op.execute(_ROOMS)
    op.add_column(
        "registration_fact",
        sa.Column("seated_at", sa.DateTime(timezone=True), comment="when it was first confirmed"),
    )
    op.add_column("registration_fact", sa.Column("decline_reason", sa.Text()))
    op.add_column(
        "registration_fact",
        sa.Column(
            "merges",
            sa.SmallInteger(),
            nullable=False,
            server_default=sa.text("0"),
            comment="how often it went from one record of its person to another",
        ),
    )
    op.execute(_SEATED)
    op.create_table(
        "referral_fact",
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False, comment="one of the programme's codes"),
        sa.Column("amount_asked_cents", sa.BigInteger()),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("decision", sa.Text(), comment="none while it is open"),
        sa.Column("decided_on", sa.Date()),
        sa.Column("amount_granted_cents", sa.BigInteger()),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("referral_id"),
    )
    op.create_table(
        "call_fact",
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.Text(), comment="none until it is made"),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("call_id"),
    )
    op.create_index("ix_call_fact_session_id", "call_fact", ["session_id"])
    op.create_table(
        "budget_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False, comment="its code"),
        sa.Column("programme", sa.Text(), comment="none for the place as a whole"),
        sa.Column("year", sa.SmallInteger(), nullable=False, comment="of an investment, the first"),
        sa.Column("kind", sa.Text(), nullable=False, comment="running or investment"),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column(
            "write_off_years",
            sa.SmallInteger(),
            comment="of an investment: over how many years it is written off",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("budget_line_of_year", "budget_line", ["place", "year"])
    op.create_table(
        "target",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("programme", sa.Text(), comment="none for everything"),
        sa.Column("indicator", sa.Text(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("year", "programme", "indicator", postgresql_nulls_not_distinct=True),
    )


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.text("false"))
