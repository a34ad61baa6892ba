"""Whether enough people are confirmed for a session with a minimum to be held."""

from sqlalchemy.orm import Session as Transaction

from services.registrations.models import Session
from services.registrations.operations import facts
from services.registrations.operations.clock import now
from shared.messaging import log


def form_if_enough(transaction: Transaction, session: Session) -> None:
    """Say once that a locked session is formed, if by now it is; after the facts that made it so."""
    if session.minimum is None or session.formed_at is not None:
        return
    if session.confirmed >= session.minimum:
        session.formed_at = now()
        log.append(transaction, facts.session_formed(session))
