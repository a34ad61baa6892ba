"""Those who work here, how they sign in, and the trail of what they did."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from services.registrations.models.base import Base


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
    language: Mapped[str] = mapped_column(
        server_default=text("'fr'"), comment="in which they are written to"
    )
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
