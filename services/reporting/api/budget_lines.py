"""What the place costs, by year."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import abort, request
from sqlalchemy.orm import Session

from services.reporting.budget import files
from services.reporting.budget.schemas import LineAnswer, LineQuery, LinesKept, LinesRequest
from services.reporting.db import transaction
from services.reporting.operations import budget_lines
from shared.errors import Text
from shared.web.pagination import cut, page_of, position
from shared.web.problems import request_language
from shared.web.routes import Routes

routes = Routes("budget", __name__, url_prefix="/v1/budget-lines")

_NOT_THIS_TYPE = Text("Send the file as text/csv.", "Envoyez le fichier en text/csv.")


@routes.route("")
@routes.access("adviser", "manager", "operator")
@routes.arguments(LineQuery, location="query")
@routes.response(200, page_of(LineAnswer))
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """The budget lines."""
    after = position(query["cursor"], UUID)
    with transaction() as session:
        rows = budget_lines.list_lines(
            session,
            place=query["place"],
            programme=query["programme"],
            year=query["year"],
            after=after[0] if after else None,
            limit=query["limit"] + 1,
        )
        items, cursor = cut(rows, query["limit"], lambda one: (str(one.id),))
        return {"items": items, "next": cursor}


@routes.route("", methods=["PUT"])
@routes.access("manager")
@routes.arguments(LinesRequest)
@routes.response(200, LinesKept)
def put(body: dict[str, Any]) -> dict[str, Any]:
    """All budget lines of a place and a year, instead of those there were."""
    of = {"place": body["place"], "year": body["year"]}
    with transaction() as session:
        budget_lines.clear_lines(session, (body["place"], body["year"]))
        lines = [{**of, **line} for line in body["items"]]
        kept = budget_lines.replace_lines(session, lines)
        named = {
            "place": ("place", body["place"]),
            **{
                f"items.{number}.programme": ("programme", line["programme"])
                for number, line in enumerate(lines)
            },
        }
        return {"lines": kept, "warnings": _warnings(session, named)}


@routes.route("/import", methods=["POST"])
@routes.access("manager")
@routes.refuses(413, 415, 422)
@routes.doc(
    requestBody={
        "required": True,
        "description": "CSV with a header: `place`, `year`, `programme`, `kind` (running, investment), `label`,"
        " `amount` (euros) and `write_off_years`, or in French `lieu`, `année`, `dispositif`, `nature`"
        " (fonctionnement, investissement), `libellé`, `montant`, `amortissement`.",
        "content": {"text/csv": {"schema": {"type": "string"}}},
    }
)
@routes.response(200, LinesKept)
def import_file() -> dict[str, Any]:
    """Budget lines from a file, instead of those of the places and years that it names: all of them, or none."""
    if request.mimetype != "text/csv":
        abort(415, description=_NOT_THIS_TYPE.in_language(request_language()))
    lines = files.read_lines(request.get_data(cache=False))
    with transaction() as session:
        kept = budget_lines.replace_lines(session, list(lines.values()))
        named = {
            f"line {number}.{kind}": (kind, line[kind])
            for number, line in lines.items()
            for kind in ("place", "programme")
        }
        return {"lines": kept, "warnings": _warnings(session, named)}


def _warnings(session: Session, named: Mapping[str, budget_lines.Named]) -> list[dict[str, str]]:
    language = request_language()
    unheard = budget_lines.unheard_of(session, named)
    return [{"field": field, "says": said.in_language(language)} for field, said in unheard.items()]
