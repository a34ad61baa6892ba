"""How providers of SMS are doing, told by each worker to all others."""

import logging

from sqlalchemy import or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session as Transaction

from services.notifications.domain.circuits import PROBE, rest_after
from services.notifications.models import SmsProvider
from services.notifications.operations.clock import now

log = logging.getLogger(__name__)


def may_try(transaction: Transaction, name: str) -> bool:
    """Whether something may be handed to provider ``name`` now; after a rest, only one asker at a time may."""
    known = transaction.get(SmsProvider, name)
    if known is None or known.rests_until is None:
        return True
    probe = transaction.execute(
        update(SmsProvider)
        .where(SmsProvider.name == name, SmsProvider.rests_until <= now())
        .values(rests_until=now() + PROBE)
        .returning(SmsProvider.name)
        .execution_options(synchronize_session=False)
    )
    return probe.first() is not None


def went_well(transaction: Transaction, name: str) -> None:
    """Note that provider ``name`` answered as it should: whatever it failed at before is forgotten."""
    transaction.execute(
        update(SmsProvider)
        .where(
            SmsProvider.name == name,
            or_(SmsProvider.failures > 0, SmsProvider.rests_until.is_not(None)),
        )
        .values(failures=0, rests_until=None)
        .execution_options(synchronize_session=False)
    )


def failed(transaction: Transaction, name: str) -> None:
    """Note that provider ``name`` failed, or was too slow."""
    counted = insert(SmsProvider).values(name=name, failures=1, rests_until=None)
    failures = transaction.scalars(
        counted.on_conflict_do_update(
            index_elements=["name"], set_={"failures": SmsProvider.failures + 1}
        ).returning(SmsProvider.failures)
    ).one()
    rest = rest_after(failures)
    if rest is None:
        return
    transaction.execute(
        update(SmsProvider)
        .where(SmsProvider.name == name)
        .values(rests_until=now() + rest)
        .execution_options(synchronize_session=False)
    )
    log.warning("sms_provider_rests", extra={"provider": name, "failures": failures})
