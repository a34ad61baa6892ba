"""The open figures as data sets, and their catalogue."""

import json
from typing import Any

from flask import Response, request

from services.reporting.db import transaction
from services.reporting.models import PublicRelease
from services.reporting.open_data import catalogue, data_sets
from services.reporting.operations.releases import last_release
from services.reporting.settings import own_public_url
from shared.i18n import preferred_language
from shared.web.caching import NOT_CHANGED, cacheable
from shared.web.routes import Routes

routes = Routes("open-data", __name__, url_prefix="/v1/open-data")

_LD, _JSON, _CSV = "application/ld+json", "application/json", "text/csv; charset=utf-8"
_OBJECT = {"type": "object"}
_HTML = {"schema": {"type": "string"}, "content_type": "text/html"}


@routes.route("")
@routes.access(public=True)
@routes.doc(responses=NOT_CHANGED)
@routes.response(200, _OBJECT, content_type=_LD)
@routes.alt_response(200, **_HTML, description="A page, for whoever asks for one.")  # type: ignore[untyped-decorator]
def shown() -> Response:
    """The catalogue: DCAT as JSON-LD, or a page to a browser. Empty before the first release."""
    best = request.accept_mimetypes.best_match([_LD, _JSON, "text/html"], default=_LD)
    if best == "text/html":
        language = _language()
        page = catalogue.as_page(_last(), language, _address)
        answer = cacheable(page.encode(), "text/html; charset=utf-8", language=language)
    else:
        answer = _json(catalogue.as_dcat(_last(), _here(), _address), _LD)
    answer.vary.add("Accept")
    return answer


@routes.route("/datapackage.json")
@routes.access(public=True)
@routes.doc(responses=NOT_CHANGED)
@routes.response(200, _OBJECT)
def data_package() -> Response:
    """Every data set with its dictionary, as a Data Package (Frictionless Data)."""
    language = _language()
    return _json(catalogue.as_data_package(_last(), language, _address), language=language)


@routes.route("/<string:name>.schema.json")
@routes.access(public=True)
@routes.refuses(404)
@routes.doc(responses=NOT_CHANGED)
@routes.response(200, _OBJECT)
def dictionary(name: str) -> Response:
    """What the columns of a data set are and mean, as a Table Schema (Frictionless Data)."""
    language = _language()
    found = data_sets.find_data_set(_last(), name)
    return _json(data_sets.table_schema(found, language), language=language)


@routes.route("/<string:name>.json")
@routes.access(public=True)
@routes.refuses(404)
@routes.doc(responses=NOT_CHANGED)
@routes.response(200, _OBJECT)
def as_json(name: str) -> Response:
    """A data set of the last release: rows, and what they are of."""
    return _json(data_sets.as_json(data_sets.find_data_set(_last(), name)))


@routes.route("/<string:name>.csv")
@routes.access(public=True)
@routes.refuses(404)
@routes.doc(responses=NOT_CHANGED)
@routes.response(200, {"type": "string"}, content_type="text/csv")
def as_csv(name: str) -> Response:
    """A data set of the last release, as a table (RFC 4180, UTF-8)."""
    text = data_sets.as_csv(data_sets.find_data_set(_last(), name))
    return cacheable(text.encode(), _CSV, filename=f"{name}.csv")


def _last() -> PublicRelease | None:
    with transaction() as session:
        return last_release(session)


def _language() -> str:
    return preferred_language(request.headers.get("Accept-Language"), default="fr")


def _here() -> str:
    return f"{own_public_url()}{routes.url_prefix}"


def _address(name: str, ending: str) -> str:
    return f"{_here()}/{name}.{ending}"


def _json(document: dict[str, Any], media: str = _JSON, *, language: str | None = None) -> Response:
    text = json.dumps(document, ensure_ascii=False)
    return cacheable(text.encode(), media, language=language)
