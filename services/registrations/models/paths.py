"""Where a person's path leads: to a partner institution, to work, to a project."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship
from uuid_utils.compat import uuid7

from services.registrations.models.base import Base
from services.registrations.models.offer import Organisation, Programme
from services.registrations.models.people import Participant


class Referral(Base):
    """A person directed to a partner institution, and what it decided."""

    __tablename__ = "referral"
    __table_args__ = (
        CheckConstraint("amount_asked_cents >= 0", name="referral_amount_asked"),
        CheckConstraint(
            "amount_granted_cents >= 0 AND status = 'granted' OR amount_granted_cents IS NULL",
            name="referral_amount_granted",
        ),
        CheckConstraint("decided_on >= opened_on", name="referral_decided_after_it_opened"),
        CheckConstraint("(status = 'open') = (decided_on IS NULL)", name="referral_decided"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participant.id"), index=True)
    programme_code: Mapped[str] = mapped_column(ForeignKey("programme.code"), index=True)
    partner_code: Mapped[str] = mapped_column(ForeignKey("organisation.code"), index=True)
    purpose: Mapped[str] = mapped_column(comment="one of the programme's codes")
    description: Mapped[str | None] = mapped_column(comment="in words, for the advisers alone")
    amount_asked_cents: Mapped[int | None]
    opened_on: Mapped[date]
    status: Mapped[str] = mapped_column(server_default="open")
    decided_on: Mapped[date | None] = mapped_column(comment="of the last decision")
    amount_granted_cents: Mapped[int | None]
    opened_by: Mapped[str]
    changed_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())

    participant: Mapped[Participant] = relationship(lazy="raise")
    programme: Mapped[Programme] = relationship(lazy="raise")
    partner: Mapped[Organisation] = relationship(lazy="raise")


class RecordedOutcome(Base):
    """What a registration led to, as it was seen on a day. What was recorded before stays."""

    __tablename__ = "outcome"
    __table_args__ = (Index("outcome_of_registration", "registration_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registration.id"))
    outcome: Mapped[str]
    as_of: Mapped[date]
    skills: Mapped[list[str]] = mapped_column(
        server_default=text("'{}'"), comment="in the person's own words; they stay here"
    )
    recorded_by: Mapped[str]
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.now())
