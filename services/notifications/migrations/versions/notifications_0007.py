"""Letters: where they reach people, which were printed together, and who has seen them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "notifications_0007"
down_revision = "notifications_0006"
branch_labels = None
depends_on = None

_APPEND_ONLY = """
CREATE FUNCTION audit_trail_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is append-only';
END
$$;
CREATE TRIGGER audit_trail_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_trail
    FOR EACH STATEMENT EXECUTE FUNCTION audit_trail_is_append_only();
"""


def upgrade() -> None:
    for name, comment in (
        ("postal_address", "for letters: lines, postcode, city, country"),
        ("returned_address", "the one from which a letter came back"),
    ):
        op.add_column(
            "contact", sa.Column(name, postgresql.JSONB(), nullable=True, comment=comment)
        )
    op.add_column(
        "notification",
        sa.Column(
            "batch", sa.Uuid(), nullable=True, comment="the letters that it was last printed with"
        ),
    )
    op.create_index(op.f("ix_notification_batch"), "notification", ["batch"])
    op.create_index(
        "notification_to_print",
        "notification",
        ["id"],
        postgresql_where=sa.text("status = 'to-print'"),
    )
    op.create_table(
        "audit_trail",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("subject", sa.Text(), nullable=False, comment="who, as their token names them"),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column(
            "notifications",
            postgresql.ARRAY(sa.Uuid()),
            nullable=False,
            comment="the messages concerned, which lead to the people",
        ),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.execute(_APPEND_ONLY)
