"""The tables of messaging, alike in every service's database."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()

event_log = Table(
    "event_log",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("position", BigInteger, unique=True, comment="given by the relay: dense, from 1"),
    Column("event_id", Uuid, nullable=False),
    Column("type", Text, nullable=False),
    Column("version", SmallInteger, nullable=False),
    Column("subject", Text, nullable=False),
    Column("time", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("traceparent", Text),
    Column("data", JSONB, nullable=False),
    Index("event_log_unrelayed", "id", postgresql_where=text("position IS NULL")),
)

relay_mark = Table(
    "relay_mark",
    metadata,
    Column("subscriber", Text, primary_key=True),
    Column("scanned", BigInteger, nullable=False, comment="last position looked at"),
    Column(
        "sent", BigInteger, nullable=False, comment="last position sent: the next batch's after"
    ),
)

event_cursor = Table(
    "event_cursor",
    metadata,
    Column("source", Text, primary_key=True),
    Column("position", BigInteger, nullable=False, comment="last position handled"),
    Column("event_time", DateTime(timezone=True), comment="when that event happened"),
    Column("handled_at", DateTime(timezone=True)),
)

parked_event = Table(
    "parked_event",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("source", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("type", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("envelope", JSONB, nullable=False),
    Column("error", Text, nullable=False),
    Column("parked_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("told_at", DateTime(timezone=True), comment="when operators were told of it"),
    UniqueConstraint("source", "position"),
)
