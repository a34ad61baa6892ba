"""What the place offers, and where."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ForeignKey,
    Index,
    Integer,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship
from uuid_utils.compat import uuid7

from services.registrations.eligibility import situations_in
from services.registrations.models import base
from services.registrations.models.base import Base


class Organisation(Base):
    """An association, a public body, a partner."""

    __tablename__ = "organisation"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(server_default="association")
    website: Mapped[str | None]
    description: Mapped[str] = mapped_column(server_default="")
    siret: Mapped[str | None] = mapped_column(comment="of the establishment, or of its seat")
    changed_at: Mapped[datetime] = base.changed_at()
    source_digest: Mapped[str | None] = base.source_digest()


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
    changed_at: Mapped[datetime] = base.changed_at()
    source_digest: Mapped[str | None] = base.source_digest()
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
    source_digest: Mapped[str | None] = base.source_digest()
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
    eligibility: Mapped[list[Any]] = mapped_column(
        JSONB,
        server_default=text("'[]'"),
        comment="alternatives of conditions: who may join; none for everyone",
    )
    data_inclusion: Mapped[dict[str, Any]] = mapped_column(
        server_default=text("'{}'"), comment="codes of its services in the national directory"
    )
    changed_at: Mapped[datetime] = base.changed_at()
    source_digest: Mapped[str | None] = base.source_digest()
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
    minimum: Mapped[int | None] = mapped_column(
        comment="how many must be confirmed for a session of it to be held, unless the session says so itself"
    )
    decision_days: Mapped[int | None] = mapped_column(
        comment="how long before it begins a session with too few people is decided upon"
    )
    languages: Mapped[list[str]] = mapped_column(
        server_default=text("'{}'"),
        comment="in which its sessions are held (BCP 47); none: not said",
    )
    reminder_minutes: Mapped[list[int]] = mapped_column(
        ARRAY(Integer),
        server_default=text("'{2880,120}'"),
        comment="how long before a meeting people are reminded of it, each time",
    )
    absences_to_call: Mapped[int | None] = mapped_column(
        comment="so many absences in a session put a person on the advisers' call list"
    )
    feedback_questions: Mapped[list[Any]] = mapped_column(
        JSONB, server_default=text("'[]'"), comment="asked after a session: id, kind, text"
    )
    referral_purposes: Mapped[list[Any]] = mapped_column(
        JSONB, server_default=text("'[]'"), comment="what partners are asked for: code, name"
    )

    @property
    def situations(self) -> list[str]:
        """The situations that its rule asks about, for whoever looks for an offer by them."""
        return situations_in(self.eligibility)


class Activity(Base):
    """What is offered, in words."""

    __tablename__ = "activity"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    source_ref: Mapped[str | None] = mapped_column(unique=True, comment="its id where it came from")
    source: Mapped[str | None] = mapped_column(index=True, comment="the file it last came from")
    source_digest: Mapped[str | None] = base.source_digest()
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
    changed_at: Mapped[datetime] = base.changed_at()

    organisation: Mapped[Organisation] = relationship(lazy="joined")
    programme: Mapped[Programme] = relationship(lazy="joined")
