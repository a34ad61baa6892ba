"""What was erased where, without a word about whom."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, func
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from services.registrations.models.base import Base


class Erasure(Base):
    """One person erased here, and how many rows that changed."""

    __tablename__ = "erasure"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    requested_at: Mapped[datetime] = mapped_column(server_default=func.now())
    requested_by: Mapped[str] = mapped_column(
        comment="the member of staff, or `retention` when the time was up"
    )
    removed: Mapped[dict[str, Any]] = mapped_column(comment="rows by what they held")


class ErasureAnswer(Base):
    """What another service says that it removed."""

    __tablename__ = "erasure_answer"

    erasure_id: Mapped[UUID] = mapped_column(ForeignKey("erasure.id"), primary_key=True)
    service: Mapped[str] = mapped_column(primary_key=True)
    done_at: Mapped[datetime]
    removed: Mapped[dict[str, Any]] = mapped_column(comment="rows by what they held")
