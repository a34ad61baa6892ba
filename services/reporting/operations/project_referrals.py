"""Referrals to partner institutions, as facts. Either event tells all there is to know of one but its decision."""

from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.reporting.models import referral_fact
from shared.events.envelope import Event

_OPENED = insert(referral_fact).on_conflict_do_nothing()
_insert = insert(referral_fact)
_DECIDED = _insert.on_conflict_do_update(
    index_elements=[referral_fact.c.referral_id],
    set_={
        name: _insert.excluded[name]
        for name in (
            "amount_asked_cents",
            "decision",
            "decided_on",
            "amount_granted_cents",
            "position",
        )
    },
    where=referral_fact.c.position < _insert.excluded.position,
)
_OF_BOTH = ("referral_id", "programme", "partner", "purpose", "amount_asked_cents", "opened_on")


def note_referral(session: Session, event: Event) -> None:
    """A person was directed to a partner institution: whoever they are."""
    session.connection().execute(_OPENED, _row(event))


def note_decision(session: Session, event: Event) -> None:
    """The partner institution has decided, or the person withdrew the referral."""
    told = {name: event.data[name] for name in ("decision", "decided_on", "amount_granted_cents")}
    session.connection().execute(_DECIDED, {**_row(event), **told})


def _row(event: Event) -> dict[str, Any]:
    return {**{name: event.data[name] for name in _OF_BOTH}, "position": event.position}
