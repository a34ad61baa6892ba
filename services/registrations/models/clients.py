"""Other people's programs that use the API, and the webhooks that tell them what became of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship
from uuid_utils.compat import uuid7

from services.registrations.models.base import Base


class WebClient(Base):
    """A site or program of others that posts registrations with a key of its own."""

    __tablename__ = "web_client"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    rate: Mapped[str | None] = mapped_column(
        comment="what it may post, such as 600/minute; none for no limit"
    )
    key_hash: Mapped[str] = mapped_column(unique=True)
    earlier_key_hash: Mapped[str | None] = mapped_column(unique=True)
    earlier_key_until: Mapped[datetime | None] = mapped_column(
        comment="until when the key before is good too"
    )
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Webhook(Base):
    """An address of a web client that facts are posted to."""

    __tablename__ = "webhook"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    client_id: Mapped[UUID] = mapped_column(ForeignKey("web_client.id"), index=True)
    url: Mapped[str]
    events: Mapped[list[str]] = mapped_column(comment="the types that it is told")
    # To sign is to have the secret: no hash of it would do.
    secret: Mapped[str] = mapped_column(comment="with which what is posted is signed")
    earlier_secret: Mapped[str | None]
    earlier_secret_until: Mapped[datetime | None] = mapped_column(
        comment="until when the secret before signs too"
    )
    disabled_at: Mapped[datetime | None]
    disabled_because: Mapped[str | None] = mapped_column(comment="gone, failing or asked")
    busy_until: Mapped[datetime] = mapped_column(
        server_default=func.now(), comment="nobody begins to post to it before"
    )
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    client: Mapped[WebClient] = relationship(lazy="joined", innerjoin=True)


class Delivery(Base):
    """One fact to post to one webhook, and where that stands."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        # A fact that is read twice from the log is posted once.
        Index("webhook_delivery_once", "webhook_id", "event_id", unique=True),
        Index("webhook_delivery_log", "webhook_id", "id"),
        Index(
            "webhook_delivery_due",
            "webhook_id",
            "due_at",
            postgresql_where=text("status = 'waiting'"),
        ),
        CheckConstraint(
            "status IN ('waiting', 'delivered', 'failed')", name="webhook_delivery_status"
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    webhook_id: Mapped[UUID] = mapped_column(ForeignKey("webhook.id", ondelete="CASCADE"))
    event_id: Mapped[UUID]
    type: Mapped[str]
    body: Mapped[str] = mapped_column(comment="as it is signed and posted, byte for byte")
    status: Mapped[str] = mapped_column(server_default="waiting")
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    attempts_before_replay: Mapped[int] = mapped_column(
        server_default=text("0"), comment="made before a person last asked for it again"
    )
    due_at: Mapped[datetime] = mapped_column(server_default=func.now())
    delivered_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)

    tries: Mapped[list["DeliveryAttempt"]] = relationship(
        order_by="DeliveryAttempt.number", viewonly=True
    )


class DeliveryAttempt(Base):
    """One posting, and what was answered; the answer's body is not kept."""

    __tablename__ = "webhook_attempt"

    delivery_id: Mapped[UUID] = mapped_column(
        ForeignKey("webhook_delivery.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    status_code: Mapped[int | None]
    problem: Mapped[str | None] = mapped_column(comment="why there was no answer")


class WebhookMark(Base):
    """Up to which position of the log facts were looked at for webhooks; one row."""

    __tablename__ = "webhook_mark"
    __table_args__ = (CheckConstraint("id", name="webhook_mark_one_row"),)

    id: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    position: Mapped[int] = mapped_column(BigInteger)
