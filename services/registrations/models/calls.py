"""Whom advisers are to call because they stopped coming."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship
from uuid_utils.compat import uuid7

from services.registrations.models.base import Base
from services.registrations.models.people import Registration


class Call(Base):
    """A call to make, or made. One that a corrected attendance made needless is deleted."""

    __tablename__ = "call"
    __table_args__ = (
        CheckConstraint("(outcome IS NULL) = (done_at IS NULL)", name="call_done_with_an_outcome"),
        Index(
            "call_open_once",
            "registration_id",
            unique=True,
            postgresql_where=text("done_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registration.id"), index=True)
    absences: Mapped[int] = mapped_column(comment="how many there were, when it was last looked at")
    opened_at: Mapped[datetime] = mapped_column(server_default=func.now())
    outcome: Mapped[str | None]
    note: Mapped[str | None]
    done_by: Mapped[str | None]
    done_at: Mapped[datetime | None]

    registration: Mapped[Registration] = relationship(lazy="raise")
