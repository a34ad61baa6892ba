"""What is answered about a registration: the same to all who may know of it, and to staff a little more."""

from typing import Any

from sqlalchemy.orm import Session as Transaction

from services.registrations.api.caller import DESK, actor, scope
from services.registrations.api.unnamed import summary_for_caller
from services.registrations.models import Registration
from services.registrations.operations.seats import assess, find
from services.registrations.operations.seats.answers import summarise
from services.registrations.operations.staff import accounts, audit
from shared.events.short_codes import write_code
from shared.web.routes import caller


def shown(transaction: Transaction, registration: Registration) -> dict[str, Any]:
    """A registration as its holder sees it; staff see who helped, advisers how the rule stands."""
    answer = {
        "id": registration.id,
        "status": registration.status,
        "waitlist_position": find.waitlist_position(transaction, registration) or None,
        "offered_until": registration.offered_until,
        "created_at": registration.created_at,
        "participant": registration.participant,
        "participant_id": registration.participant_id,
        "needs": registration.needs,
        "session": summary_for_caller(summarise(registration.session)),
    }
    member = caller()
    if member is None:
        return answer
    answer["short_code"] = write_code(registration.short_code)
    answer["assistance"] = _assistance(transaction, registration)
    if member.role in DESK:
        found = assess.assess_registrations(transaction, [registration], scope())
        answer["eligibility"] = found.get(registration.id)
        answer["eligibility_reason"] = registration.eligibility_reason
        answer["decision"] = _decision(registration)
    return answer


def record(transaction: Transaction, verb: str, registration: Registration) -> None:
    """Put on record what the caller does to a registration; nothing for the public."""
    audit.record(
        transaction,
        actor(),
        verb,
        "registration",
        registration.id,
        participant=registration.participant_id,
    )


def _assistance(transaction: Transaction, registration: Registration) -> dict[str, Any] | None:
    if registration.registered_by is None:
        return None
    return {
        "by": registration.registered_by,
        "name": accounts.name_of(transaction, registration.registered_by),
        "agreement": registration.agreement,
    }


def _decision(registration: Registration) -> dict[str, Any] | None:
    if registration.decided_by is None:
        return None
    return {
        "by": registration.decided_by,
        "reason": registration.decision_reason,
        "note": registration.decision_note,
    }
