"""What was seen of a person's papers, and by whom; the papers themselves are never kept."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, func
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from services.registrations.models.base import Base


class Proof(Base):
    """That a proof was seen: no number, no copy, no words. A mistaken one is withdrawn, and remains."""

    __tablename__ = "proof"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participant.id"), index=True)
    kind: Mapped[str]
    situation: Mapped[str | None] = mapped_column(
        comment="what it supports; none for an age or an address"
    )
    valid_until: Mapped[date] = mapped_column(comment="the last day on which it is good")
    seen_by: Mapped[str] = mapped_column(comment="the member of staff")
    seen_at: Mapped[datetime] = mapped_column(server_default=func.now())
    withdrawn_by: Mapped[str | None]
    withdrawn_at: Mapped[datetime | None]
