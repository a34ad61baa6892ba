"""When a row says that something is held: each week, or on one date."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from services.registrations.importing.report import BadRow
from services.registrations.importing.when import (
    Stamp,
    read_day_and_hours,
    read_hour,
    read_hours,
    read_length,
    read_stamp,
    read_weekday,
    split_weekday,
)
from services.registrations.recurring.hours import Hours

_DAY_MINUTES = 24 * 60
_FIRST_YEAR, _LAST_YEAR = 2000, 2099


@dataclass(frozen=True, slots=True)
class Weekly:
    """Each week on ``weekday`` (Monday is 0), between ``first`` and ``last`` if those are given."""

    weekday: int
    hours: Hours
    end_assumed: bool
    first: date | None = None
    last: date | None = None

    @property
    def minutes(self) -> int:
        return self.hours.minutes


@dataclass(frozen=True, slots=True)
class Dated:
    """Once. In UTC."""

    starts_at: datetime
    ends_at: datetime
    end_assumed: bool

    @property
    def minutes(self) -> int:
        return round((self.ends_at - self.starts_at).total_seconds() / 60)


def times_of(row: dict[str, str], zone: ZoneInfo, default_minutes: int) -> Weekly | Dated:
    """When the meetings of a row are; its hours are those of ``zone``.

    Raises:
        BadRow: neither a weekday nor a date, no hour, or an end before the start.
    """
    row = _told_in_one(row)
    day, begin, end = row.get("day"), _stamp(row, "date"), _stamp(row, "end_date")
    # Over dates, too, people write « Jour ».
    if day and begin is None and _is_date(day):
        day, begin = None, _stamp(row, "day")
    starts, ends = row.get("starts"), row.get("ends")
    if begin is None and (begin := _moment(starts, "starts")):
        starts = None
    if end is None and (end := _moment(ends, "ends")):
        ends = None
    from_to = _from_to(row, starts, ends)
    length = _minutes(row)
    if day and (begin is None or (end is not None and end.day != begin.day)):
        first, last = (begin.day if begin else None), (end.day if end else None)
        hours, assumed = _hours(from_to, length, default_minutes)
        return Weekly(_weekday(day), hours, assumed, first, last)
    if begin is None:
        raise BadRow("day", "Neither a weekday nor a date.", "Ni jour de la semaine ni date.")
    return _dated(begin, end, from_to, zone, length=length, default_minutes=default_minutes)


def _told_in_one(row: dict[str, str]) -> dict[str, str]:
    """The row with what people put into one cell in the cells it belongs to."""
    row = dict(row)
    for column in ("date", "day"):
        said = row.get(column)
        if said and read_stamp(said) is None and (both := read_day_and_hours(said)):
            row[column], row["hours"] = both
    said = row.get("date")
    if said and read_stamp(said) is None and read_weekday(said) is not None:
        row.setdefault("day", row.pop("date"))
    starts = row.get("starts")
    if starts and "ends" not in row and read_hours(starts):
        row["hours"] = row.pop("starts")
    return row


def _dated(
    begin: Stamp,
    end: Stamp | None,
    hours: tuple[int | None, int | None],
    zone: ZoneInfo,
    *,
    length: int | None,
    default_minutes: int,
) -> Dated:
    starts_at = _with_hour(begin, hours[0]).in_zone(zone)
    if starts_at is None:
        raise BadRow("starts", "No hour is given.", "Aucune heure n’est indiquée.")
    ends_at = None
    if end is not None or hours[1] is not None:
        stamp = _with_hour(end or Stamp(begin.day, None), hours[1])
        at_midnight = stamp.minutes == 0 and stamp.day == begin.day and stamp.instant is None
        if at_midnight or stamp.minutes == _DAY_MINUTES:
            stamp = Stamp(begin.day + timedelta(days=1), 0)
        ends_at = stamp.in_zone(zone)
    # Some give the last beginning for the end: of a single date it says nothing.
    if ends_at is None or ends_at == starts_at:
        assumed = length is None
        return Dated(starts_at, starts_at + timedelta(minutes=length or default_minutes), assumed)
    if ends_at <= starts_at:
        raise _ends_first()
    return Dated(starts_at, ends_at, end_assumed=False)


def _from_to(
    row: dict[str, str], starts: str | None, ends: str | None
) -> tuple[int | None, int | None]:
    if starts or "hours" not in row:
        return _hour(starts, "starts"), _hour(ends, "ends")
    both = read_hours(row["hours"])
    if both is None:
        raise _no_hour("hours", row["hours"])
    return both


def _with_hour(stamp: Stamp, minutes: int | None) -> Stamp:
    return stamp if stamp.minutes is not None else Stamp(stamp.day, minutes)


def _hours(
    from_to: tuple[int | None, int | None], length: int | None, default_minutes: int
) -> tuple[Hours, bool]:
    starts, ends = from_to
    if starts is None:
        raise BadRow("starts", "No hour is given.", "Aucune heure n’est indiquée.")
    if assumed := ends is None:
        ends = min(starts + (length or default_minutes), _DAY_MINUTES)
    if ends == 0:
        ends = _DAY_MINUTES
    if ends is None or ends <= starts:
        raise _ends_first()
    return Hours(starts, ends), assumed and length is None


def _stamp(row: dict[str, str], field_name: str) -> Stamp | None:
    text = row.get(field_name)
    if text is None:
        return None
    stamp = read_stamp(text)
    if stamp is None:
        raise BadRow(field_name, f"Not a date: {text:.40}", f"Date incomprise : {text:.40}")
    weekday, _ = split_weekday(text)
    if weekday not in {None, stamp.day.weekday()}:
        raise BadRow(
            field_name,
            f"That date is another day of the week: {text:.40}",
            f"Cette date tombe un autre jour de la semaine : {text:.40}",
        )
    return _of_this_century(stamp, field_name)


def _is_date(day: str) -> bool:
    return read_weekday(day) is None and read_stamp(day) is not None


def _moment(text: str | None, field_name: str) -> Stamp | None:
    """The whole moment, where some put it instead of the hour."""
    stamp = read_stamp(text) if text else None
    return _of_this_century(stamp, field_name) if stamp else None


def _of_this_century(stamp: Stamp, field_name: str) -> Stamp:
    if not _FIRST_YEAR <= stamp.day.year <= _LAST_YEAR:
        raise BadRow(
            field_name, "Not a date of this century.", "Cette date n’est pas de ce siècle."
        )
    return stamp


def _hour(text: str | None, field_name: str) -> int | None:
    if text is None:
        return None
    minutes = read_hour(text)
    if minutes is None:
        raise _no_hour(field_name, text)
    return minutes


def _weekday(text: str) -> int:
    weekday = read_weekday(text)
    if weekday is None:
        raise BadRow(
            "day", f"Not a weekday: {text:.40}", f"Jour de la semaine incompris : {text:.40}"
        )
    return weekday


def _minutes(row: dict[str, str]) -> int | None:
    text = row.get("minutes")
    if text is None:
        return _length(row)
    figures = text.replace(",", ".").removesuffix(".0")
    if figures.isascii() and figures.isdigit() and len(figures) <= 4:
        if 1 <= int(figures) <= _DAY_MINUTES:
            return int(figures)
    if (clock := read_hour(text)) and not figures.isdigit():
        return clock
    raise BadRow(
        "minutes", f"Not a length in minutes: {text:.40}", f"Durée incomprise : {text:.40}"
    )


def _length(row: dict[str, str]) -> int | None:
    text = row.get("length")
    if text is None:
        return None
    minutes = read_length(text)
    if minutes is None or not 1 <= minutes <= _DAY_MINUTES:
        raise BadRow(
            "length",
            f"Not a length such as 90 min, 1h30 or 1,5 h: {text:.40}",
            f"Durée incomprise (90 min, 1h30 ou 1,5 h, par exemple) : {text:.40}",
        )
    return minutes


def _no_hour(field_name: str, text: str) -> BadRow:
    return BadRow(field_name, f"Not an hour: {text:.40}", f"Heure incomprise : {text:.40}")


def _ends_first() -> BadRow:
    return BadRow("ends", "It ends before it starts.", "La fin précède le début.")
