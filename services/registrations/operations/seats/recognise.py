"""Whether somebody is a participant already: the same name, and the same e-mail or phone."""

from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session as Transaction

from services.registrations.models import Participant


def recognise(
    transaction: Transaction,
    *,
    known_id: UUID | None,
    name_key: str,
    email: str | None,
    phone: str | None,
    birth_year: int | None,
) -> Participant | None:
    """The record of that name (``domain.name_key``) that is reached there; born in another year is another.

    With a ``known_id`` it is that one, which staff found before. It may have been merged into another; until
    the transaction ends it is neither merged nor erased, for it is locked. The statements of
    :mod:`services.registrations.operations.seats.register` say the same in SQL.
    """
    query = select(Participant).where(Participant.erased_at.is_(None))
    if known_id is not None:
        query = query.where(Participant.id == known_id)
    else:
        # In SQL nothing equals NULL; written with ``==`` a missing contact would match a missing contact.
        reached = [Participant.email == email] if email else []
        reached += [Participant.phone == phone] if phone else []
        if not reached:
            return None
        query = query.where(Participant.name_key == name_key, or_(*reached))
        if birth_year is not None:
            born = Participant.birth_year
            query = query.where(or_(born.is_(None), born == birth_year))
    query = query.order_by(Participant.created_at, Participant.id).limit(1)
    return transaction.scalars(query.with_for_update()).first()
