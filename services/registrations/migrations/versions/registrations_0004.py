"""Seats that are offered before they are given."""

import sqlalchemy as sa
from alembic import op

revision = "registrations_0004"
down_revision = "registrations_0003"
branch_labels = None
depends_on = None

_LIVE = "status IN ('pending', 'confirmed', 'waitlisted'{more})"


def upgrade() -> None:
    op.add_column(
        "place",
        sa.Column(
            "offer",
            sa.Text(),
            nullable=True,
            comment="confirm or offer, whatever the programmes say",
        ),
    )
    for column in (
        sa.Column(
            "offer",
            sa.Text(),
            server_default="confirm",
            nullable=False,
            comment="a freed seat: confirm (given at once) or offer (asked first)",
        ),
        sa.Column(
            "offer_hours",
            sa.Integer(),
            server_default=sa.text("24"),
            nullable=False,
            comment="how long an offer by e-mail or SMS stands",
        ),
        sa.Column(
            "near_hours",
            sa.Integer(),
            server_default=sa.text("48"),
            nullable=False,
            comment="sessions that begin this soon ask nobody first",
        ),
    ):
        op.add_column("programme", column)
    op.add_column(
        "session",
        sa.Column(
            "offered",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="seats kept for those who were asked and have not answered",
        ),
    )
    op.drop_constraint("session_not_oversold", "session")
    op.create_check_constraint(
        "session_not_oversold",
        "session",
        "confirmed >= 0 AND offered >= 0 AND confirmed + offered <= capacity",
    )
    op.add_column(
        "registration",
        sa.Column(
            "offered_until",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="offered: until when the seat is kept",
        ),
    )
    op.create_index(
        "registration_offer_over",
        "registration",
        ["offered_until"],
        postgresql_where=sa.text("status = 'offered'"),
    )
    op.drop_index("registration_once", "registration")
    op.create_index(
        "registration_once",
        "registration",
        ["session_id", "participant_id"],
        unique=True,
        postgresql_where=sa.text(_LIVE.format(more=", 'offered'")),
    )
    _book_rooms_and_facilitators()


def _book_rooms_and_facilitators() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.add_column(
        "room",
        sa.Column(
            "shared",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="several meetings may be held in it at once: a hall, a garden",
        ),
    )
    for column, comment in (
        ("holds_room", "nobody else may have the room meanwhile"),
        ("holds_facilitator", "the facilitator cannot be elsewhere meanwhile"),
    ):
        op.add_column(
            "meeting",
            sa.Column(
                column,
                sa.Boolean(),
                server_default=sa.text("true"),
                nullable=False,
                comment=comment,
            ),
        )
    op.execute(
        "UPDATE meeting SET holds_room = false, holds_facilitator = false FROM session "
        "WHERE session.id = meeting.session_id AND session.status = 'cancelled'"
    )
    # What was accepted before stays: a room in which meetings already overlap is a shared one until a
    # manager says otherwise, and a facilitator booked twice stays so until the meeting is moved.
    op.execute(
        "UPDATE room SET shared = true WHERE id IN (SELECT one.room_id FROM meeting AS one "
        "JOIN meeting AS other ON other.room_id = one.room_id AND other.id <> one.id "
        "AND other.starts_at < one.ends_at AND one.starts_at < other.ends_at "
        "WHERE one.holds_room AND other.holds_room)"
    )
    op.execute(
        "UPDATE meeting SET holds_room = false FROM room "
        "WHERE room.id = meeting.room_id AND room.shared"
    )
    op.execute(
        "UPDATE meeting SET holds_facilitator = false WHERE id IN (SELECT one.id FROM meeting AS one "
        "JOIN meeting AS other ON lower(other.facilitator) = lower(one.facilitator) "
        "AND other.id <> one.id AND other.starts_at < one.ends_at AND one.starts_at < other.ends_at "
        "WHERE one.holds_facilitator AND other.holds_facilitator)"
    )
    # Checked at the end of what a use case changes: two meetings may change places.
    for name, what, column, holds in (
        ("meeting_room_free", "room_id", "room_id", "holds_room"),
        (
            "meeting_facilitator_free",
            "lower(facilitator)",
            "facilitator",
            "holds_facilitator",
        ),
    ):
        op.execute(
            f"ALTER TABLE meeting ADD CONSTRAINT {name} EXCLUDE USING gist "
            f"({what} WITH =, tstzrange(starts_at, ends_at) WITH &&) "
            f"WHERE ({column} IS NOT NULL AND {holds}) DEFERRABLE INITIALLY DEFERRED"
        )
