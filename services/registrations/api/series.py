"""Many dates of one activity at once: what comes again, courses, appointments."""

from collections.abc import Sequence
from datetime import time
from typing import Any
from uuid import UUID

from services.registrations.api.caller import organisation_limit
from services.registrations.db import transaction
from services.registrations.operations.offer.recur import appoint, recur
from services.registrations.operations.offer.series import NotHeld, Series, Wish
from services.registrations.recurring.dates import Reason
from services.registrations.recurring.hours import Hours
from services.registrations.recurring.slots import Opening
from services.registrations.schemas.series import (
    WEEKDAYS,
    AppointmentsRequest,
    RecurrenceRequest,
    SeriesQuery,
    SeriesSchema,
)
from shared.errors import Text
from shared.web.problems import request_language
from shared.web.routes import Routes

routes = Routes("series", __name__, url_prefix="/v1/activities")

_MIDNIGHT = 24 * 60
_SAYS = {
    Reason.EXCLUDED: Text("Left out as asked.", "Écartée comme demandé."),
    Reason.PUBLIC_HOLIDAY: Text("A public holiday.", "Jour férié."),
    Reason.SCHOOL_HOLIDAY: Text("School holidays.", "Vacances scolaires."),
    Reason.CLOCK_CHANGE: Text(
        "Clocks skip this hour when summer time begins.",
        "Cette heure n'existe pas : on passe à l'heure d'été.",
    ),
}


@routes.route("/<uuid:activity_id>/sessions", methods=["POST"])
@routes.access("manager", "facilitator")
@routes.refuses(404, 409)
@routes.arguments(SeriesQuery, location="query")
@routes.arguments(RecurrenceRequest)
@routes.response(200, SeriesSchema)
def sessions_again(
    query: dict[str, Any], body: dict[str, Any], activity_id: UUID
) -> dict[str, Any]:
    """Draft or publish sessions that come again by a rule, or a course; sent again, nothing is made twice."""
    wish = _wish(
        body,
        **{name: body[name] for name in ("capacity", "minimum", "registration", "shape")},
    )
    with transaction() as session:
        made = recur(
            session,
            activity_id,
            wish,
            starts=body["starts"],
            rule=body["rrule"],
            further=body["dates"],
            organisation=organisation_limit(),
            dry_run=query["dry_run"],
        )
    return _answer(made)


@routes.route("/<uuid:activity_id>/appointments", methods=["POST"])
@routes.access("manager", "facilitator")
@routes.refuses(404, 409)
@routes.arguments(SeriesQuery, location="query")
@routes.arguments(AppointmentsRequest)
@routes.response(200, SeriesSchema)
def appointments(query: dict[str, Any], body: dict[str, Any], activity_id: UUID) -> dict[str, Any]:
    """Draft or publish a professional's appointments, one seat each; sent again, nothing is made twice."""
    with transaction() as session:
        made = appoint(
            session,
            activity_id,
            _wish(body, capacity=1),
            _openings(body["hours"]),
            first=body["first"],
            last=body["last"],
            pause=body["pause"],
            organisation=organisation_limit(),
            dry_run=query["dry_run"],
        )
    return _answer(made)


def _wish(body: dict[str, Any], **own: Any) -> Wish:
    common = ("place", "minutes", "room_id", "facilitator", "publish")
    return Wish(
        **{name: body[name] for name in common},
        opens_days_before=body["opens_days_before"],
        closes_hours_before=body["closes_hours_before"],
        excluded=tuple(body["except_"]),
        skips=tuple(body["skip"]),
        skip_taken=body["collisions"] == "skip",
        **own,
    )


def _openings(hours: Sequence[dict[str, Any]]) -> list[Opening]:
    return [
        Opening(
            WEEKDAYS.index(one["weekday"]),
            Hours(_minutes(one["opens"]), _minutes(one["closes"]) or _MIDNIGHT),
        )
        for one in hours
    ]


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def _answer(made: Series) -> dict[str, Any]:
    return {
        "dates": made.dates,
        "left_out": [_not_held(one) for one in made.left_out],
        "school_holidays_known_until": made.school_holidays_known_until,
    }


def _not_held(one: NotHeld) -> dict[str, Any]:
    says = one.says or _SAYS[one.left_out.reason]
    return {
        "local": one.left_out.local,
        "reason": one.left_out.reason,
        "detail": says.in_language(request_language()),
    }
