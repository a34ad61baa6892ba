"""What all tables of registrations have in common."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    DateTime,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own protocol
        str: Text,
        datetime: DateTime(timezone=True),
        list[str]: ARRAY(Text),
        dict[str, Any]: JSONB,
    }


def changed_at() -> Mapped[datetime]:
    return mapped_column(server_default=func.now(), onupdate=func.now())


def source_digest() -> Mapped[str | None]:
    return mapped_column(comment="of what an imported file last said of it")
