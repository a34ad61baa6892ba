"""The regular jobs of registrations."""

from sqlalchemy import delete, func, text

from services.registrations.broker import EXPIRE_OFFERS, FORGET, SWEEP, celery
from services.registrations.db import transaction
from services.registrations.models import IdempotencyKey
from services.registrations.operations.accept import claim_session_with_offers_over, expire_offers
from services.registrations.operations.promote import promote
from services.registrations.operations.retention import erase_if_due, last_day_kept, list_due
from services.registrations.operations.sign_in import forget_old
from services.registrations.settings import retention_months

_FORGOTTEN_AT_ONCE = 500


@celery.task(name=SWEEP)  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Forget idempotency keys after a day, when nobody retries any more, and sign-ins that are over."""
    with transaction() as session:
        session.execute(
            delete(IdempotencyKey).where(
                IdempotencyKey.created_at < func.now() - text("interval '1 day'")
            )
        )
        forget_old(session)


@celery.task(name=EXPIRE_OFFERS)  # type: ignore[untyped-decorator]
def expire_all_offers() -> None:
    """Give seats that were offered and not taken in time to the next in line, a session at a time."""
    while _expire_offers_of_one_session():
        pass


@celery.task(name=FORGET)  # type: ignore[untyped-decorator]
def forget() -> None:
    """Erase those who have not been in touch for as long as people are kept, each in a transaction of their own."""
    before = last_day_kept(retention_months())
    with transaction() as session:
        due = list_due(session, before, after=None, limit=_FORGOTTEN_AT_ONCE)
    for person in due:
        with transaction() as session:
            erase_if_due(session, person.id, before)


def _expire_offers_of_one_session() -> bool:
    with transaction() as session:
        claimed = claim_session_with_offers_over(session)
        if claimed is None:
            return False
        expire_offers(session, claimed)
        promote(session, claimed)
        return True
