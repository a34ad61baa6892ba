"""One session in detail: what it was, who was expected by age and situation, who came to each meeting."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select, and_, func, select
from sqlalchemy.orm import Session

from services.reporting.models import (
    attendance_fact,
    head_count_fact,
    meeting_fact,
    outcome_fact,
    registration_fact,
    session_fact,
)
from services.reporting.refusals import SessionUnknown


def describe_session(session: Session, session_id: UUID) -> RowMapping:
    """Raises SessionUnknown."""
    query = select(session_fact).where(session_fact.c.session_id == session_id)
    found = session.execute(query).mappings().one_or_none()
    if found is None:
        raise SessionUnknown
    return found


def count_attendance(session: Session, session_id: UUID) -> Sequence[RowMapping]:
    """Each meeting of the session, in order, with how many were present, excused, absent.

    ``counted`` is the number of heads where nobody registers, null if they were not counted.
    """
    meeting, attendance = meeting_fact.c, attendance_fact.c
    counts = (
        func.count().filter(attendance.status == status).label(status)
        for status in ("present", "excused", "absent")
    )
    heads = head_count_fact.c["count"].label("counted")
    query = (
        select(meeting.meeting_id, meeting.day, meeting.starts_at, meeting.minutes, *counts, heads)
        .select_from(
            meeting_fact.outerjoin(
                attendance_fact,
                and_(
                    attendance.session_id == meeting.session_id,
                    attendance.meeting_id == meeting.meeting_id,
                ),
            ).outerjoin(head_count_fact, head_count_fact.c.meeting_id == meeting.meeting_id)
        )
        .where(meeting.session_id == session_id)
        .group_by(meeting.meeting_id, head_count_fact.c.meeting_id)
        .order_by(meeting.starts_at, meeting.meeting_id)
    )
    return session.execute(query).mappings().all()


def count_age_bands(session: Session, session_id: UUID) -> Sequence[RowMapping]:
    """People with a seat, by age band; null for those who did not agree to statistics."""
    band = registration_fact.c.age_band.label("age_band")
    return _count_seated(session, select(band), band, session_id)


def count_situations(session: Session, session_id: UUID) -> Sequence[RowMapping]:
    """People with a seat, by situation: each counts in every one of theirs, or once under null."""
    held = func.unnest(registration_fact.c.situations).table_valued("situation")
    held = held.render_derived(name="held")
    rows = registration_fact.outerjoin(held, held.c.situation.is_not(None))
    situation = held.c.situation
    return _count_seated(session, select(situation).select_from(rows), situation, session_id)


def count_outcomes(session: Session, session_id: UUID) -> Sequence[RowMapping]:
    """Registrations of which it is noted what they led to, by what that was."""
    column = outcome_fact.c
    query = (
        select(column.outcome, func.count().label("registrations"))
        .where(column.session_id == session_id)
        .group_by(column.outcome)
        .order_by(column.outcome)
    )
    return session.execute(query).mappings().all()


def _count_seated(
    session: Session, query: Select[Any], group: Any, session_id: UUID
) -> Sequence[RowMapping]:
    column = registration_fact.c
    query = (
        query.add_columns(func.count().label("people"))
        .where(column.session_id == session_id, column.status == "confirmed")
        .group_by(group)
        .order_by(group)
    )
    return session.execute(query).mappings().all()
