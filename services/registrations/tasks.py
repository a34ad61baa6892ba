"""The regular jobs of registrations."""

from sqlalchemy import delete, func, text

from services.registrations.broker import SWEEP, celery
from services.registrations.db import transaction
from services.registrations.models import IdempotencyKey
from services.registrations.operations.sign_in import forget_old


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
