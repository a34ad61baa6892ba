"""Open figures, published release by release."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "reporting_0008"
down_revision = "reporting_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "public_release",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), comment="from 1, given when it is made"),
        sa.Column(
            "asked_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column("made_at", sa.DateTime(timezone=True)),
        sa.Column("registrations", sa.Integer(), comment="how many there were in all"),
        sa.Column("threshold", sa.Integer()),
        sa.Column("definitions_version", sa.Integer()),
        sa.Column("positions", JSONB()),
        sa.Column("figures", JSONB(), comment="what everyone may read"),
        sa.Column(
            "counted",
            JSONB(),
            comment="what it was made of, for later releases to be held against; never shown",
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    op.create_index(
        "public_release_one_asked_for",
        "public_release",
        [sa.text("(made_at IS NULL)")],
        unique=True,
        postgresql_where=sa.text("made_at IS NULL"),
    )
