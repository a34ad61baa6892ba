"""People found again, put together and taken apart, and erased with a receipt."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "registrations_0007"
down_revision = "registrations_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Both are trusted: the owner of a database may have them without being a superuser.
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gin")
    op.add_column(
        "participant",
        sa.Column(
            "merged_into",
            sa.Uuid(),
            sa.ForeignKey("participant.id"),
            nullable=True,
            comment="the record that stands for this person now",
        ),
    )
    op.add_column(
        "participant",
        sa.Column(
            "borrowed",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="the fields whose value is that of a merged record",
        ),
    )
    op.add_column("participant", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    for contact in ("email", "phone"):
        name = f"participant_by_{contact}"
        op.drop_index(name, "participant")
        op.create_index(
            name,
            "participant",
            [
                contact,
                "name_key",
                sa.literal_column("coalesce(birth_year, 0)"),
                sa.literal_column("nullif(id, coalesce(merged_into, id))"),
            ],
            unique=True,
            postgresql_where=sa.text(f"{contact} IS NOT NULL"),
            postgresql_nulls_not_distinct=True,
        )
    op.create_index(
        "participant_search",
        "participant",
        ["birth_year", "name_key"],
        postgresql_using="gin",
        postgresql_ops={"name_key": "gin_trgm_ops"},
    )
    op.create_index(
        "participant_merged_into",
        "participant",
        ["merged_into"],
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )
    op.add_column(
        "registration",
        sa.Column(
            "registered_as",
            sa.Uuid(),
            sa.ForeignKey("participant.id"),
            nullable=True,
            comment="the merged record under which it was made, if it is not participant_id",
        ),
    )
    op.create_table(
        "merge",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("survivor_id", sa.Uuid(), nullable=False),
        sa.Column("merged_id", sa.Uuid(), nullable=False),
        sa.Column(
            "merged_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column(
            "merged_by",
            sa.Text(),
            nullable=False,
            comment="the member of staff, as their token names them",
        ),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["survivor_id"], ["participant.id"]),
        sa.ForeignKeyConstraint(["merged_id"], ["participant.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_merge_survivor_id"), "merge", ["survivor_id"])
    op.create_index(
        "merge_standing",
        "merge",
        ["merged_id"],
        unique=True,
        postgresql_where=sa.text("undone_at IS NULL"),
    )
    op.create_table(
        "erasure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "requested_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "requested_by",
            sa.Text(),
            nullable=False,
            comment="the member of staff, or `retention` when the time was up",
        ),
        sa.Column("removed", postgresql.JSONB(), nullable=False, comment="rows by what they held"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "erasure_answer",
        sa.Column("erasure_id", sa.Uuid(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed", postgresql.JSONB(), nullable=False, comment="rows by what they held"),
        sa.ForeignKeyConstraint(["erasure_id"], ["erasure.id"]),
        sa.PrimaryKeyConstraint("erasure_id", "service"),
    )
