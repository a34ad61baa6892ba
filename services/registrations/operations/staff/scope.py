"""Whose data a member of staff sees: their organisation's, and of discreet programmes their own advisers only."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, true

from services.registrations.models import Activity, Programme


@dataclass(frozen=True, slots=True)
class Scope:
    """What the caller is kept to.

    ``organisation`` is that of a facilitator, None for whoever sees all. ``programmes`` are the discreet
    ones whose people the caller may know of, None for all of them.
    """

    organisation: str | None = None
    programmes: frozenset[str] | None = frozenset()

    def advises(self, programme: Programme) -> bool:
        """Whether the caller may know who takes part in ``programme``."""
        return (
            not programme.discreet or self.programmes is None or programme.code in self.programmes
        )

    def covers(self, activity: Activity) -> bool:
        """Whether the caller may know who takes part in ``activity``."""
        own = self.organisation in (None, activity.organisation_code)
        return own and self.advises(activity.programme)

    def condition(self) -> ColumnElement[bool]:
        """:meth:`covers`, for a query that joins ``Activity`` and ``Programme``."""
        condition: ColumnElement[bool] = true()
        if self.organisation is not None:
            condition &= Activity.organisation_code == self.organisation
        if self.programmes is not None:
            advised = Programme.code.in_(self.programmes)
            condition &= or_(Programme.discreet.is_(False), advised)
        return condition
