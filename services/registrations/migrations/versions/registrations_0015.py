"""What staff are told: their accounts are told of, and missing attendance, once."""

import sqlalchemy as sa
from alembic import op

revision = "registrations_0015"
down_revision = "registrations_0014"
branch_labels = None
depends_on = "messaging_0001"  # whose log it writes to


def upgrade() -> None:
    op.add_column(
        "staff",
        sa.Column(
            "language",
            sa.Text(),
            server_default="fr",
            nullable=False,
            comment="in which they are written to",
        ),
    )
    op.add_column(
        "meeting",
        sa.Column(
            "attendance_asked_at",
            sa.DateTime(timezone=True),
            comment="when it was told that attendance is missing",
        ),
    )
    # The accounts that are there already are told of as those made from now on will be.
    op.execute("""
        INSERT INTO event_log (event_id, type, version, subject, data)
        SELECT gen_random_uuid(), 'staff.changed', 1, id::text, jsonb_build_object(
            'staff_id', id, 'name', name, 'email', email, 'language', language, 'role', role,
            'organisation', organisation_code, 'programmes', to_jsonb(programmes),
            'active', disabled_at IS NULL)
        FROM staff ORDER BY id
    """)
