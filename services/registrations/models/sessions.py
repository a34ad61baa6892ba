"""The runs of what is offered that one can register for, and their dates."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship
from uuid_utils.compat import uuid7

from services.registrations.models import base
from services.registrations.models.base import Base
from services.registrations.models.offer import Activity, Place, Room


class Session(Base):
    """A bookable run of an activity. The counters are kept by every change under the row's lock."""

    __tablename__ = "session"
    __table_args__ = (
        # The database itself says: never more confirmed and offered than seats.
        CheckConstraint(
            "confirmed >= 0 AND offered >= 0 AND confirmed + offered <= capacity",
            name="session_not_oversold",
        ),
        CheckConstraint("waitlisted >= 0", name="session_waitlisted"),
        CheckConstraint("capacity >= 1", name="session_capacity"),
        CheckConstraint("registration IN ('required', 'none')", name="session_registration"),
        Index("session_listing", "starts_at", "id", postgresql_where=text("status = 'published'")),
        # Whoever asks what is offered asks for what is not over: most of what was ever published is.
        Index("session_upcoming", "ends_at", postgresql_where=text("status = 'published'")),
        Index(
            "session_undecided",
            "decide_by",
            postgresql_where=text(
                "status = 'published' AND minimum IS NOT NULL AND formed_at IS NULL"
            ),
        ),
        Index("session_changes", "changed_at", "id", postgresql_where=text("status <> 'draft'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    source_ref: Mapped[str | None] = mapped_column(unique=True, comment="its id where it came from")
    source_digest: Mapped[str | None] = base.source_digest()
    activity_id: Mapped[UUID] = mapped_column(ForeignKey("activity.id"), index=True)
    place_code: Mapped[str] = mapped_column(ForeignKey("place.code"), index=True)
    status: Mapped[str] = mapped_column(server_default="draft")
    registration: Mapped[str] = mapped_column(
        server_default="required", comment="none: the door is open, and heads are counted"
    )
    capacity: Mapped[int]
    minimum: Mapped[int | None]
    decide_by: Mapped[datetime | None] = mapped_column(
        comment="if fewer than the minimum are confirmed by then, someone decides what happens"
    )
    below_minimum_at: Mapped[datetime | None] = mapped_column(
        comment="when it was found that too few are, and told"
    )
    formed_at: Mapped[datetime | None] = mapped_column(
        comment="since when it is sure to be held: enough are confirmed, or someone decided so"
    )
    formed_with: Mapped[UUID | None] = mapped_column(
        comment="the registration by whose own statement there were enough"
    )
    opens_at: Mapped[datetime] = mapped_column(server_default=func.now())
    closes_at: Mapped[datetime]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    accepted: Mapped[int] = mapped_column(
        server_default=text("0"),
        comment="registrations ever accepted: the next one's rank is one more",
    )
    confirmed: Mapped[int] = mapped_column(server_default=text("0"))
    offered: Mapped[int] = mapped_column(
        server_default=text("0"),
        comment="seats kept for those who were asked and have not answered",
    )
    waitlisted: Mapped[int] = mapped_column(server_default=text("0"))
    published_at: Mapped[datetime | None]
    changed_at: Mapped[datetime] = mapped_column(
        server_default=func.now(), comment="what the public is told of it, seats apart"
    )
    calendar_sequence: Mapped[int] = mapped_column(
        server_default=text("0"), comment="RFC 5545: rises with every such change"
    )

    activity: Mapped[Activity] = relationship(lazy="joined")
    place: Mapped[Place] = relationship(lazy="joined")
    meetings: Mapped[list["Meeting"]] = relationship(
        order_by="Meeting.starts_at", cascade="all, delete-orphan", lazy="selectin"
    )

    @property
    def taken(self) -> int:
        """Seats that nobody else can have: confirmed, or kept for those who were offered one."""
        return self.confirmed + self.offered


class Meeting(Base):
    __tablename__ = "meeting"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="meeting_ends_after_start"),
        # The database itself says: a room holds one meeting at a time, a facilitator is in one place.
        ExcludeConstraint(
            (text("room_id"), "="),
            (text("tstzrange(starts_at, ends_at)"), "&&"),
            name="meeting_room_free",
            where=text("room_id IS NOT NULL AND holds_room"),
            deferrable=True,
            initially="DEFERRED",
        ),
        ExcludeConstraint(
            (text("lower(facilitator)"), "="),
            (text("tstzrange(starts_at, ends_at)"), "&&"),
            name="meeting_facilitator_free",
            where=text("facilitator IS NOT NULL AND holds_facilitator"),
            deferrable=True,
            initially="DEFERRED",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    session_id: Mapped[UUID] = mapped_column(
        ForeignKey("session.id", ondelete="CASCADE"), index=True
    )
    room_id: Mapped[UUID | None] = mapped_column(ForeignKey("room.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    facilitator: Mapped[str | None]
    moved_from: Mapped[datetime | None] = mapped_column(
        comment="when it was first announced to begin, if that is not when it does"
    )
    attendance_asked_at: Mapped[datetime | None] = mapped_column(
        comment="when it was told that attendance is missing"
    )
    holds_room: Mapped[bool] = mapped_column(
        server_default=text("true"), comment="nobody else may have the room meanwhile"
    )
    holds_facilitator: Mapped[bool] = mapped_column(
        server_default=text("true"), comment="the facilitator cannot be elsewhere meanwhile"
    )

    room: Mapped[Room | None] = relationship(lazy="joined")


class HeadCount(Base):
    """How many people came to a meeting for which nobody registers."""

    __tablename__ = "head_count"
    __table_args__ = (CheckConstraint("count BETWEEN 0 AND 2000", name="head_count_count"),)

    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("meeting.id"), primary_key=True)
    count: Mapped[int]
    counted_by: Mapped[str]
    counted_at: Mapped[datetime] = mapped_column(server_default=func.now())
