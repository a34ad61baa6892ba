"""Tablets on which people say what they thought of a session, without a name."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship
from uuid_utils.compat import uuid7

from services.registrations.models.base import Base
from services.registrations.models.sessions import Session


class Kiosk(Base):
    """A tablet opened for one session; its row gone, its token is good for nothing."""

    __tablename__ = "kiosk"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    session_id: Mapped[UUID] = mapped_column(
        ForeignKey("session.id", ondelete="CASCADE"), index=True
    )
    token_hash: Mapped[str] = mapped_column(unique=True)
    opened_by: Mapped[str]
    opened_at: Mapped[datetime] = mapped_column(server_default=func.now())

    session: Mapped[Session] = relationship(lazy="raise")


class KioskFeedback(Base):
    """What someone said of a session on its tablet; whoever it was."""

    __tablename__ = "kiosk_feedback"
    __table_args__ = (CheckConstraint("rating BETWEEN 1 AND 5", name="kiosk_feedback_rating"),)

    session_id: Mapped[UUID] = mapped_column(ForeignKey("session.id"), primary_key=True)
    client_id: Mapped[UUID] = mapped_column(
        primary_key=True, comment="made by the tablet: sent twice, it counts once"
    )
    id: Mapped[UUID] = mapped_column(unique=True, default=uuid7)
    rating: Mapped[int]
    answers: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    comment: Mapped[str | None]
    submitted_at: Mapped[datetime] = mapped_column(server_default=func.now())
