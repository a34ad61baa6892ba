"""Asking a provider what became of an SMS. No transaction is open while the network is used."""

from services.notifications.domain.receipts import State
from services.notifications.operations.sms_receipts import Question, hear_receipt, question
from services.notifications.settings import SmsSettings
from services.notifications.sms.provider import Provider, Reply
from services.notifications.sms.providers import make_providers
from shared.db import Database


def ask_after(database: Database, settings: SmsSettings, reference: str) -> None:
    """Ask who was handed the SMS with ``reference``, and act on the answer; a provider no longer used is not asked."""
    with database.transaction() as transaction:
        asked = question(transaction, reference)
    provider = make_providers(settings).get(asked.provider) if asked else None
    if asked is None or provider is None:
        return
    found = _asked(provider, asked)
    state = State.SENT if isinstance(found, Reply) else found
    if state == State.UNCLEAR:
        return
    with database.transaction() as transaction:
        hear_receipt(
            transaction,
            asked.provider,
            state,
            reference=reference,
            provider_id=found.id if isinstance(found, Reply) else None,
            cost=found.cost if isinstance(found, Reply) else None,
            most=settings.attempts,
        )


def _asked(provider: Provider, asked: Question) -> Reply | State:
    if asked.provider_id is not None:
        return provider.look_up(asked.provider_id)
    return provider.find(asked.reference, asked.handed_over_at)
