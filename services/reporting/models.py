"""The tables of reporting: facts (projections, emptied and rebuilt at will), report jobs, rebuilds.

Facts of different kinds point at one another by id without a constraint: each is written by its own
events, and those of different services come in any order. ``position`` is that of the last event behind
a row, in the log of its source.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from uuid_utils.compat import uuid7

_MOMENT = DateTime(timezone=True)


class Base(DeclarativeBase):
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own protocol
        str: Text,
        datetime: _MOMENT,
        list[str]: ARRAY(Text),
        list[UUID]: ARRAY(Uuid),
        dict[str, Any]: JSONB,
    }


# ── facts ───────────────────────────────────────────────────────────────────────────────────────

session_fact = Table(
    "session_fact",
    Base.metadata,
    Column("session_id", Uuid, primary_key=True),
    Column("status", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("programme", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("theme", Text),
    Column("place", Text, nullable=False),
    Column("capacity", Integer, nullable=False),
    Column("minimum", Integer),
    Column(
        "open_door",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="nobody registers: heads are counted, and its capacity is no seats",
    ),
    Column("first_starts_at", _MOMENT, comment="start of the first meeting"),
    Column("first_day", Date, comment="its day, at the place"),
    Column("weekday", SmallInteger, comment="of that day: 1 is Monday, 7 is Sunday"),
    Column("hour", SmallInteger, comment="in which it begins, 0 to 23, on the place's clock"),
    Column("room", Text, comment="in which it is held"),
    Column("was_formed", Boolean, nullable=False, server_default=text("false")),
    Column("was_below_minimum", Boolean, nullable=False, server_default=text("false")),
    Column("cancel_reason", Text),
    Column("position", BigInteger, nullable=False),
    Index("session_fact_first_day", "first_day"),
)

meeting_fact = Table(
    "meeting_fact",
    Base.metadata,
    Column("meeting_id", Uuid, primary_key=True),
    Column("session_id", Uuid, nullable=False, index=True),
    Column("starts_at", _MOMENT, nullable=False),
    Column("ends_at", _MOMENT, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("day", Date, nullable=False, comment="the day of its start, at the place"),
    Column("room", Text),
    Column("position", BigInteger, nullable=False),
)

registration_fact = Table(
    "registration_fact",
    Base.metadata,
    Column("registration_id", Uuid, primary_key=True),
    Column("session_id", Uuid, nullable=False, index=True),
    Column("participant_id", Uuid, nullable=False, comment="a pseudonym"),
    Column("status", Text, nullable=False),
    Column("age_band", Text),
    Column("district", Text),
    Column("situations", ARRAY(Text), nullable=False, comment="each once"),
    Column("accepted_at", _MOMENT, nullable=False),
    Column("was_waitlisted", Boolean, nullable=False),
    Column("was_promoted", Boolean, nullable=False),
    Column("waitlist_position", Integer, comment="rank when first in line"),
    Column("left_from", Text, comment="the status before it was declined or cancelled"),
    Column("left_at", _MOMENT),
    Column("seated_at", _MOMENT, comment="when it was first confirmed"),
    Column("decline_reason", Text),
    Column(
        "merges",
        SmallInteger,
        nullable=False,
        server_default=text("0"),
        comment="how often it went from one record of its person to another",
    ),
    Column("position", BigInteger, nullable=False),
)

attendance_fact = Table(
    "attendance_fact",
    Base.metadata,
    Column("registration_id", Uuid, primary_key=True),
    Column("meeting_id", Uuid, primary_key=True),
    Column("session_id", Uuid, nullable=False, index=True),
    Column("participant_id", Uuid, nullable=False, comment="a pseudonym"),
    Column("status", Text, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
)

head_count_fact = Table(
    "head_count_fact",
    Base.metadata,
    Column("meeting_id", Uuid, primary_key=True),
    Column("session_id", Uuid, nullable=False, index=True),
    Column("count", Integer, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
)

feedback_fact = Table(
    "feedback_fact",
    Base.metadata,
    Column("feedback_id", Uuid, primary_key=True, comment="its own, or that of the registration"),
    Column("registration_id", Uuid, comment="none for what was said on the place's tablet"),
    Column("session_id", Uuid, nullable=False, index=True),
    Column("rating", SmallInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
)

outcome_fact = Table(
    "outcome_fact",
    Base.metadata,
    Column("registration_id", Uuid, primary_key=True),
    Column("session_id", Uuid, nullable=False, index=True),
    Column("outcome", Text, nullable=False),
    Column("as_of", Date, nullable=False, comment="the day on which it was so"),
    Column("position", BigInteger, nullable=False),
)

notification_fact = Table(
    "notification_fact",
    Base.metadata,
    Column("notification_id", Uuid, primary_key=True),
    Column("registration_id", Uuid),
    Column("session_id", Uuid, index=True),
    Column("kind", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("status", Text, nullable=False, comment="sent or failed"),
    Column("position", BigInteger, nullable=False),
)

# Neither of the next two says whom it is about: nobody is counted by them, so nobody need be known.
referral_fact = Table(
    "referral_fact",
    Base.metadata,
    Column("referral_id", Uuid, primary_key=True),
    Column("programme", Text, nullable=False),
    Column("partner", Text, nullable=False),
    Column("purpose", Text, nullable=False, comment="one of the programme's codes"),
    Column("amount_asked_cents", BigInteger),
    Column("opened_on", Date, nullable=False),
    Column("decision", Text, comment="none while it is open"),
    Column("decided_on", Date),
    Column("amount_granted_cents", BigInteger),
    Column("position", BigInteger, nullable=False),
)

call_fact = Table(
    "call_fact",
    Base.metadata,
    Column("call_id", Uuid, primary_key=True),
    Column("session_id", Uuid, nullable=False, index=True),
    Column("outcome", Text, comment="none until it is made"),
    Column("position", BigInteger, nullable=False),
)

label_fact = Table(
    "label_fact",
    Base.metadata,
    Column("kind", Text, primary_key=True, comment="programme, organisation or place"),
    Column("code", Text, primary_key=True),
    Column("label", Text, nullable=False, comment="what it was last said to be called"),
    Column("position", BigInteger, nullable=False),
)

FACTS = (
    session_fact,
    meeting_fact,
    registration_fact,
    attendance_fact,
    head_count_fact,
    feedback_fact,
    outcome_fact,
    notification_fact,
    referral_fact,
    call_fact,
    label_fact,
)


# ── money ───────────────────────────────────────────────────────────────────────────────────────


class BudgetLine(Base):
    """What something costs in a year: told by people, not by events, and so kept when facts are rebuilt."""

    __tablename__ = "budget_line"
    __table_args__ = (Index("budget_line_of_year", "place", "year"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    place: Mapped[str] = mapped_column(comment="its code")
    programme: Mapped[str | None] = mapped_column(comment="none for the place as a whole")
    year: Mapped[int] = mapped_column(SmallInteger, comment="of an investment, the first")
    kind: Mapped[str] = mapped_column(comment="running or investment")
    label: Mapped[str]
    cents: Mapped[int] = mapped_column(BigInteger)
    write_off_years: Mapped[int | None] = mapped_column(
        SmallInteger, comment="of an investment: over how many years it is written off"
    )


class Target(Base):
    """What an indicator is to reach in a year."""

    __tablename__ = "target"
    __table_args__ = (
        UniqueConstraint("year", "programme", "indicator", postgresql_nulls_not_distinct=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    year: Mapped[int] = mapped_column(SmallInteger)
    programme: Mapped[str | None] = mapped_column(comment="none for everything")
    indicator: Mapped[str]
    value: Mapped[float]


class CoopTheme(Base):
    """A theme that is digital mediation, and its codes: told by people, and so kept when facts are rebuilt."""

    __tablename__ = "coop_theme"

    theme: Mapped[str] = mapped_column(primary_key=True, comment="as activities have it")
    thematiques: Mapped[list[str]] = mapped_column(
        comment="codes of the Coop de la médiation numérique"
    )


# ── reports ─────────────────────────────────────────────────────────────────────────────────────


class ReportJob(Base):
    """A report asked for, by a person or by an event (its ``cause``)."""

    __tablename__ = "report_job"
    __table_args__ = (
        Index("report_job_due", "due_at", postgresql_where=text("status IN ('queued', 'running')")),
        # One report per order and cause.
        UniqueConstraint("subscription_id", "cause"),
        UniqueConstraint("subscription_id", "occurrence"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    report: Mapped[str]
    parameters: Mapped[dict[str, Any]]
    formats: Mapped[list[str]]
    status: Mapped[str] = mapped_column(server_default="queued")
    progress: Mapped[float] = mapped_column(server_default=text("0"))
    cause: Mapped[UUID | None] = mapped_column(comment="the event that set it off")
    subscription_id: Mapped[UUID | None] = mapped_column(comment="by whose order; it may be gone")
    occurrence: Mapped[datetime | None] = mapped_column(
        comment="the moment of the calendar that set it off"
    )
    due_at: Mapped[datetime] = mapped_column(
        server_default=func.now(),
        comment="queued: when the sweep sends it to a worker; running: until when its run is believed alive",
    )
    run_id: Mapped[UUID | None] = mapped_column(comment="the run that may write to it")
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    error: Mapped[str | None]
    error_fr: Mapped[str | None] = mapped_column(
        comment="the same in French; none for what is not for readers"
    )
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]
    language: Mapped[str] = mapped_column(server_default="fr")
    audience: Mapped[str] = mapped_column(server_default="staff", comment="staff, partner or open")
    edition_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("edition.id"), comment="what is, or will be, in its files"
    )
    recipients: Mapped[list[UUID]] = mapped_column(
        server_default=text("'{}'"), comment="members of staff who are told"
    )

    files: Mapped[list["ReportFile"]] = relationship(
        order_by="ReportFile.name", lazy="selectin", passive_deletes=True
    )


class ReportSubscription(Base):
    """A standing order: what sets a report off, which, in which formats, and who is told."""

    __tablename__ = "report_subscription"
    __table_args__ = (
        Index("report_subscription_on", "on"),
        Index("report_subscription_due", "next_at", postgresql_where=text("next_at IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    on: Mapped[str] = mapped_column(comment="a type of event, or a rule of the calendar")
    filter: Mapped[dict[str, Any]] = mapped_column(comment="what the event must say")
    report: Mapped[str]
    parameters: Mapped[dict[str, Any]] = mapped_column(comment="$name: what is told then")
    formats: Mapped[list[str]]
    language: Mapped[str]
    audience: Mapped[str]
    recipients: Mapped[list[UUID]] = mapped_column(comment="members of staff who are told")
    timezone: Mapped[str] = mapped_column(comment="on whose clocks the rule is read")
    since: Mapped[datetime] = mapped_column(comment="what happened before sets nothing off")
    next_at: Mapped[datetime | None] = mapped_column(comment="by the calendar: when it comes next")


class ReportFile(Base):
    """One file of a finished report, kept here so that any process can serve it."""

    __tablename__ = "report_file"

    job_id: Mapped[UUID] = mapped_column(
        ForeignKey("report_job.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    size: Mapped[int] = mapped_column(comment="bytes")
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    sha256: Mapped[str]


class Edition(Base):
    """What a report said, for good: a trigger refuses to change or delete it. Files are made of its document."""

    __tablename__ = "edition"
    __table_args__ = (UniqueConstraint("series", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    series: Mapped[str] = mapped_column(comment="hash of what was asked, and for whom")
    number: Mapped[int] = mapped_column(comment="within its series, from 1")
    previous_id: Mapped[UUID | None] = mapped_column(ForeignKey("edition.id"))
    report: Mapped[str]
    audience: Mapped[str] = mapped_column(comment="staff, partner or open")
    parameters: Mapped[dict[str, Any]]
    fingerprint: Mapped[str] = mapped_column(comment="of what it says, whenever said")
    sha256: Mapped[str] = mapped_column(comment="of the document")
    document: Mapped[bytes] = mapped_column(
        LargeBinary, deferred=True, comment="JSON, of which all files are made"
    )
    definitions_version: Mapped[int]
    positions: Mapped[dict[str, Any]]
    generated_at: Mapped[datetime]
    counted: Mapped[dict[str, Any] | None] = mapped_column(
        JSONB(none_as_null=True),
        deferred=True,
        comment="what it was made of if it leaves the staff, for later ones to be held against; never shown",
    )


class Quote(Base):
    """What somebody said, chosen and screened by a manager; nobody is named, and nothing leads back to them."""

    __tablename__ = "quote"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    programme: Mapped[str | None]
    day: Mapped[date] = mapped_column(comment="reports of periods that hold it may print it")
    text: Mapped[str]


class Rebuild(Base):
    """One emptying and refilling of the facts."""

    __tablename__ = "rebuild"
    __table_args__ = (
        Index(
            "rebuild_one_at_a_time",
            "status",
            unique=True,
            postgresql_where=text("status = 'running'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    status: Mapped[str] = mapped_column(server_default="running")
    events: Mapped[int] = mapped_column(server_default=text("0"), comment="handled so far")
    is_taken: Mapped[bool] = mapped_column(
        server_default=text("false"), comment="a worker has begun; no other may"
    )
    due_at: Mapped[datetime] = mapped_column(comment="until when its run is believed alive")
    error: Mapped[str | None]
    started_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]


# ── open figures ────────────────────────────────────────────────────────────────────────────────


class PublicRelease(Base):
    """The open figures of one moment: asked for until ``made_at`` is set, never changed after."""

    __tablename__ = "public_release"
    __table_args__ = (
        Index(
            "public_release_one_asked_for",
            text("(made_at IS NULL)"),
            unique=True,
            postgresql_where=text("made_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    number: Mapped[int | None] = mapped_column(unique=True, comment="from 1, given when it is made")
    asked_at: Mapped[datetime] = mapped_column(server_default=func.now())
    made_at: Mapped[datetime | None]
    registrations: Mapped[int | None] = mapped_column(comment="how many there were in all")
    threshold: Mapped[int | None]
    definitions_version: Mapped[int | None]
    positions: Mapped[dict[str, Any] | None]
    figures: Mapped[dict[str, Any] | None] = mapped_column(comment="what everyone may read")
    counted: Mapped[dict[str, Any] | None] = mapped_column(
        deferred=True,
        comment="what it was made of, for later releases to be held against; never shown",
    )


# ── people forgotten ────────────────────────────────────────────────────────────────────────────


class Erasure(Base):
    """A person whose pseudonym was cut: no fact, and kept when those are rebuilt, to be answered for once."""

    __tablename__ = "erasure"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    done_at: Mapped[datetime] = mapped_column(server_default=func.now())
