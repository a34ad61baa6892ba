"""Seats that are offered before they are given."""

import sqlalchemy as sa
from alembic import op

revision = "registrations_0002c"
down_revision = "registrations_0001"
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
