"""Who may join: eligibility as data, proofs that were seen, short codes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "registrations_0005"
down_revision = "registrations_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _rules()
    _proofs()
    _what_a_registration_says()
    _short_codes()


def _rules() -> None:
    op.add_column(
        "programme",
        sa.Column(
            "eligibility",
            postgresql.JSONB(),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="alternatives of conditions: who may join; none for everyone",
        ),
    )
    # Any of the situations was enough. One that stood for another programme's cohort, there being no
    # other way to say so, becomes an alternative of its own.
    op.execute(
        """
        UPDATE programme SET eligibility = (
            SELECT coalesce(jsonb_agg(alternative ORDER BY step, alternative), '[]')
            FROM (
                SELECT 1 AS step, jsonb_build_object('situations', jsonb_agg(named.code ORDER BY place))
                    AS alternative
                FROM unnest(programme.situations) WITH ORDINALITY AS named (code, place)
                WHERE NOT EXISTS (SELECT FROM programme AS other
                    WHERE named.code = other.code || '-cohort' AND other.code <> programme.code)
                HAVING count(*) > 0
                UNION ALL
                SELECT 2, jsonb_build_object('member_of', other.code)
                FROM programme AS other
                WHERE other.code || '-cohort' = ANY (programme.situations)
                    AND other.code <> programme.code
            ) AS alternatives
        )
        WHERE situations <> '{}'
        """
    )
    op.drop_column("programme", "situations")


def _proofs() -> None:
    op.create_table(
        "proof",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "situation",
            sa.Text(),
            nullable=True,
            comment="what it supports; none for an age or an address",
        ),
        sa.Column(
            "valid_until", sa.Date(), nullable=False, comment="the last day on which it is good"
        ),
        sa.Column("seen_by", sa.Text(), nullable=False, comment="the member of staff"),
        sa.Column(
            "seen_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["participant_id"], ["participant.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_proof_participant_id", "proof", ["participant_id"])


def _what_a_registration_says() -> None:
    op.add_column(
        "registration",
        sa.Column(
            "situations",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="declared with it, where the programme has a rule",
        ),
    )
    op.add_column(
        "registration",
        sa.Column(
            "eligibility_reason",
            sa.Text(),
            nullable=True,
            comment="why the person may join, by the member of staff who registered them",
        ),
    )


def _short_codes() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pgcrypto")
    # As shared.events.short_codes has it: registering is one statement, which must know the code itself.
    # Of functions alone that are immutable themselves, so that PostgreSQL writes it out in the statement.
    op.execute(
        """
        CREATE FUNCTION short_code(access_key text, registration_id uuid) RETURNS bigint
        LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN ('x' || encode(substring(hmac(
            'short-code:' || registration_id::text, access_key, 'sha256'
        ) FROM 1 FOR 7), 'hex'))::bit(56)::bigint >> 6
        """
    )
    op.add_column(
        "registration",
        sa.Column(
            "short_code",
            sa.BigInteger(),
            nullable=True,
            comment="50 bits, as shared.events.short_codes derives them",
        ),
    )
    op.execute(
        "UPDATE registration SET short_code = short_code(participant.access_key, registration.id) "
        "FROM participant WHERE participant.id = registration.participant_id"
    )
    op.alter_column("registration", "short_code", nullable=False)
    op.create_index("registration_short_code", "registration", ["short_code"], unique=True)
