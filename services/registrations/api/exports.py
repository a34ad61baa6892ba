"""The offer for national directories: data·inclusion, and the places of digital mediation."""

from flask import Response, current_app

from services.registrations.db import transaction
from services.registrations.operations.offer.listing import list_places, offered_now
from services.registrations.publishing import data_inclusion, digital_mediation
from shared.web.caching import NOT_CHANGED, cacheable
from shared.web.routes import Routes

routes = Routes("exports", __name__, url_prefix="/v1/exports")

_JSON, _CSV = "application/json", "text/csv"
_ROWS = {"type": "array", "items": {"type": "object"}}
_SECONDS = 3600


@routes.route("/data-inclusion/structures.json")
@routes.access(public=True)
@routes.doc(responses=NOT_CHANGED)
@routes.response(200, _ROWS)
def data_inclusion_structures() -> Response:
    """The places, and the organisations with something on offer, in the schema of data·inclusion v1."""
    with transaction() as session:
        places, offered = list_places(session), offered_now(session)
    return _json(data_inclusion.structures(places, offered))


@routes.route("/data-inclusion/services.json")
@routes.access(public=True)
@routes.doc(responses=NOT_CHANGED)
@routes.response(200, _ROWS)
def data_inclusion_services() -> Response:
    """What one can sign up for or will be able to, in the schema of data·inclusion v1."""
    with transaction() as session:
        offered = offered_now(session)
    public_url = current_app.extensions["arceaux.settings"].public_url
    return _json(data_inclusion.services(offered, public_url=public_url))


@routes.route("/lieux-mediation-numerique.json")
@routes.access(public=True)
@routes.doc(responses=NOT_CHANGED)
@routes.response(200, _ROWS)
def digital_mediation_json() -> Response:
    """The places of digital mediation in the national schema v1.0.2, as JSON objects of its columns."""
    with transaction() as session:
        places = list_places(session)
    return _json(digital_mediation.places_as_rows(places))


@routes.route("/lieux-mediation-numerique.csv")
@routes.access(public=True)
@routes.doc(responses=NOT_CHANGED)
@routes.response(200, {"type": "string"}, content_type=_CSV)
def digital_mediation_csv() -> Response:
    """The places of digital mediation in the national schema v1.0.2, as its table."""
    with transaction() as session:
        places = list_places(session)
    text = digital_mediation.places_as_csv(places)
    return cacheable(
        text.encode(),
        f"{_CSV}; charset=utf-8",
        seconds=_SECONDS,
        filename="lieux-mediation-numerique.csv",
    )


def _json(rows: object) -> Response:
    return cacheable(current_app.json.dumps(rows).encode(), _JSON, seconds=_SECONDS)
