"""People, their places in sessions, and what came of them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship
from uuid_utils.compat import uuid7

from services.registrations.models.base import Base
from services.registrations.models.sessions import Session

_LIVE = text("status IN ('pending', 'confirmed', 'waitlisted', 'offered')")


class Participant(Base):
    """A person. Contacts are how to reach them, never who they are."""

    __tablename__ = "participant"
    __table_args__ = (
        # Two requests at once for one new person make one participant: the second is tried again.
        # One merged into another keeps what is its own, and may not stand in the way of the other.
        Index(
            "participant_by_email",
            "email",
            "name_key",
            text("coalesce(birth_year, 0)"),
            text("nullif(id, coalesce(merged_into, id))"),
            unique=True,
            postgresql_where=text("email IS NOT NULL"),
            postgresql_nulls_not_distinct=True,
        ),
        Index(
            "participant_by_phone",
            "phone",
            "name_key",
            text("coalesce(birth_year, 0)"),
            text("nullif(id, coalesce(merged_into, id))"),
            unique=True,
            postgresql_where=text("phone IS NOT NULL"),
            postgresql_nulls_not_distinct=True,
        ),
        # Names by what they look like, alone or among those born in one year.
        Index(
            "participant_search",
            "birth_year",
            "name_key",
            postgresql_using="gin",
            postgresql_ops={"name_key": "gin_trgm_ops"},
        ),
        Index(
            "participant_merged_into",
            "merged_into",
            postgresql_where=text("merged_into IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    given_name: Mapped[str]
    family_name: Mapped[str]
    name_key: Mapped[str] = mapped_column(comment="folded names, for recognising a person")
    email: Mapped[str | None]
    phone: Mapped[str | None]
    language: Mapped[str] = mapped_column(server_default="fr")
    birth_year: Mapped[int | None]
    postcode: Mapped[str | None]
    postal_address: Mapped[dict[str, Any] | None] = mapped_column(
        JSONB(none_as_null=True), comment="for letters: lines, postcode, city, country"
    )
    situations: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    statistics_consent: Mapped[bool] = mapped_column(server_default=text("false"))
    contact_consent: Mapped[bool] = mapped_column(server_default=text("false"))
    access_key: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_contact_at: Mapped[datetime] = mapped_column(server_default=func.now())
    merged_into: Mapped[UUID | None] = mapped_column(
        ForeignKey("participant.id"), comment="the record that stands for this person now"
    )
    borrowed: Mapped[list[str]] = mapped_column(
        server_default=text("'{}'"), comment="the fields whose value is that of a merged record"
    )
    erased_at: Mapped[datetime | None]


class Registration(Base):
    __tablename__ = "registration"
    __table_args__ = (
        # A person is registered once per session.
        Index(
            "registration_once",
            "session_id",
            "participant_id",
            unique=True,
            postgresql_where=_LIVE,
        ),
        Index(
            "registration_line",
            "session_id",
            "rank",
            postgresql_where=text("status = 'waitlisted'"),
        ),
        Index("registration_party", "party_id"),
        Index("registration_short_code", "short_code", unique=True),
        Index(
            "registration_offer_over",
            "offered_until",
            postgresql_where=text("status = 'offered'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("session.id"), index=True)
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participant.id"), index=True)
    registered_as: Mapped[UUID | None] = mapped_column(
        ForeignKey("participant.id"),
        comment="the merged record under which it was made, if it is not participant_id",
    )
    party_id: Mapped[UUID] = mapped_column(
        comment="the household's first registration: those of one party sit or wait together"
    )
    status: Mapped[str]
    rank: Mapped[int] = mapped_column(comment="order of acceptance in the session, from 1")
    source: Mapped[str] = mapped_column(server_default="web")
    client_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("web_client.id"), comment="whose key it was posted with, if with one"
    )
    needs: Mapped[str | None]
    registered_by: Mapped[str | None] = mapped_column(comment="the member of staff, if one did it")
    agreement: Mapped[str | None] = mapped_column(comment="how the person agreed to be helped")
    situations: Mapped[list[str]] = mapped_column(
        server_default=text("'{}'"), comment="declared with it, where the programme has a rule"
    )
    eligibility_reason: Mapped[str | None] = mapped_column(
        comment="why the person may join, by the member of staff who registered them"
    )
    short_code: Mapped[int] = mapped_column(
        BigInteger, comment="50 bits, as shared.events.short_codes derives them"
    )
    offered_until: Mapped[datetime | None] = mapped_column(
        comment="offered: until when the seat is kept"
    )
    decided_by: Mapped[str | None]
    decision_reason: Mapped[str | None]
    decision_note: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())

    participant: Mapped[Participant] = relationship(lazy="raise", foreign_keys=[participant_id])
    made_under: Mapped[Participant | None] = relationship(
        lazy="raise", foreign_keys=[registered_as]
    )
    session: Mapped[Session] = relationship(lazy="raise")


class Attendance(Base):
    __tablename__ = "attendance"

    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("meeting.id"), primary_key=True)
    registration_id: Mapped[UUID] = mapped_column(
        ForeignKey("registration.id"), primary_key=True, index=True
    )
    status: Mapped[str]
    recorded_by: Mapped[str]
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Feedback(Base):
    __tablename__ = "feedback"
    __table_args__ = (CheckConstraint("rating BETWEEN 1 AND 5", name="feedback_rating"),)

    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registration.id"), primary_key=True)
    rating: Mapped[int]
    answers: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    comment: Mapped[str | None]
    submitted_at: Mapped[datetime] = mapped_column(server_default=func.now())


class IdempotencyKey(Base):
    """What was answered to a request that may come again; kept for a day."""

    __tablename__ = "idempotency_key"

    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str] = mapped_column(comment="hash of the body: a key is for one request")
    answers: Mapped[list[Any]] = mapped_column(
        JSONB, comment="per person: registration_id, status and waitlist_position as first answered"
    )
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)
