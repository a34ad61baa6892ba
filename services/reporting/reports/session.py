"""The report of one session, written by itself when the session is closed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import marshmallow as ma
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from services.reporting.domain import Scope
from services.reporting.operations import session_figures
from services.reporting.operations.figures import compute_figures
from services.reporting.reports.content import Content, ReportKind, Sheet, Tell
from shared.errors import Text

ABOUT = (
    "session_id",
    "title",
    "status",
    "programme",
    "organisation",
    "theme",
    "place",
    "capacity",
    "minimum",
    "first_day",
)
_STATUSES = (
    "confirmed",
    "waitlisted",
    "offered",
    "pending",
    "declined",
    "cancelled",
    "expired",
)


class SessionParameters(ma.Schema):
    session_id = ma.fields.UUID(required=True)


def write(session: Session, parameters: Mapping[str, Any], as_of: datetime, tell: Tell) -> Content:
    """Raises SessionUnknown."""
    session_id = parameters["session_id"]
    described = session_figures.describe_session(session, session_id)
    figures = compute_figures(session, Scope(session_id=session_id), as_of=as_of, tell=tell)
    by_status = [{"status": name, "registrations": figures.total[name]} for name in _STATUSES]
    return Content(
        about={name: described[name] for name in ABOUT},
        total=figures.total,
        sheets=(
            Sheet("registrations", ("status", "registrations"), by_status),
            attendance_sheet(session, session_id),
            sheet_of(
                "age_bands",
                ("age_band", "people"),
                session_figures.count_age_bands(session, session_id),
            ),
            sheet_of(
                "situations",
                ("situation", "people"),
                session_figures.count_situations(session, session_id),
            ),
        ),
    )


def attendance_sheet(session: Session, session_id: UUID) -> Sheet:
    """How many came to each meeting."""
    return sheet_of(
        "attendance",
        ("meeting_id", "day", "starts_at", "minutes", "present", "excused", "absent", "counted"),
        session_figures.count_attendance(session, session_id),
    )


def sheet_of(name: str, columns: Sequence[str], rows: Sequence[RowMapping]) -> Sheet:
    return Sheet(name, columns, [dict(row) for row in rows])


KIND = ReportKind(
    "session",
    Text("Report of a session", "Rapport d'une session"),
    Text(
        "One session: seats, registrations, attendance at each meeting, satisfaction, and who was expected.",
        "Une session : places, inscriptions, émargement de chaque séance, satisfaction, public attendu.",
    ),
    SessionParameters(),
    write,
)
