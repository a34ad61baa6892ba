"""Reports in a language and for an audience, and the editions they are of."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "reporting_0007"
down_revision = "reporting_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "edition",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "series", sa.Text(), nullable=False, comment="hash of what was asked, and for whom"
        ),
        sa.Column("number", sa.Integer(), nullable=False, comment="within its series, from 1"),
        sa.Column("previous_id", sa.Uuid(), nullable=True),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False, comment="staff, partner or open"),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "fingerprint", sa.Text(), nullable=False, comment="of what it says, whenever said"
        ),
        sa.Column("sha256", sa.Text(), nullable=False, comment="of the document"),
        sa.Column(
            "document",
            sa.LargeBinary(),
            nullable=False,
            comment="JSON, of which all files are made",
        ),
        sa.Column("definitions_version", sa.Integer(), nullable=False),
        sa.Column("positions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("generated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["previous_id"], ["edition.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("series", "number"),
    )
    op.add_column(
        "report_job", sa.Column("language", sa.Text(), server_default="fr", nullable=False)
    )
    op.add_column(
        "report_job",
        sa.Column(
            "audience",
            sa.Text(),
            server_default="staff",
            nullable=False,
            comment="staff, partner or open",
        ),
    )
    op.add_column(
        "report_job",
        sa.Column(
            "edition_id", sa.Uuid(), nullable=True, comment="what is, or will be, in its files"
        ),
    )
    op.create_foreign_key(
        "report_job_edition_id_fkey", "report_job", "edition", ["edition_id"], ["id"]
    )
    op.add_column(
        "report_job",
        sa.Column(
            "recipients",
            postgresql.ARRAY(sa.Uuid()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="members of staff who are told",
        ),
    )
    op.add_column("report_file", sa.Column("sha256", sa.Text(), nullable=True))
    op.execute("UPDATE report_file SET sha256 = encode(sha256(content), 'hex')")
    op.alter_column("report_file", "sha256", nullable=False)
    op.create_table(
        "quote",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=True),
        sa.Column(
            "day",
            sa.Date(),
            nullable=False,
            comment="reports of periods that hold it may print it",
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    # What has been issued never changes, whoever asks.
    op.execute(
        """
        CREATE FUNCTION refuse_change_of_edition() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'an edition never changes';
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER edition_never_changes BEFORE UPDATE OR DELETE ON edition
        FOR EACH ROW EXECUTE FUNCTION refuse_change_of_edition()
        """
    )
