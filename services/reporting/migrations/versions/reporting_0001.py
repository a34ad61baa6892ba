"""Facts, report jobs and their files, rebuilds."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "reporting_0001"
down_revision = None
branch_labels = ("reporting",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attendance_fact",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False, comment="a pseudonym"),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("registration_id", "meeting_id"),
    )
    op.create_index(
        op.f("ix_attendance_fact_session_id"), "attendance_fact", ["session_id"], unique=False
    )
    op.create_table(
        "feedback_fact",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("rating", sa.SmallInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("registration_id"),
    )
    op.create_index(
        op.f("ix_feedback_fact_session_id"), "feedback_fact", ["session_id"], unique=False
    )
    op.create_table(
        "meeting_fact",
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False, comment="the day of its start, at the place"),
        sa.Column("room", sa.Text(), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("meeting_id"),
    )
    op.create_index(
        op.f("ix_meeting_fact_session_id"), "meeting_fact", ["session_id"], unique=False
    )
    op.create_table(
        "notification_fact",
        sa.Column("notification_id", sa.Uuid(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=True),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False, comment="sent or failed"),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("notification_id"),
    )
    op.create_index(
        op.f("ix_notification_fact_session_id"), "notification_fact", ["session_id"], unique=False
    )
    op.create_table(
        "rebuild",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), server_default="running", nullable=False),
        sa.Column(
            "events",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="handled so far",
        ),
        sa.Column(
            "is_taken",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="a worker has begun; no other may",
        ),
        sa.Column(
            "due_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="until when its run is believed alive",
        ),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "rebuild_one_at_a_time",
        "rebuild",
        ["status"],
        unique=True,
        postgresql_where=sa.text("status = 'running'"),
    )
    op.create_table(
        "registration_fact",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False, comment="a pseudonym"),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("age_band", sa.Text(), nullable=True),
        sa.Column("district", sa.Text(), nullable=True),
        sa.Column("situations", postgresql.ARRAY(sa.Text()), nullable=False, comment="each once"),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("was_waitlisted", sa.Boolean(), nullable=False),
        sa.Column("was_promoted", sa.Boolean(), nullable=False),
        sa.Column(
            "waitlist_position", sa.Integer(), nullable=True, comment="rank when first in line"
        ),
        sa.Column(
            "left_from",
            sa.Text(),
            nullable=True,
            comment="the status before it was declined or cancelled",
        ),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("registration_id"),
    )
    op.create_index(
        op.f("ix_registration_fact_session_id"), "registration_fact", ["session_id"], unique=False
    )
    op.create_table(
        "report_job",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("formats", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), server_default="queued", nullable=False),
        sa.Column("progress", sa.Double(), server_default=sa.text("0"), nullable=False),
        sa.Column("cause", sa.Uuid(), nullable=True, comment="one report per event"),
        sa.Column(
            "due_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="queued: when the sweep sends it to a worker; running: until when its run is believed alive",
        ),
        sa.Column("run_id", sa.Uuid(), nullable=True, comment="the run that may write to it"),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("cause"),
    )
    op.create_index(
        "report_job_due",
        "report_job",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("status IN ('queued', 'running')"),
    )
    op.create_table(
        "session_fact",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("theme", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("minimum", sa.Integer(), nullable=True),
        sa.Column(
            "first_starts_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="start of the first meeting",
        ),
        sa.Column("first_day", sa.Date(), nullable=True, comment="its day, at the place"),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("session_id"),
    )
    op.create_index("session_fact_first_day", "session_fact", ["first_day"], unique=False)
    op.create_table(
        "report_file",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False, comment="bytes"),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["report_job.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "name"),
    )
