"""Activity records for the Coop de la médiation numérique."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from flask import Response

from services.reporting.api.organisations import own_organisation
from services.reporting.coop import table
from services.reporting.coop.schemas import (
    RecordQuery,
    RecordsAsked,
    RecordSchema,
    ThemeList,
    ThemesRequest,
)
from services.reporting.db import transaction
from services.reporting.domain import Scope
from services.reporting.operations import coop_records
from shared.web.pagination import cut, page_of, position
from shared.web.routes import Routes

routes = Routes("coop", __name__, url_prefix="/v1/exports/coop")

_STAFF = ("facilitator", "adviser", "manager", "operator")


@routes.route("/activities")
@routes.access(*_STAFF)
@routes.arguments(RecordQuery, location="query")
@routes.response(200, page_of(RecordSchema))
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """A record for each meeting held of digital mediation to which somebody came, by day; exact, for staff.

    Facilitators see their own organisation's. What is digital mediation is said by `PUT /v1/exports/coop/themes`.
    """
    after = position(query["cursor"], date.fromisoformat, UUID)
    with transaction() as session:
        rows = coop_records.list_records(
            session,
            _scope(query),
            as_of=datetime.now(UTC),
            after=(after[0], after[1]) if after else None,
            limit=query["limit"] + 1,
        )
    items, cursor = cut(rows, query["limit"], lambda one: (one["date"].isoformat(), str(one["id"])))
    return {"items": items, "next": cursor}


@routes.route("/activities.csv")
@routes.access(*_STAFF)
@routes.arguments(RecordsAsked, location="query")
@routes.response(200, {"type": "string"}, content_type="text/csv")
def as_table(query: dict[str, Any]) -> Response:
    """The same records as a table: a column for each code that counts people, lists with commas."""
    with transaction() as session:
        rows = coop_records.list_records(session, _scope(query), as_of=datetime.now(UTC))
    response = Response(table.as_csv(rows), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="activites-coop.csv"'
    return response


@routes.route("/themes")
@routes.access("adviser", "manager", "operator")
@routes.response(200, ThemeList)
def themes() -> dict[str, Any]:
    """What each theme is to the Coop: those of all sessions, and those that were named."""
    with transaction() as session:
        return {"items": coop_records.list_themes(session), "next": None}


@routes.route("/themes", methods=["PUT"])
@routes.access("manager")
@routes.arguments(ThemesRequest)
@routes.response(200, ThemeList)
def put_themes(body: dict[str, Any]) -> dict[str, Any]:
    """Say which themes are digital mediation, and by which codes, instead of what was said before."""
    with transaction() as session:
        coop_records.replace_themes(session, body["items"])
        return {"items": coop_records.list_themes(session), "next": None}


def _scope(query: Mapping[str, Any]) -> Scope:
    return Scope(
        since=query["from_"],
        until=query["to"],
        programme=query["programme"],
        organisation=own_organisation(query["organisation"]),
        place=query["place"],
    )
