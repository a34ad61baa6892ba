"""Finding people again by what staff can tell of them, however it is typed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import phonenumbers
from sqlalchemy import ColumnElement, Numeric, Row, and_, cast, desc, func, literal, select, tuple_
from sqlalchemy.orm import Session as Transaction

from services.registrations.domain import fold
from services.registrations.models import Participant
from services.registrations.operations.people.records import visible
from services.registrations.operations.staff.scope import Scope

_HOME = "FR"
# Not within a word: what somebody is called or known by may hold digits.
_PHONE = re.compile(r"(?<!\w)\+?[\d(][\d\s().\-/]{5,}\d(?!\w)")
_YEAR = re.compile(r"(?:19|20)\d\d", re.ASCII)
# Two letters of six that changed places (Dupnot for Dupont) leave 0.43 of a word; strangers share less.
_ALIKE = 0.4
# Of three words typed two are on record: of their pieces, at least so many.
_MOST_OF_IT = 0.6
# How alike those are at least of whom every word is met; a cursor below it is past them.
_LIKE_IT = Decimal("0.5")


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

    First come those of whose names all words begin as was typed (1 to 2), then those whose are like it (0.5 to
    1): who types it right need not wait for all that resembles it, of which years bring thousands. Only if there
    is nobody may a word be missing from the record (below 0.5): a second given name, a married one, a particle.
    Who was merged is found by what was theirs, and answered as the person that they are now.
    """
    if wanted.is_nothing:
        return []
    if wanted.names is None:
        return _page(transaction, wanted, scope, _alike_in_all_else(), after=after, limit=limit)
    rows: list[Row[tuple[Participant, Decimal]]] = []
    beginning = after is None
    if after is None or after[0] >= 1:
        rows += _page(transaction, wanted, scope, _as_typed(wanted.names), after=after, limit=limit)
        after = None
    if len(rows) < limit and (after is None or after[0] >= _LIKE_IT):
        like = _like_it(transaction, wanted.names)
        rows += _page(transaction, wanted, scope, like, after=after, limit=limit - len(rows))
    if not rows and (beginning or (after is not None and after[0] < _LIKE_IT)):
        most = _mostly_like_it(transaction, wanted.names)
        rows += _page(transaction, wanted, scope, most, after=after, limit=limit)
    return rows


@dataclass(frozen=True, slots=True)
class _Match:
    """Which names match, how alike they are (exact to the digit, for cursors), and whom to leave out."""

    conditions: Sequence[ColumnElement[bool]]
    likeness: ColumnElement[Any]
    but: ColumnElement[bool] | None = None


def _alike_in_all_else() -> _Match:
    return _Match((), literal(Decimal(0), Numeric(5, 4)))


def _as_typed(names: str) -> _Match:
    """Each word typed begins one of the name's."""
    whole = func.similarity(names, Participant.name_key)
    return _Match([_begins_as_typed(names)], cast(1 + whole, Numeric(5, 4)))


def _like_it(transaction: Transaction, names: str) -> _Match:
    """Each word typed is like one of the name's, typing errors and all."""
    _say_what_is_alike(transaction, _ALIKE)
    words = [_resembles(word) for word in names.split()]
    fits = func.word_similarity(names, Participant.name_key)
    likeness = func.least(_LIKE_IT + fits / 2, 0.9999)
    return _Match(words, cast(likeness, Numeric(5, 4)), but=_begins_as_typed(names))


def _mostly_like_it(transaction: Transaction, names: str) -> _Match:
    """Most of what was typed is like the name, whichever word of it is not."""
    _say_what_is_alike(transaction, _MOST_OF_IT)
    fits = func.word_similarity(names, Participant.name_key)
    likeness = func.least(fits / 2, 0.4999)
    return _Match([_resembles(names)], cast(likeness, Numeric(5, 4)))


def _resembles(typed: str) -> ColumnElement[bool]:
    return literal(typed).op("<%", is_comparison=True)(Participant.name_key)


def _say_what_is_alike(transaction: Transaction, share: float) -> None:
    transaction.execute(
        select(func.set_config("pg_trgm.word_similarity_threshold", str(share), True))
    )


def _begins_as_typed(names: str) -> ColumnElement[bool]:
    # Folded names are letters, digits and spaces: nothing in them means more than itself.
    return and_(*(Participant.name_key.op("~")(rf"(^|[ |]){word}") for word in names.split()))


def _page(
    transaction: Transaction,
    wanted: Wanted,
    scope: Scope,
    match: _Match,
    *,
    after: tuple[Decimal, UUID] | None,
    limit: int,
) -> Sequence[Row[tuple[Participant, Decimal]]]:
    person = func.coalesce(Participant.merged_into, Participant.id).label("person")
    found = (
        select(person, func.max(match.likeness).label("likeness"))
        .where(Participant.erased_at.is_(None), *match.conditions, *_conditions(wanted))
        .group_by(person)
    )
    if match.but is not None:
        found = found.having(~func.bool_or(match.but))
    # In order before it is asked whom the caller may see: that is asked until the page is full, and of nobody else.
    people = found.order_by(desc("likeness"), "person").offset(0).subquery("found")
    query = (
        select(Participant, people.c.likeness)
        .join(people, people.c.person == Participant.id)
        .where(visible(scope))
        .order_by(people.c.likeness.desc(), people.c.person)
        .limit(limit)
    )
    if after is not None:
        query = query.where(
            tuple_(-people.c.likeness, Participant.id) > tuple_(literal(-after[0]), after[1])
        )
    return transaction.execute(query).all()


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    """What is asked for besides names."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.email:
        conditions.append(Participant.email == wanted.email)
    if wanted.phone:
        conditions.append(Participant.phone == wanted.phone)
    if wanted.birth_year:
        conditions.append(Participant.birth_year == wanted.birth_year)
    return conditions


def _e164(text: str) -> str:
    """As numbers are kept; what is none is kept as it was typed, and found nowhere."""
    try:
        number = phonenumbers.parse(text, _HOME)
    except phonenumbers.NumberParseException:
        return text
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
