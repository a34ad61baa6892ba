"""Web clients with keys of their own, and webhooks that tell them what became of it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "registrations_0009"
down_revision = "registrations_0008"
branch_labels = None
depends_on = None


def _moment(name: str, *, nullable: bool = True, **options: object) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, **options)


def _now(name: str) -> sa.Column[object]:
    return _moment(name, nullable=False, server_default=sa.text("now()"))


def upgrade() -> None:
    op.create_table(
        "web_client",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("code", sa.Text(), nullable=False, unique=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "rate",
            sa.Text(),
            nullable=True,
            comment="what it may post, such as 600/minute; none for no limit",
        ),
        sa.Column("key_hash", sa.Text(), nullable=False, unique=True),
        sa.Column("earlier_key_hash", sa.Text(), nullable=True, unique=True),
        _moment("earlier_key_until", comment="until when the key before is good too"),
        _moment("disabled_at"),
        _now("created_at"),
    )
    op.add_column(
        "registration",
        sa.Column(
            "client_id",
            sa.Uuid(),
            sa.ForeignKey("web_client.id"),
            nullable=True,
            comment="whose key it was posted with, if with one",
        ),
    )
    op.create_table(
        "webhook",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("client_id", sa.Uuid(), sa.ForeignKey("web_client.id"), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column(
            "events",
            postgresql.ARRAY(sa.Text()),
            nullable=False,
            comment="the types that it is told",
        ),
        sa.Column(
            "secret", sa.Text(), nullable=False, comment="with which what is posted is signed"
        ),
        sa.Column("earlier_secret", sa.Text(), nullable=True),
        _moment("earlier_secret_until", comment="until when the secret before signs too"),
        _moment("disabled_at"),
        sa.Column("disabled_because", sa.Text(), nullable=True, comment="gone, failing or asked"),
        _moment(
            "busy_until",
            nullable=False,
            server_default=sa.text("now()"),
            comment="nobody begins to post to it before",
        ),
        _now("created_at"),
    )
    op.create_index("ix_webhook_client_id", "webhook", ["client_id"])
    _create_deliveries()
    op.create_table(
        "webhook_mark",
        sa.Column("id", sa.Boolean(), primary_key=True, server_default=sa.text("true")),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id", name="webhook_mark_one_row"),
    )


def _create_deliveries() -> None:
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column(
            "webhook_id",
            sa.Uuid(),
            sa.ForeignKey("webhook.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column(
            "body",
            sa.Text(),
            nullable=False,
            comment="as it is signed and posted, byte for byte",
        ),
        sa.Column("status", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "attempts_before_replay",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="made before a person last asked for it again",
        ),
        _now("due_at"),
        _moment("delivered_at"),
        _now("created_at"),
        sa.CheckConstraint(
            "status IN ('waiting', 'delivered', 'failed')", name="webhook_delivery_status"
        ),
    )
    op.create_index(
        "webhook_delivery_once", "webhook_delivery", ["webhook_id", "event_id"], unique=True
    )
    op.create_index("webhook_delivery_log", "webhook_delivery", ["webhook_id", "id"])
    op.create_index(
        "webhook_delivery_due",
        "webhook_delivery",
        ["webhook_id", "due_at"],
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.create_index("ix_webhook_delivery_created_at", "webhook_delivery", ["created_at"])
    op.create_table(
        "webhook_attempt",
        sa.Column(
            "delivery_id",
            sa.Uuid(),
            sa.ForeignKey("webhook_delivery.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("number", sa.Integer(), primary_key=True),
        _moment("started_at", nullable=False),
        _moment("finished_at"),
        sa.Column("status_code", sa.Integer(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True, comment="why there was no answer"),
    )
