"""Finding people again by what staff can tell of them, however it is typed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import phonenumbers
from sqlalchemy import ColumnElement, Numeric, Row, cast, func, literal, select, tuple_
from sqlalchemy.orm import Session as Transaction

from services.registrations.domain import fold
from services.registrations.models import Participant
from services.registrations.operations.people import visible
from services.registrations.operations.scope import Scope

_HOME = "FR"
_PHONE = re.compile(r"\+?[\d(][\d\s().\-/]{5,}\d")
_YEAR = re.compile(r"(?:19|20)\d\d", re.ASCII)
# Two letters of six that changed places (Dupnot for Dupont) leave 0.43 of a word; strangers share less.
_ALIKE = 0.4


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a query asks for; all of it holds together. ``names`` are folded, None where none is asked for."""

    names: str | None = None
    email: str | None = None
    phone: str | None = None
    birth_year: int | None = None

    @property
    def is_nothing(self) -> bool:
        return self == Wanted()


def read_query(text: str) -> Wanted:
    """Tell apart what was typed: an e-mail address, a phone number, a year of birth; the rest are names."""
    phone = None
    if found := _PHONE.search(text):
        phone = _e164(found[0])
        text = text.replace(found[0], " ")
    email, year, names = None, None, []
    for word in text.split():
        if "@" in word:
            email = word.lower()
        elif _YEAR.fullmatch(word) and int(word) <= datetime.now(UTC).year:
            year = int(word)
        else:
            names.append(word)
    return Wanted(fold(" ".join(names)) or None, email, phone, year)


def search(
    transaction: Transaction,
    wanted: Wanted,
    *,
    scope: Scope,
    after: tuple[Decimal, UUID] | None,
    limit: int,
) -> Sequence[Row[tuple[Participant, Decimal]]]:
    """People within ``scope``, those most like ``wanted`` first, each with how alike (0 to 2).

    Who was merged is found by what was theirs, and answered as the person that they are now.
    """
    if wanted.is_nothing:
        return []
    transaction.execute(
        select(func.set_config("pg_trgm.word_similarity_threshold", str(_ALIKE), True))
    )
    person = func.coalesce(Participant.merged_into, Participant.id).label("person")
    likeness = func.max(_likeness(wanted)).label("likeness")
    found = (
        select(person, likeness)
        .where(Participant.erased_at.is_(None), *_conditions(wanted))
        .group_by(person)
        .cte("found")
    )
    query = (
        select(Participant, found.c.likeness)
        .join(found, found.c.person == Participant.id)
        .where(visible(scope))
        .order_by(found.c.likeness.desc(), Participant.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(
            tuple_(-found.c.likeness, Participant.id) > tuple_(literal(-after[0]), after[1])
        )
    return transaction.execute(query).all()


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.names:
        conditions.append(literal(wanted.names).op("<%", is_comparison=True)(Participant.name_key))
    if wanted.email:
        conditions.append(Participant.email == wanted.email)
    if wanted.phone:
        conditions.append(Participant.phone == wanted.phone)
    if wanted.birth_year:
        conditions.append(Participant.birth_year == wanted.birth_year)
    return conditions


def _likeness(wanted: Wanted) -> ColumnElement[Any]:
    """First how well the best part of the name fits, then the whole; exact to the digit, for cursors."""
    if not wanted.names:
        return literal(Decimal(0), Numeric(5, 4))
    fits = func.word_similarity(wanted.names, Participant.name_key)
    whole = func.similarity(wanted.names, Participant.name_key)
    return cast(fits + whole, Numeric(5, 4))


def _e164(text: str) -> str:
    """As numbers are kept; what is none is kept as it was typed, and found nowhere."""
    try:
        number = phonenumbers.parse(text, _HOME)
    except phonenumbers.NumberParseException:
        return text
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
