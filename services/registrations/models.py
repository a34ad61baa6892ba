"""The tables of registrations. Times are UTC; what is local belongs to the place's time zone."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, ExcludeConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from uuid_utils.compat import uuid7

_LIVE = text("status IN ('pending', 'confirmed', 'waitlisted', 'offered')")


class Base(DeclarativeBase):
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own protocol
        str: Text,
        datetime: DateTime(timezone=True),
        list[str]: ARRAY(Text),
        dict[str, Any]: JSONB,
    }


def _changed_at() -> Mapped[datetime]:
    return mapped_column(server_default=func.now(), onupdate=func.now())


def _source_digest() -> Mapped[str | None]:
    return mapped_column(comment="of what an imported file last said of it")


class Organisation(Base):
    """An association, a public body, a partner."""

    __tablename__ = "organisation"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(server_default="association")
    website: Mapped[str | None]
    description: Mapped[str] = mapped_column(server_default="")
    siret: Mapped[str | None] = mapped_column(comment="of the establishment, or of its seat")
    changed_at: Mapped[datetime] = _changed_at()
    source_digest: Mapped[str | None] = _source_digest()


class Place(Base):
    __tablename__ = "place"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    address: Mapped[str | None]
    postcode: Mapped[str | None]
    city: Mapped[str | None]
    timezone: Mapped[str] = mapped_column(server_default="Europe/Paris")
    school_zone: Mapped[str | None] = mapped_column(comment="French school holidays: A, B or C")
    insee_code: Mapped[str | None] = mapped_column(comment="of the town (code commune)")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    siret: Mapped[str | None]
    phone: Mapped[str | None]
    email: Mapped[str | None] = mapped_column(comment="the place's own, never a person's")
    website: Mapped[str | None]
    opening_hours: Mapped[str | None] = mapped_column(comment="as OpenStreetMap writes them")
    digital_mediation: Mapped[dict[str, Any]] = mapped_column(
        server_default=text("'{}'"), comment="codes of the national schema of such places"
    )
    changed_at: Mapped[datetime] = _changed_at()
    source_digest: Mapped[str | None] = _source_digest()
    offer: Mapped[str | None] = mapped_column(
        comment="confirm or offer, whatever the programmes say"
    )


class Room(Base):
    __tablename__ = "room"
    __table_args__ = (Index("room_name", "place_code", "name", unique=True),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    place_code: Mapped[str] = mapped_column(ForeignKey("place.code"))
    name: Mapped[str]
    capacity: Mapped[int | None]
    source_digest: Mapped[str | None] = _source_digest()
    shared: Mapped[bool] = mapped_column(
        server_default=text("false"),
        comment="several meetings may be held in it at once: a hall, a garden",
    )


class Programme(Base):
    """Data, not code: a city adds its own."""

    __tablename__ = "programme"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    discreet: Mapped[bool] = mapped_column(server_default=text("false"))
    requires_approval: Mapped[bool] = mapped_column(
        server_default=text("false"),
        comment="a registration by the public is pending until an adviser decides",
    )
    situations: Mapped[list[str]] = mapped_column(
        server_default=text("'{}'"), comment="who it is for: any of these; empty for everyone"
    )
    data_inclusion: Mapped[dict[str, Any]] = mapped_column(
        server_default=text("'{}'"), comment="codes of its services in the national directory"
    )
    changed_at: Mapped[datetime] = _changed_at()
    source_digest: Mapped[str | None] = _source_digest()
    offer: Mapped[str] = mapped_column(
        server_default="confirm",
        comment="a freed seat: confirm (given at once) or offer (asked first)",
    )
    offer_hours: Mapped[int] = mapped_column(
        server_default=text("24"), comment="how long an offer by e-mail or SMS stands"
    )
    near_hours: Mapped[int] = mapped_column(
        server_default=text("48"), comment="sessions that begin this soon ask nobody first"
    )


class Activity(Base):
    """What is offered, in words."""

    __tablename__ = "activity"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    source_ref: Mapped[str | None] = mapped_column(unique=True, comment="its id where it came from")
    source: Mapped[str | None] = mapped_column(index=True, comment="the file it last came from")
    source_digest: Mapped[str | None] = _source_digest()
    title: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    theme: Mapped[str | None]
    audience: Mapped[str | None]
    organisation_code: Mapped[str] = mapped_column(ForeignKey("organisation.code"), index=True)
    programme_code: Mapped[str] = mapped_column(ForeignKey("programme.code"), index=True)
    search_text: Mapped[str] = mapped_column(comment="folded title, description and theme")
    data_inclusion: Mapped[dict[str, Any]] = mapped_column(
        server_default=text("'{}'"), comment="codes that differ from the programme's"
    )
    changed_at: Mapped[datetime] = _changed_at()

    organisation: Mapped[Organisation] = relationship(lazy="joined")
    programme: Mapped[Programme] = relationship(lazy="joined")


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
        Index("session_listing", "starts_at", "id", postgresql_where=text("status = 'published'")),
        Index("session_changes", "changed_at", "id", postgresql_where=text("status <> 'draft'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    source_ref: Mapped[str | None] = mapped_column(unique=True, comment="its id where it came from")
    source_digest: Mapped[str | None] = _source_digest()
    activity_id: Mapped[UUID] = mapped_column(ForeignKey("activity.id"), index=True)
    place_code: Mapped[str] = mapped_column(ForeignKey("place.code"), index=True)
    status: Mapped[str] = mapped_column(server_default="draft")
    capacity: Mapped[int]
    minimum: Mapped[int | None]
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
    holds_room: Mapped[bool] = mapped_column(
        server_default=text("true"), comment="nobody else may have the room meanwhile"
    )
    holds_facilitator: Mapped[bool] = mapped_column(
        server_default=text("true"), comment="the facilitator cannot be elsewhere meanwhile"
    )

    room: Mapped[Room | None] = relationship(lazy="joined")


class Participant(Base):
    """A person. Contacts are how to reach them, never who they are."""

    __tablename__ = "participant"
    __table_args__ = (
        # Two requests at once for one new person make one participant: the second is tried again.
        Index(
            "participant_by_email",
            "name_key",
            "email",
            text("coalesce(birth_year, 0)"),
            unique=True,
            postgresql_where=text("email IS NOT NULL"),
        ),
        Index(
            "participant_by_phone",
            "name_key",
            "phone",
            text("coalesce(birth_year, 0)"),
            unique=True,
            postgresql_where=text("phone IS NOT NULL"),
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
    situations: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    statistics_consent: Mapped[bool] = mapped_column(server_default=text("false"))
    contact_consent: Mapped[bool] = mapped_column(server_default=text("false"))
    access_key: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_contact_at: Mapped[datetime] = mapped_column(server_default=func.now())


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
        Index(
            "registration_offer_over",
            "offered_until",
            postgresql_where=text("status = 'offered'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("session.id"), index=True)
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participant.id"), index=True)
    party_id: Mapped[UUID] = mapped_column(
        comment="the household's first registration: those of one party sit or wait together"
    )
    status: Mapped[str]
    rank: Mapped[int] = mapped_column(comment="order of acceptance in the session, from 1")
    source: Mapped[str] = mapped_column(server_default="web")
    needs: Mapped[str | None]
    registered_by: Mapped[str | None] = mapped_column(comment="the member of staff, if one did it")
    agreement: Mapped[str | None] = mapped_column(comment="how the person agreed to be helped")
    offered_until: Mapped[datetime | None] = mapped_column(
        comment="offered: until when the seat is kept"
    )
    decided_by: Mapped[str | None]
    decision_reason: Mapped[str | None]
    decision_note: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())

    participant: Mapped[Participant] = relationship(lazy="raise")
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


class Staff(Base):
    """An account of someone who works here. Until a password is set or an issuer's identity linked, an invitation."""

    __tablename__ = "staff"
    __table_args__ = (
        CheckConstraint(
            "role <> 'facilitator' OR organisation_code IS NOT NULL",
            name="staff_facilitator_of_an_organisation",
        ),
        # An identity is an issuer's subject, never an address: addresses are given to others.
        Index("staff_identity", "oidc_issuer", "oidc_subject", unique=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[str]
    organisation_code: Mapped[str | None] = mapped_column(ForeignKey("organisation.code"))
    programmes: Mapped[list[str]] = mapped_column(
        server_default=text("'{}'"), comment="the discreet programmes whose people they see"
    )
    password_hash: Mapped[str | None]
    oidc_issuer: Mapped[str | None]
    oidc_subject: Mapped[str | None]
    invitation_hash: Mapped[str | None] = mapped_column(unique=True)
    invitation_expires_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    last_sign_in_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class StaffSignIn(Base):
    """One signing in and all the refresh tokens that follow from it; its row gone, none of them is good."""

    __tablename__ = "staff_sign_in"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(comment="of the one refresh token that is good now")
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime] = mapped_column(comment="then the password is asked again")


class SignInFailure(Base):
    """How often signing in failed of late, for an account (whether it exists or not) or a network address."""

    __tablename__ = "sign_in_failure"

    subject: Mapped[str] = mapped_column(
        primary_key=True, comment="hash of an account's or network's address"
    )
    failures: Mapped[int]
    locked_until: Mapped[datetime]
    last_at: Mapped[datetime] = mapped_column(index=True)


class OidcAttempt(Base):
    """What must come back from the issuer to whom someone was sent to sign in."""

    __tablename__ = "oidc_attempt"

    state_hash: Mapped[str] = mapped_column(primary_key=True)
    nonce: Mapped[str]
    code_verifier: Mapped[str]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class AuditEntry(Base):
    """What a member of staff did with people's data: who, what, when; no value, no name. Append-only."""

    __tablename__ = "audit_trail"
    __table_args__ = (
        Index("audit_trail_participant", "participant_id", "id"),
        Index("audit_trail_subject", "subject", "id"),
        Index("audit_trail_at", "at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    subject: Mapped[str] = mapped_column(comment="who, as their token names them")
    role: Mapped[str]
    organisation: Mapped[str | None]
    verb: Mapped[str]
    resource: Mapped[str] = mapped_column(comment="what kind of thing")
    resource_id: Mapped[str | None] = mapped_column(comment="none for a list")
    participant_id: Mapped[UUID | None] = mapped_column(comment="the person concerned")
    request_id: Mapped[str]
