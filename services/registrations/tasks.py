"""The regular jobs of registrations."""

from sqlalchemy import delete, func, text

from services.registrations.broker import EXPIRE_OFFERS, SWEEP, celery
from services.registrations.db import transaction
from services.registrations.models import IdempotencyKey
from services.registrations.operations.accept import claim_session_with_offers_over, expire_offers
from services.registrations.operations.kiosks import forget_old_kiosks
from services.registrations.operations.promote import promote
from services.registrations.operations.sign_in import forget_old


@celery.task(name=SWEEP)  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Forget idempotency keys after a day, when nobody retries any more, sign-ins and tablets that are over."""
    with transaction() as session:
        session.execute(
            delete(IdempotencyKey).where(
                IdempotencyKey.created_at < func.now() - text("interval '1 day'")
            )
        )
        forget_old(session)
        forget_old_kiosks(session)


@celery.task(name=EXPIRE_OFFERS)  # type: ignore[untyped-decorator]
def expire_all_offers() -> None:
    """Give seats that were offered and not taken in time to the next in line, a session at a time."""
    while _expire_offers_of_one_session():
        pass


def _expire_offers_of_one_session() -> bool:
    with transaction() as session:
        claimed = claim_session_with_offers_over(session)
        if claimed is None:
            return False
        expire_offers(session, claimed)
        promote(session, claimed)
        return True
