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
    """The participant of that name (``domain.name_key``) who is reached there; born in another year is another.

    With a ``known_id`` it is that one, whom staff found before. The statements of
    :mod:`services.registrations.operations.register` say the same in SQL.
    """
    if known_id is not None:
        return transaction.get(Participant, known_id)
    # In SQL nothing equals NULL; written with ``==`` a missing contact would match a missing contact.
    reached = [Participant.email == email] if email else []
    reached += [Participant.phone == phone] if phone else []
    if not reached:
        return None
    query = select(Participant).where(Participant.name_key == name_key, or_(*reached))
    if birth_year is not None:
        query = query.where(
            or_(Participant.birth_year.is_(None), Participant.birth_year == birth_year)
        )
    return transaction.scalars(query.order_by(Participant.created_at, Participant.id)).first()
