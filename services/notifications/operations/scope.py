"""Which messages a member of staff sees: of discreet programmes those that they advise alone."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, true

from services.notifications.domain.kinds import Kind
from services.notifications.models import Notification, Session


@dataclass(frozen=True, slots=True)
class Scope:
    """What the caller is kept to: ``programmes`` are the discreet ones whose people they may know of, None for all."""

    programmes: frozenset[str] | None

    def condition(self) -> ColumnElement[bool]:
        """That the caller may know what a message is about, for a query that joins ``Session`` if there is one.

        What nobody has told the programme of may be any.
        """
        if self.programmes is None:
            return true()
        about_no_session = Notification.session_id.is_(None)
        session = or_(Session.discreet.is_(False), Session.programme.in_(self.programmes))
        details = Notification.details
        referral = or_(
            Notification.kind != Kind.REFERRAL_NEWS,
            details["discreet"].as_boolean().is_(False),
            details["programme"].as_string().in_(self.programmes),
        )
        return or_(about_no_session, session) & referral
