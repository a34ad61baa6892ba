"""Calls after absences, tablets for feedback, what programmes ask, referrals and outcomes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "registrations_0008"
down_revision = "registrations_0007"
branch_labels = None
depends_on = None

_NOW = sa.text("now()")


def _moment(name: str, *, now: bool = False) -> sa.Column:
    default = _NOW if now else None
    return sa.Column(name, sa.DateTime(timezone=True), server_default=default, nullable=not now)


def upgrade() -> None:
    for column in (
        sa.Column(
            "absences_to_call",
            sa.Integer(),
            nullable=True,
            comment="so many absences in a session put a person on the advisers' call list",
        ),
        sa.Column(
            "feedback_questions",
            postgresql.JSONB(),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="asked after a session: id, kind, text",
        ),
        sa.Column(
            "referral_purposes",
            postgresql.JSONB(),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="what partners are asked for: code, name",
        ),
    ):
        op.add_column("programme", column)
    _calls()
    _kiosks()
    _referrals()
    _outcomes()


def _calls() -> None:
    op.create_table(
        "call",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column(
            "absences",
            sa.Integer(),
            nullable=False,
            comment="how many there were, when it was last looked at",
        ),
        _moment("opened_at", now=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("done_by", sa.Text(), nullable=True),
        _moment("done_at"),
        sa.CheckConstraint(
            "(outcome IS NULL) = (done_at IS NULL)", name="call_done_with_an_outcome"
        ),
        sa.ForeignKeyConstraint(["registration_id"], ["registration.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_call_registration_id"), "call", ["registration_id"])
    op.create_index(
        "call_open_once",
        "call",
        ["registration_id"],
        unique=True,
        postgresql_where=sa.text("done_at IS NULL"),
    )


def _kiosks() -> None:
    op.create_table(
        "kiosk",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        _moment("opened_at", now=True),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_index(op.f("ix_kiosk_session_id"), "kiosk", ["session_id"])
    op.create_table(
        "kiosk_feedback",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column(
            "client_id",
            sa.Uuid(),
            nullable=False,
            comment="made by the tablet: sent twice, it counts once",
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=False),
        sa.Column("answers", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        _moment("submitted_at", now=True),
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name="kiosk_feedback_rating"),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"]),
        sa.PrimaryKeyConstraint("session_id", "client_id"),
        sa.UniqueConstraint("id"),
    )


def _referrals() -> None:
    op.create_table(
        "referral",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("programme_code", sa.Text(), nullable=False),
        sa.Column("partner_code", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False, comment="one of the programme's codes"),
        sa.Column(
            "description",
            sa.Text(),
            nullable=True,
            comment="in words, for the advisers alone",
        ),
        sa.Column("amount_asked_cents", sa.Integer(), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("status", sa.Text(), server_default="open", nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True, comment="of the last decision"),
        sa.Column("amount_granted_cents", sa.Integer(), nullable=True),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        _moment("created_at", now=True),
        _moment("changed_at", now=True),
        sa.CheckConstraint("amount_asked_cents >= 0", name="referral_amount_asked"),
        sa.CheckConstraint(
            "amount_granted_cents >= 0 AND status = 'granted' OR amount_granted_cents IS NULL",
            name="referral_amount_granted",
        ),
        sa.CheckConstraint("decided_on >= opened_on", name="referral_decided_after_it_opened"),
        sa.CheckConstraint("(status = 'open') = (decided_on IS NULL)", name="referral_decided"),
        sa.ForeignKeyConstraint(["participant_id"], ["participant.id"]),
        sa.ForeignKeyConstraint(["programme_code"], ["programme.code"]),
        sa.ForeignKeyConstraint(["partner_code"], ["organisation.code"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("participant_id", "programme_code", "partner_code"):
        op.create_index(op.f(f"ix_referral_{column}"), "referral", [column])


def _outcomes() -> None:
    op.create_table(
        "outcome",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column(
            "skills",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="in the person's own words; they stay here",
        ),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        _moment("recorded_at", now=True),
        sa.ForeignKeyConstraint(["registration_id"], ["registration.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("outcome_of_registration", "outcome", ["registration_id", "id"])


def downgrade() -> None:
    for table in ("outcome", "referral", "kiosk_feedback", "kiosk", "call"):
        op.drop_table(table)
    for column in ("referral_purposes", "feedback_questions", "absences_to_call"):
        op.drop_column("programme", column)
