"""What a person's own record leaves empty, from the records that were merged into it."""

from collections.abc import Sequence
from typing import Any

from psycopg.errors import UniqueViolation
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session as Transaction

from services.registrations.models import Participant

FIELDS = ("email", "phone", "birth_year", "postcode", "postal_address")


def borrow(transaction: Transaction, person: Participant, members: Sequence[Participant]) -> None:
    """Fill the fields that ``person`` has no value of its own for, from the first of ``members`` that has.

    What it had borrowed before is given back first. A value stays empty if with it the person would have
    the name and the contact of a third record.
    """
    for name in person.borrowed:
        setattr(person, name, None)
    person.borrowed = []
    transaction.flush()
    for name in FIELDS:
        if getattr(person, name) is None:
            lent = (own(member, name) for member in members)
            _fill(transaction, person, name, next((v for v in lent if v is not None), None))


def own(record: Participant, name: str) -> Any:
    """The value that is the record's own; None if it has none."""
    return None if name in record.borrowed else getattr(record, name)


def _fill(transaction: Transaction, person: Participant, name: str, value: Any) -> None:
    if value is None:
        return
    try:
        with transaction.begin_nested():
            setattr(person, name, value)
            person.borrowed = [*person.borrowed, name]
            transaction.flush()
    except IntegrityError as error:
        if not isinstance(error.orig, UniqueViolation):
            raise
        transaction.refresh(person)
