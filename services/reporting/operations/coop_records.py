"""Meetings that were held as activity records for the Coop, and which themes are digital mediation."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    and_,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import Session

from services.reporting.coop.codes import (
    AGES,
    AT_THE_PLACE,
    COLLECTIVE,
    GENDERS,
    INDIVIDUAL,
    NOT_SAID,
    SOCIAL_STATUSES,
    STATUSES,
)
from services.reporting.domain import Scope, SessionStatus
from services.reporting.models import (
    CoopTheme,
    attendance_fact,
    head_count_fact,
    meeting_fact,
    registration_fact,
    session_fact,
)


def list_themes(session: Session) -> list[dict[str, Any]]:
    """Every theme that sessions have or that is something to the Coop, in order."""
    known = {one.theme: one.thematiques for one in session.scalars(select(CoopTheme))}
    of_sessions = session.scalars(
        select(session_fact.c.theme).distinct().where(session_fact.c.theme.is_not(None))
    )
    return [
        {"theme": theme, "thematiques": known.get(theme, [])}
        for theme in sorted({*known, *of_sessions})
    ]


def replace_themes(session: Session, themes: Sequence[Mapping[str, Any]]) -> None:
    """Put ``themes`` in the place of all there are; one without codes need not be kept."""
    session.execute(delete(CoopTheme))
    if kept := [dict(one) for one in themes if one["thematiques"]]:
        session.execute(insert(CoopTheme), kept)


def list_records(
    session: Session,
    scope: Scope,
    *,
    as_of: datetime,
    after: tuple[Any, UUID] | None = None,
    limit: int | None = None,
) -> list[dict[str, Any]]:
    """The meetings of ``scope`` that are an activity record, by day: held, of digital mediation, and somebody came.

    Unlike everything else a meeting counts on its own day: ``since`` and ``until`` are days of meetings. ``after`` is
    the day and id of the last one known.
    """
    meeting, of = meeting_fact.c, session_fact.c
    was_held = or_(meeting.ends_at <= as_of, of.status == SessionStatus.CLOSED)
    who = _who_came()
    heads = func.coalesce(head_count_fact.c["count"], 0)
    present = func.coalesce(who.c.present, 0)
    wanted: list[tuple[Any, Callable[[Any], ColumnElement[bool]]]] = [
        (scope.since, lambda day: meeting.day >= day),
        (scope.until, lambda day: meeting.day < day),
        (scope.programme, lambda code: of.programme == code),
        (scope.organisation, lambda code: of.organisation == code),
        (scope.place, lambda code: of.place == code),
        (after, lambda known: tuple_(meeting.day, meeting.meeting_id) > tuple_(*known)),
    ]
    query = (
        select(
            meeting.meeting_id,
            meeting.day,
            meeting.minutes,
            of.title,
            of.programme,
            of.organisation,
            of.place,
            and_(of.capacity == 1, ~of.open_door).label("is_of_one"),
            CoopTheme.thematiques,
            (heads + present).label("total"),
            *(func.coalesce(who.c[name], 0).label(name) for name in (*AGES.values(), *STATUSES)),
        )
        .select_from(
            meeting_fact.join(session_fact, meeting.session_id == of.session_id)
            .join(CoopTheme, CoopTheme.theme == of.theme)
            .outerjoin(who, who.c.meeting_id == meeting.meeting_id)
            .outerjoin(head_count_fact, head_count_fact.c.meeting_id == meeting.meeting_id)
        )
        .where(
            of.status != SessionStatus.CANCELLED,
            was_held,
            heads + present > 0,
            *(condition(value) for value, condition in wanted if value is not None),
        )
        .order_by(meeting.day, meeting.meeting_id)
        .limit(limit)
    )
    return [_record(row) for row in session.execute(query).mappings()]


def _who_came() -> Any:
    """For each meeting, how many were present, by the Coop's bands of age and social statuses.

    Lateral: counted for the meetings that are asked for, not for all.
    """
    person, came = registration_fact.c, attendance_fact.c
    status = case(
        *(
            (person.situations.contains([situation]), code)
            for situation, code in SOCIAL_STATUSES.items()
        )
    )
    return (
        select(
            came.meeting_id,
            func.count().label("present"),
            *(
                func.count().filter(person.age_band == band).label(code)
                for band, code in AGES.items()
            ),
            *(func.count().filter(status == code).label(code) for code in STATUSES),
        )
        .select_from(
            attendance_fact.outerjoin(
                registration_fact, person.registration_id == came.registration_id
            )
        )
        .where(
            came.session_id == meeting_fact.c.session_id,
            came.meeting_id == meeting_fact.c.meeting_id,
            came.status == "present",
        )
        .group_by(came.meeting_id)
        .correlate(meeting_fact)
        .lateral("who")
    )


def _record(row: RowMapping) -> dict[str, Any]:
    total = row["total"]
    return {
        "id": row["meeting_id"],
        "type": INDIVIDUAL if row["is_of_one"] else COLLECTIVE,
        "date": row["day"],
        "duree": row["minutes"],
        "type_lieu": AT_THE_PLACE,
        "lieu": row["place"],
        "structure": row["organisation"],
        "titre_atelier": None if row["is_of_one"] else row["title"],
        "thematiques": row["thematiques"],
        "tags": [row["programme"]],
        "accompagnements": total,
        "beneficiaires": {
            "total": total,
            "genres": {**dict.fromkeys(GENDERS, 0), NOT_SAID: total},
            "tranches_age": _with_the_rest(row, AGES.values(), total),
            "statuts": _with_the_rest(row, STATUSES, total),
        },
    }


def _with_the_rest(row: RowMapping, codes: Collection[str], total: int) -> dict[str, int]:
    """The number of each code, and those of whom it is not known."""
    said = {code: row[code] for code in codes}
    return {**said, NOT_SAID: total - sum(said.values())}
