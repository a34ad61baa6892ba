"""The offer, the participants, their registrations and what came of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision = "registrations_0001"
down_revision = None
branch_labels = ("registrations",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "idempotency_key",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column(
            "fingerprint",
            sa.Text(),
            nullable=False,
            comment="hash of the body: a key is for one request",
        ),
        sa.Column(
            "answers",
            postgresql.JSONB(astext_type=Text()),
            nullable=False,
            comment="per person: registration_id, status and waitlist_position as first answered",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index(
        op.f("ix_idempotency_key_created_at"), "idempotency_key", ["created_at"], unique=False
    )
    op.create_table(
        "organisation",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="association", nullable=False),
        sa.Column("website", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "participant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("given_name", sa.Text(), nullable=False),
        sa.Column("family_name", sa.Text(), nullable=False),
        sa.Column(
            "name_key", sa.Text(), nullable=False, comment="folded names, for recognising a person"
        ),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), server_default="fr", nullable=False),
        sa.Column("birth_year", sa.Integer(), nullable=True),
        sa.Column("postcode", sa.Text(), nullable=True),
        sa.Column(
            "situations", postgresql.ARRAY(Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column(
            "statistics_consent", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
        sa.Column("contact_consent", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("access_key", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "last_contact_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "participant_by_email",
        "participant",
        ["name_key", "email", sa.literal_column("coalesce(birth_year, 0)")],
        unique=True,
        postgresql_where=sa.text("email IS NOT NULL"),
    )
    op.create_index(
        "participant_by_phone",
        "participant",
        ["name_key", "phone", sa.literal_column("coalesce(birth_year, 0)")],
        unique=True,
        postgresql_where=sa.text("phone IS NOT NULL"),
    )
    op.create_table(
        "place",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("postcode", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("timezone", sa.Text(), server_default="Europe/Paris", nullable=False),
        sa.Column(
            "school_zone", sa.Text(), nullable=True, comment="French school holidays: A, B or C"
        ),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "programme",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("discreet", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "requires_approval",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="a registration by the public is pending until an adviser decides",
        ),
        sa.Column(
            "situations",
            postgresql.ARRAY(Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="who it is for: any of these; empty for everyone",
        ),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "activity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_ref", sa.Text(), nullable=True, comment="its id where it came from"),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("theme", sa.Text(), nullable=True),
        sa.Column("audience", sa.Text(), nullable=True),
        sa.Column("organisation_code", sa.Text(), nullable=False),
        sa.Column("programme_code", sa.Text(), nullable=False),
        sa.Column(
            "search_text", sa.Text(), nullable=False, comment="folded title, description and theme"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_code"],
            ["organisation.code"],
        ),
        sa.ForeignKeyConstraint(
            ["programme_code"],
            ["programme.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source_ref"),
    )
    op.create_index(
        op.f("ix_activity_organisation_code"), "activity", ["organisation_code"], unique=False
    )
    op.create_index(
        op.f("ix_activity_programme_code"), "activity", ["programme_code"], unique=False
    )
    op.create_table(
        "room",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("place_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["place_code"],
            ["place.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("room_name", "room", ["place_code", "name"], unique=True)
    op.create_table(
        "session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_ref", sa.Text(), nullable=True, comment="its id where it came from"),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("place_code", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="draft", nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("minimum", sa.Integer(), nullable=True),
        sa.Column(
            "opens_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "accepted",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="registrations ever accepted: the next one's rank is one more",
        ),
        sa.Column("confirmed", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("waitlisted", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("capacity >= 1", name="session_capacity"),
        sa.CheckConstraint("confirmed BETWEEN 0 AND capacity", name="session_not_oversold"),
        sa.CheckConstraint("waitlisted >= 0", name="session_waitlisted"),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["activity.id"],
        ),
        sa.ForeignKeyConstraint(
            ["place_code"],
            ["place.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source_ref"),
    )
    op.create_index(op.f("ix_session_activity_id"), "session", ["activity_id"], unique=False)
    op.create_index(op.f("ix_session_place_code"), "session", ["place_code"], unique=False)
    op.create_index(
        "session_listing",
        "session",
        ["starts_at", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'published'"),
    )
    op.create_table(
        "meeting",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("room_id", sa.Uuid(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("facilitator", sa.Text(), nullable=True),
        sa.CheckConstraint("ends_at > starts_at", name="meeting_ends_after_start"),
        sa.ForeignKeyConstraint(
            ["room_id"],
            ["room.id"],
        ),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_meeting_session_id"), "meeting", ["session_id"], unique=False)
    op.create_table(
        "registration",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column(
            "party_id",
            sa.Uuid(),
            nullable=False,
            comment="the household's first registration: those of one party sit or wait together",
        ),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column(
            "rank",
            sa.Integer(),
            nullable=False,
            comment="order of acceptance in the session, from 1",
        ),
        sa.Column("source", sa.Text(), server_default="web", nullable=False),
        sa.Column("needs", sa.Text(), nullable=True),
        sa.Column(
            "registered_by", sa.Text(), nullable=True, comment="the member of staff, if one did it"
        ),
        sa.Column(
            "agreement", sa.Text(), nullable=True, comment="how the person agreed to be helped"
        ),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column("decision_note", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participant.id"],
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["session.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        op.f("ix_registration_participant_id"), "registration", ["participant_id"], unique=False
    )
    op.create_index(
        op.f("ix_registration_session_id"), "registration", ["session_id"], unique=False
    )
    op.create_index(
        "registration_line",
        "registration",
        ["session_id", "rank"],
        unique=False,
        postgresql_where=sa.text("status = 'waitlisted'"),
    )
    op.create_index(
        "registration_once",
        "registration",
        ["session_id", "participant_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('pending', 'confirmed', 'waitlisted')"),
    )
    op.create_index("registration_party", "registration", ["party_id"], unique=False)
    op.create_table(
        "attendance",
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["meeting_id"],
            ["meeting.id"],
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
        ),
        sa.PrimaryKeyConstraint("meeting_id", "registration_id"),
    )
    op.create_index(
        op.f("ix_attendance_registration_id"), "attendance", ["registration_id"], unique=False
    )
    op.create_table(
        "feedback",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=False),
        sa.Column(
            "answers",
            postgresql.JSONB(astext_type=Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column(
            "submitted_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name="feedback_rating"),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
        ),
        sa.PrimaryKeyConstraint("registration_id"),
    )
