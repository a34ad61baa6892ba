"""Editions of reports, in a language and for an audience; quotes; standing orders for reports."""

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
    op.create_table(
        "report_subscription",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "on", sa.Text(), nullable=False, comment="a type of event, or a rule of the calendar"
        ),
        sa.Column(
            "filter",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="what the event must say",
        ),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column(
            "parameters",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="$name: what is told then",
        ),
        sa.Column("formats", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column(
            "recipients",
            postgresql.ARRAY(sa.Uuid()),
            nullable=False,
            comment="members of staff who are told",
        ),
        sa.Column(
            "timezone", sa.Text(), nullable=False, comment="on whose clocks the rule is read"
        ),
        sa.Column(
            "since",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="what happened before sets nothing off",
        ),
        sa.Column(
            "next_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="by the calendar: when it comes next",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("report_subscription_on", "report_subscription", ["on"])
    op.create_index(
        "report_subscription_due",
        "report_subscription",
        ["next_at"],
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    # The report of a session when it is closed was always written: now it is an order as any other.
    op.execute(
        """
        INSERT INTO report_subscription
            (id, "on", filter, report, parameters, formats, language, audience, recipients, timezone, since)
        VALUES
            ('019a0000-0000-7000-8000-000000000001', 'session.closed', '{}', 'session',
             '{"session_id": "$session_id"}', '{json,csv}', 'fr', 'staff', '{}', 'Europe/Paris', '2000-01-01Z')
        """
    )
    op.add_column(
        "report_job",
        sa.Column(
            "subscription_id", sa.Uuid(), nullable=True, comment="by whose order; it may be gone"
        ),
    )
    op.add_column(
        "report_job",
        sa.Column(
            "occurrence",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="the moment of the calendar that set it off",
        ),
    )
    op.alter_column("report_job", "cause", comment="the event that set it off")
    op.drop_constraint("report_job_cause_key", "report_job")
    op.create_unique_constraint(
        "report_job_subscription_id_cause_key", "report_job", ["subscription_id", "cause"]
    )
    op.create_unique_constraint(
        "report_job_subscription_id_occurrence_key", "report_job", ["subscription_id", "occurrence"]
    )
    op.execute(
        """
        UPDATE report_job SET subscription_id = '019a0000-0000-7000-8000-000000000001'
        WHERE cause IS NOT NULL
        """
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
