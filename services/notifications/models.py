"""The tables of notifications. Times are UTC."""

from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    Numeric,
    Text,
    TypeDecorator,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from uuid_utils.compat import uuid7

from services.notifications.domain.channels import Channel
from services.notifications.domain.kinds import Kind
from services.notifications.domain.sessions import Alternative, Meeting
from services.notifications.domain.wishes import Unwanted

_HEARD = "position of the fact in the log of registrations; an older one changes nothing"


class Meetings(TypeDecorator[tuple[Meeting, ...]]):
    """The meetings of a session, within its row: they are only ever read and written together."""

    impl = JSONB
    cache_ok = True

    def process_bind_param(
        self,
        value: tuple[Meeting, ...] | None,
        dialect: Dialect,  # noqa: ARG002 - SQLAlchemy's own
    ) -> Any:
        return [
            {
                "id": str(meeting.id),
                "starts_at": meeting.starts_at.isoformat(),
                "ends_at": meeting.ends_at.isoformat(),
                "room": meeting.room,
            }
            for meeting in value or ()
        ]

    def process_result_value(
        self,
        value: Any,
        dialect: Dialect,  # noqa: ARG002 - SQLAlchemy's own
    ) -> tuple[Meeting, ...]:
        return tuple(
            Meeting(
                id=UUID(one["id"]),
                starts_at=datetime.fromisoformat(one["starts_at"]),
                ends_at=datetime.fromisoformat(one["ends_at"]),
                room=one["room"],
            )
            for one in value or ()
        )


class Alternatives(TypeDecorator[tuple[Alternative, ...]]):
    """What else there is instead of a session, within its row."""

    impl = JSONB
    cache_ok = True

    def process_bind_param(
        self,
        value: tuple[Alternative, ...] | None,
        dialect: Dialect,  # noqa: ARG002 - SQLAlchemy's own
    ) -> Any:
        return [
            {
                **asdict(one),
                "session_id": str(one.session_id),
                "starts_at": one.starts_at.isoformat(),
            }
            for one in value or ()
        ]

    def process_result_value(
        self,
        value: Any,
        dialect: Dialect,  # noqa: ARG002 - SQLAlchemy's own
    ) -> tuple[Alternative, ...]:
        return tuple(
            Alternative(
                **{
                    **one,
                    "session_id": UUID(one["session_id"]),
                    "starts_at": datetime.fromisoformat(one["starts_at"]),
                }
            )
            for one in value or ()
        )


class UnwantedList(TypeDecorator[tuple[Unwanted, ...]]):
    """What a person does not want, within its row."""

    impl = JSONB
    cache_ok = True

    def process_bind_param(
        self,
        value: tuple[Unwanted, ...] | None,
        dialect: Dialect,  # noqa: ARG002 - SQLAlchemy's own
    ) -> Any:
        return [asdict(one) for one in value or ()]

    def process_result_value(
        self,
        value: Any,
        dialect: Dialect,  # noqa: ARG002 - SQLAlchemy's own
    ) -> tuple[Unwanted, ...]:
        return tuple(
            Unwanted(
                kind=one["kind"] and Kind(one["kind"]),
                channel=one["channel"] and Channel(one["channel"]),
            )
            for one in value or ()
        )


class Base(DeclarativeBase):
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own protocol
        str: Text,
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[str]: ARRAY(Text),
        tuple[Meeting, ...]: Meetings,
        tuple[Alternative, ...]: Alternatives,
        tuple[Unwanted, ...]: UnwantedList,
    }


class Contact(Base):
    """How to reach a participant, as registrations last said."""

    __tablename__ = "contact"

    participant_id: Mapped[UUID] = mapped_column(primary_key=True)
    given_name: Mapped[str]
    family_name: Mapped[str]
    email: Mapped[str | None]
    phone: Mapped[str | None]
    language: Mapped[str]
    access_key: Mapped[str] = mapped_column(comment="secret from which manage links are derived")
    postal_address: Mapped[dict[str, Any] | None] = mapped_column(
        JSONB(none_as_null=True), comment="for letters: lines, postcode, city, country"
    )
    returned_address: Mapped[dict[str, Any] | None] = mapped_column(
        JSONB(none_as_null=True), comment="the one from which a letter came back"
    )
    wrong_phone: Mapped[str | None] = mapped_column(
        comment="the number at which somebody else answered"
    )
    contact_consent: Mapped[bool] = mapped_column(
        server_default=text("true"), comment="to be told more than they asked for"
    )
    position: Mapped[int] = mapped_column(BigInteger, comment=_HEARD)
    erased_at: Mapped[datetime | None] = mapped_column(
        comment="since when nothing is known of them, and nothing told to them"
    )

    @hybrid_property
    def reachable_phone(self) -> str | None:
        """The number at which the person is reached, as far as is known."""
        return None if self.phone == self.wrong_phone else self.phone

    @reachable_phone.inplace.expression
    @classmethod
    def _reachable_phone(cls) -> ColumnElement[str | None]:
        return func.nullif(cls.phone, cls.wrong_phone)

    @hybrid_property
    def has_address(self) -> bool:
        """Whether letters reach the person, as far as is known."""
        return self.postal_address is not None and self.postal_address != self.returned_address

    @has_address.inplace.expression
    @classmethod
    def _has_address(cls) -> ColumnElement[bool]:
        return cls.postal_address.is_not(None) & cls.postal_address.is_distinct_from(
            cls.returned_address
        )


class Session(Base):
    """A session as messages describe it."""

    __tablename__ = "session"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    title: Mapped[str]
    discreet: Mapped[bool]
    place_code: Mapped[str]
    place_name: Mapped[str]
    place_address: Mapped[str | None]
    place_phone: Mapped[str | None]
    timezone: Mapped[str]
    meetings: Mapped[tuple[Meeting, ...]] = mapped_column(
        comment="id, starts_at, ends_at and room of each, in order"
    )
    dropped_meetings: Mapped[tuple[Meeting, ...]] = mapped_column(
        server_default=text("'[]'"), comment="taken out since; they may still be in calendars"
    )
    alternatives: Mapped[tuple[Alternative, ...]] = mapped_column(
        server_default=text("'[]'"),
        comment="what else there was when it last moved, or was cancelled",
    )
    reminder_minutes: Mapped[list[int]] = mapped_column(
        ARRAY(Integer),
        server_default=text("'{2880,120}'"),
        comment="how long before a meeting people are reminded of it, each time",
    )
    organisation: Mapped[str | None] = mapped_column(comment="whose facilitators hold it")
    programme: Mapped[str | None] = mapped_column(comment="whose advisers it concerns")
    cancelled: Mapped[bool] = mapped_column(server_default=text("false"))
    too_few: Mapped[bool] = mapped_column(
        server_default=text("false"), comment="it was cancelled for want of people"
    )
    position: Mapped[int] = mapped_column(BigInteger, comment=_HEARD)


class Staff(Base):
    """An account of someone who works here, as registrations last said."""

    __tablename__ = "staff"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str | None]
    email: Mapped[str | None] = mapped_column(comment="none: disabled, and told nothing")
    language: Mapped[str]
    role: Mapped[str]
    organisation: Mapped[str | None]
    programmes: Mapped[list[str]] = mapped_column(
        comment="the discreet programmes whose people they may know of"
    )
    position: Mapped[int] = mapped_column(BigInteger, comment=_HEARD)


class Registration(Base):
    """Who is registered for what: whom to tell when a session moves."""

    __tablename__ = "registration"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    session_id: Mapped[UUID] = mapped_column(index=True)
    participant_id: Mapped[UUID] = mapped_column(
        index=True, comment="whose it is now, when records were merged since"
    )
    status: Mapped[str]
    position: Mapped[int] = mapped_column(BigInteger, comment=_HEARD)


class Notification(Base):
    """One thing to tell one person, and where that stands."""

    __tablename__ = "notification"
    __table_args__ = (
        # One message per fact, person and purpose, whichever channel it took: a fact heard again
        # after the person's contact changed must not be told again by another channel.
        UniqueConstraint("event_id", "participant_id", "kind", name="notification_told_once"),
        UniqueConstraint("event_id", "staff_id", "kind", name="notification_staff_told_once"),
        Index("notification_session", "session_id", "kind"),
        Index("notification_staff", "staff_id", postgresql_where=text("staff_id IS NOT NULL")),
        Index("notification_due", "due_at", postgresql_where=text("status = 'queued'")),
        Index("notification_scheduled", "due_at", postgresql_where=text("status = 'scheduled'")),
        Index("notification_to_print", "id", postgresql_where=text("status = 'to-print'")),
        Index("notification_to_call", "id", postgresql_where=text("status = 'to-call'")),
        Index("notification_claimed", "claimed_at", postgresql_where=text("status = 'sending'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    event_id: Mapped[UUID] = mapped_column(
        comment="the fact that it tells; of a reminder, an id derived from the date it reminds of"
    )
    position: Mapped[int] = mapped_column(BigInteger, comment="of that fact in its source's log")
    traceparent: Mapped[str | None]
    kind: Mapped[str]
    channel: Mapped[str]
    participant_id: Mapped[UUID | None] = mapped_column(
        index=True,
        comment="whom it was for when it was decided; the registration says whom it is for",
    )
    staff_id: Mapped[UUID | None] = mapped_column(comment="for which account, if it is for staff")
    address: Mapped[str | None] = mapped_column(
        comment="e-mail address of a person of whom nothing else is known any more; "
        "emptied when the message has left"
    )
    registration_id: Mapped[UUID | None] = mapped_column(index=True)
    session_id: Mapped[UUID | None]
    language: Mapped[str]
    details: Mapped[dict[str, Any]] = mapped_column(comment="what the words depend on")
    sequence: Mapped[int] = mapped_column(comment="earlier messages about the same registration")
    status: Mapped[str]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    attempts_before_retry: Mapped[int] = mapped_column(
        server_default=text("0"),
        comment="made before a person last asked for another try, or by an earlier channel",
    )
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    due_at: Mapped[datetime | None]
    claimed_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    ruled_out: Mapped[list[str]] = mapped_column(
        server_default=text("'{}'"), comment="channels that have failed for good for it"
    )
    told_with: Mapped[UUID | None] = mapped_column(
        comment="the message that it went out with, or its own id"
    )
    job_sent_at: Mapped[datetime | None] = mapped_column(
        comment="when a job was last set off for it; null if none is on its way"
    )
    is_erased: Mapped[bool] = mapped_column(
        server_default=text("false"),
        comment="nothing that names the person is kept with it any more",
    )

    tries: Mapped[list["Attempt"]] = relationship(order_by="Attempt.number", viewonly=True)

    @property
    def offered_until(self) -> datetime | None:
        """Until when the seat is kept that the message is about; None if it is about no offer."""
        until = self.details.get("offered_until")
        return None if until is None else datetime.fromisoformat(until)


class Attempt(Base):
    """One attempt to hand a message over. Kept for good, with what the carrier said."""

    __tablename__ = "attempt"
    __table_args__ = (Index("attempt_finished", "finished_at"),)

    notification_id: Mapped[UUID] = mapped_column(ForeignKey("notification.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str]
    started_at: Mapped[datetime]
    handed_over_at: Mapped[datetime | None] = mapped_column(
        comment="from here on the carrier may have it, whatever becomes of us"
    )
    finished_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    code: Mapped[int | None]
    answer: Mapped[str | None] = mapped_column(comment="short, addresses masked")

    sms: Mapped[list["Sms"]] = relationship(order_by="Sms.handed_over_at", viewonly=True)


class LetterBatch(Base):
    """Which letters were printed together: each time they were, for any of the prints may be the one that is posted."""

    __tablename__ = "letter_batch"

    batch: Mapped[UUID] = mapped_column(primary_key=True)
    notification_id: Mapped[UUID] = mapped_column(
        ForeignKey("notification.id"), primary_key=True, index=True
    )


class Sms(Base):
    """One SMS handed to one provider: what it cost, and what became of it."""

    __tablename__ = "sms"
    __table_args__ = (
        ForeignKeyConstraint(
            ["notification_id", "number"], ["attempt.notification_id", "attempt.number"]
        ),
        Index("sms_attempt", "notification_id", "number"),
        Index("sms_provider_id", "provider", "provider_id"),
        Index("sms_asked_after", "ask_at", postgresql_where=text("ask_at IS NOT NULL")),
    )

    reference: Mapped[str] = mapped_column(
        primary_key=True, comment="our name for it, which the provider is asked by"
    )
    notification_id: Mapped[UUID] = mapped_column(
        comment="the first of the messages that it tells, with which it is counted"
    )
    number: Mapped[int] = mapped_column(comment="of the attempt")
    provider: Mapped[str]
    provider_id: Mapped[str | None] = mapped_column(comment="the provider's own name for it")
    segments: Mapped[int]
    cost: Mapped[Decimal] = mapped_column(
        Numeric(9, 2), comment="cents of a euro: what we expect until the provider says"
    )
    state: Mapped[str]
    handed_over_at: Mapped[datetime] = mapped_column(index=True)
    ask_at: Mapped[datetime | None] = mapped_column(
        comment="when to ask the provider about it; null: there is nothing to ask"
    )


class SmsProvider(Base):
    """How a provider has been doing lately, for all workers to know."""

    __tablename__ = "sms_provider"

    name: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int] = mapped_column(comment="in a row")
    rests_until: Mapped[datetime | None] = mapped_column(
        comment="nothing is handed to it before; then one message tries"
    )


class FailureAlarm(Base):
    """That operators were told, in this hour, that much of what goes by a channel fails."""

    __tablename__ = "failure_alarm"

    channel: Mapped[str] = mapped_column(primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)


class BudgetWarning(Base):
    """That managers were told, in this month, that most of this budget for SMS is spent."""

    __tablename__ = "sms_budget_warning"

    month: Mapped[date] = mapped_column(primary_key=True, comment="its first day (UTC)")
    budget: Mapped[Decimal] = mapped_column(Numeric, primary_key=True, comment="cents of a euro")


class Preference(Base):
    """What a person does not want to be told, or not by which channel."""

    __tablename__ = "preference"

    participant_id: Mapped[UUID] = mapped_column(primary_key=True)
    unwanted: Mapped[tuple[Unwanted, ...]] = mapped_column(
        comment="a list of kind and channel; null stands for all of them"
    )
    changed_by: Mapped[str] = mapped_column(comment="the person themselves, or an account")
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())


class TemplateVersion(Base):
    """What a manager wrote in place of the words that are shipped; the highest version holds."""

    __tablename__ = "template_version"

    kind: Mapped[str] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, comment="from 1; 0 is what is shipped")
    subject: Mapped[str | None] = mapped_column(comment="null: what is shipped")
    words: Mapped[str | None] = mapped_column(comment="null: what is shipped")
    short: Mapped[str | None] = mapped_column(comment="of an SMS; null: what is shipped")
    restored_from: Mapped[int | None] = mapped_column(comment="the version that was taken back")
    changed_by: Mapped[str] = mapped_column(comment="the account that did it")
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    failures: Mapped[int] = mapped_column(
        server_default=text("0"), comment="messages that went out in the shipped words instead"
    )


class Erasure(Base):
    """A person who was forgotten here, so that it is answered for once."""

    __tablename__ = "erasure"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    done_at: Mapped[datetime] = mapped_column(server_default=func.now())


class AuditEntry(Base):
    """What staff did with people's data: who, what, when. Append-only, as the database says."""

    __tablename__ = "audit_trail"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    subject: Mapped[str] = mapped_column(comment="who, as their token names them")
    role: Mapped[str]
    verb: Mapped[str]
    notifications: Mapped[list[UUID]] = mapped_column(
        ARRAY(Uuid), comment="the messages concerned, which lead to the people"
    )
    request_id: Mapped[str]
