"""Dates that come again by a rule, and appointments within hours: which times they have, then held together."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial
from itertools import islice
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session as Transaction

from services.registrations.operations.offer.series import Series, Wish, hold_series
from services.registrations.recurring.rules import Unfollowable, ends, follow, read_rule
from services.registrations.recurring.slots import Opening, crossing, slots
from shared.errors import Invalid, invalid

# What one request may make; a season of weekly dates is about forty, a month of appointments some hundreds.
_MOST = 400
_FURTHEST = timedelta(days=3 * 366)
_LONGEST_PERIOD = timedelta(days=370)


def recur(
    transaction: Transaction,
    activity_id: UUID,
    wish: Wish,
    *,
    starts: datetime,
    rule: str | None,
    further: Sequence[datetime],
    organisation: str | None,
    dry_run: bool,
) -> Series:
    """Sessions, or a course, at ``starts``, whenever ``rule`` (RFC 5545) has it again, and at ``further`` times.

    All of them are wall-clock times at the place, without zone.

    Raises:
        NotFound, OtherOrganisation, Invalid, AlreadyBooked.
    """

    def times(zone: ZoneInfo) -> list[datetime]:
        by_rule = [starts] if rule is None else _follow(rule, starts.replace(tzinfo=zone))
        return _at_most(sorted({*by_rule, *further}), "rrule")

    return hold_series(
        transaction, activity_id, wish, times, organisation=organisation, dry_run=dry_run
    )


def appoint(
    transaction: Transaction,
    activity_id: UUID,
    wish: Wish,
    openings: Sequence[Opening],
    *,
    first: date,
    last: date,
    pause: int,
    organisation: str | None,
    dry_run: bool,
) -> Series:
    """Appointments of ``wish.minutes`` each, ``pause`` minutes apart, within a professional's hours.

    Raises:
        NotFound, OtherOrganisation, Invalid, AlreadyBooked.
    """
    if not timedelta() <= last - first <= _LONGEST_PERIOD:
        raise invalid(
            "until",
            "It must not come before the first day, nor more than a year after it.",
            "Ce jour ne peut pas précéder le premier, ni le suivre de plus d'un an.",
        )
    if (twice := crossing(openings)) is not None:
        number = list(openings).index(twice)
        raise invalid(
            f"hours.{number}.from",
            "These hours begin before others of that day are over.",
            "Ces horaires commencent avant la fin d'autres horaires du même jour.",
        )
    wanted = partial(slots, openings, first, last, minutes=wish.minutes, pause=pause)
    return hold_series(
        transaction,
        activity_id,
        wish,
        lambda _: _at_most(list(islice(wanted(), _MOST + 1)), "until"),
        organisation=organisation,
        dry_run=dry_run,
    )


def _follow(text: str, starts: datetime) -> list[datetime]:
    """Up to one more than ``_MOST`` wall-clock times of a rule that ends, ``starts`` being the first."""
    try:
        rule = read_rule(text)
        if not ends(rule):
            raise invalid(
                "rrule",
                "The rule must say when it ends: COUNT or UNTIL.",
                "La règle doit dire quand elle s'arrête : COUNT ou UNTIL.",
            )
        horizon = starts.replace(tzinfo=None) + _FURTHEST
        found = list(islice(follow(rule, starts, horizon), _MOST + 1))
    except Unfollowable as why:
        raise _unfollowable(why) from None
    if starts.replace(tzinfo=None) not in found[:1]:
        raise invalid(
            "starts",
            "The rule does not begin on this date.",
            "La règle ne commence pas à cette date.",
        )
    return found


def _at_most(times: list[datetime], field: str) -> list[datetime]:
    if len(times) > _MOST:
        raise invalid(
            field,
            f"These are more than {_MOST} dates: ask for fewer at once.",
            f"Cela fait plus de {_MOST} dates : demandez-en moins à la fois.",
        )
    return times


def _unfollowable(why: Unfollowable) -> Invalid:
    return invalid(
        "rrule",
        f"This recurrence cannot be followed: {why!s:.120}",
        f"Cette récurrence ne peut pas être suivie : {why!s:.120}",
    )
