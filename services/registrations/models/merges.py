"""Records found to be of one person, put together and taken apart again; and those found to be of two."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from services.registrations.models.base import Base


class Merge(Base):
    """One record merged into another. Those not undone form trees, whose roots stand for the people."""

    __tablename__ = "merge"
    __table_args__ = (
        Index(
            "merge_standing",
            "merged_id",
            unique=True,
            postgresql_where=text("undone_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    survivor_id: Mapped[UUID] = mapped_column(ForeignKey("participant.id"), index=True)
    merged_id: Mapped[UUID] = mapped_column(ForeignKey("participant.id"))
    merged_at: Mapped[datetime] = mapped_column(server_default=func.now())
    merged_by: Mapped[str] = mapped_column(comment="the member of staff, as their token names them")
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None]


class Distinction(Base):
    """Two records found to be two people's, however alike they are: nobody is asked about them again."""

    __tablename__ = "distinction"
    __table_args__ = (
        CheckConstraint("first_id < second_id", name="distinction_in_order"),
        Index("distinction_of_two", "first_id", "second_id", unique=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    first_id: Mapped[UUID] = mapped_column(ForeignKey("participant.id"))
    second_id: Mapped[UUID] = mapped_column(ForeignKey("participant.id"), index=True)
    found_at: Mapped[datetime] = mapped_column(server_default=func.now())
    found_by: Mapped[str] = mapped_column(comment="the member of staff, as their token names them")

    @property
    def participants(self) -> tuple[UUID, UUID]:
        """The two records."""
        return self.first_id, self.second_id
