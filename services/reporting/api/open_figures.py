"""The figures that everyone may read."""

from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from services.reporting.broker import RELEASE, hurry
from services.reporting.db import transaction
from services.reporting.operations import releases
from services.reporting.refusals import OnlyWholeReleases
from services.reporting.schemas.open_figures import (
    OpenAnswer,
    OpenQuery,
    ReleaseAsked,
    ReleaseSchema,
)
from shared.db import after_commit
from shared.web.pagination import PageQuery, cut, page_of, position
from shared.web.routes import Routes

routes = Routes("public", __name__, url_prefix="/v1/public")


@routes.route("/indicators")
@routes.access(public=True)
@routes.arguments(OpenQuery, location="query")
@routes.response(200, OpenAnswer)
def shown(query: dict[str, Any]) -> dict[str, Any]:
    """The last release of open figures. What is about fewer than 11 people, or would tell it, is null.

    Figures are released now and then, never live: they would tell of everyone who comes or goes. What is null
    for that reason is named under `withheld`. Before the first release, everything is.
    """
    with transaction() as session:
        release = releases.last_release(session)
    grouping = query["group_by"]
    if release is None or release.figures is None:
        return {"items": [], "total": releases.nothing_told(), "next": None}
    figures = release.figures
    since, until = (figures[end] and date.fromisoformat(figures[end]) for end in ("from", "to"))
    _check_period(query, since, until)
    return {
        "items": figures["groups"][grouping] if grouping else [],
        "total": figures["total"],
        "next": None,
        "release": release.number,
        "as_of": release.made_at,
        "from_": since,
        "to": until,
        "threshold": release.threshold,
        "definitions_version": release.definitions_version,
    }


@routes.route("/releases")
@routes.access(public=True)
@routes.arguments(PageQuery, location="query")
@routes.response(200, page_of(ReleaseSchema))
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """The releases made, the last first."""
    before = position(query["cursor"], int)
    with transaction() as session:
        rows = releases.list_releases(
            session, before=before[0] if before else None, limit=query["limit"] + 1
        )
        items, cursor = cut(rows, query["limit"], lambda one: (one.number,))
        return {
            "items": [
                {"number": one.number, "made_at": one.made_at, "threshold": one.threshold}
                for one in items
            ],
            "next": cursor,
        }


@routes.route("/releases", methods=["POST"])
@routes.access("manager")
@routes.response(202, ReleaseAsked)
def ask() -> dict[str, UUID]:
    """Have the open figures released anew. It takes a moment; asking twice asks once."""
    with transaction() as session:
        release_id = releases.ask_release(session)
        after_commit(session, partial(hurry, RELEASE, release_id))
    return {"id": release_id}


def _check_period(query: dict[str, Any], since: date | None, until: date | None) -> None:
    """Raises OnlyWholeReleases: the period asked for leaves some of the release out."""
    if since is None or until is None:
        return
    if (query["from_"] or since) > since or (query["to"] or until) < until:
        raise OnlyWholeReleases(since=since, until=until)
