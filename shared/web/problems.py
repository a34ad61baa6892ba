"""Every error becomes an RFC 9457 problem document here, in the language the client asked for."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import marshmallow as ma
import psycopg
from flask import Flask, Response, current_app, request
from psycopg.errors import DeadlockDetected
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from shared.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Refusal,
    Text,
    TooMany,
    Unauthenticated,
    Unavailable,
)
from shared.i18n import preferred_language
from shared.validation import flatten, in_french

log = logging.getLogger(__name__)

PROBLEM_JSON = "application/problem+json"
_TYPE_PREFIX = "urn:arceaux:problem:"

_STATUS: Mapping[type[Refusal], int] = {
    Invalid: 422,
    NotFound: 404,
    Conflict: 409,
    Forbidden: 403,
    Unauthenticated: 401,
    TooMany: 429,
    Unavailable: 503,
}
# Seconds.
_RETRY_AFTER: Mapping[int, str] = {429: "60", 503: "2"}
_TITLES: Mapping[int, Text] = {
    400: Text("The request cannot be read", "La demande est illisible"),
    401: Text("Sign in first", "Identification nécessaire"),
    403: Text("Not allowed", "Action non autorisée"),
    404: Text("Not found", "Introuvable"),
    405: Text("This method does not exist here", "Cette méthode n'existe pas ici"),
    409: Text("Not possible at present", "Impossible dans l'état actuel"),
    413: Text("The request is too large", "La demande est trop volumineuse"),
    415: Text("This format is not accepted", "Ce format n'est pas accepté"),
    422: Text("Some fields need to be corrected", "Certains champs sont à corriger"),
    429: Text("Too many requests", "Trop de demandes"),
    500: Text("Something went wrong on our side", "Une erreur est survenue de notre côté"),
    503: Text("Unavailable for a moment", "Momentanément indisponible"),
}
_PHRASES: Mapping[int, str] = {
    413: "Content Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
}
_UNAVAILABLE = Text(
    "The storage cannot be reached for a moment. Nothing was lost: please send the request again.",
    "Le stockage est momentanément injoignable. Rien n'est perdu : renvoyez la demande.",
)
_CROSSED = Text(
    "Someone else was changing the same thing at this moment. Nothing was done: please send the request again.",
    "Quelqu'un d'autre modifiait la même chose à cet instant. Rien n'a été fait : renvoyez la demande.",
)
_UNEXPECTED = Text(
    "The error is recorded under the request id.",
    "L'erreur est enregistrée sous l'identifiant de la demande.",
)
# What happens before a route is reached, in our words rather than the framework's.
_DETAILS: Mapping[int, Text] = {
    400: Text(
        "The body is not valid JSON, or not the JSON object expected here.",
        "Le corps n'est pas du JSON valable, ou pas l'objet JSON attendu ici.",
    ),
    404: NotFound.says,
    405: Text(
        "What there is at this address cannot be asked for in this way: see `Allow`.",
        "Ce qui est à cette adresse ne se demande pas ainsi : voyez « Allow ».",
    ),
    413: Text(
        "More was sent than is read here.",
        "L'envoi dépasse la taille acceptée ici.",
    ),
    415: Text(
        "A body in JSON is expected here, and a `Content-Type` that says so.",
        "Un corps en JSON est attendu ici, avec un « Content-Type » qui le dit.",
    ),
}


class ProblemSchema(ma.Schema):
    """RFC 9457 problem document."""

    type = ma.fields.String(required=True, metadata={"format": "uri-reference"})
    title = ma.fields.String(required=True)
    status = ma.fields.Integer(required=True)
    detail = ma.fields.String()
    instance = ma.fields.String(metadata={"description": "The request id."})
    errors = ma.fields.Dict(
        metadata={"description": "For validation: field name → what is wrong with it."}
    )


def register_problems(app: Flask) -> None:
    """Make ``app`` answer every refusal, HTTP error and failure with a problem document."""
    app.register_error_handler(Refusal, _refusal)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(OperationalError, _storage_away)
    app.register_error_handler(psycopg.OperationalError, _storage_away)
    app.register_error_handler(psycopg.DataError, _data_refused)
    app.register_error_handler(DataError, _data_refused)
    app.register_error_handler(PoolTimeout, _storage_away)
    app.register_error_handler(DBAPIError, _storage_failure)
    app.register_error_handler(Exception, _unexpected)


def problem(
    status: int, slug: str, detail: str | None = None, errors: Mapping[str, Any] | None = None
) -> Response:
    """A problem document as a response."""
    language = request_language()
    title = _TITLES.get(status)
    body: dict[str, Any] = {
        "type": _TYPE_PREFIX + slug,
        "title": title.in_language(language) if title else reason(status),
        "status": status,
    }
    if detail:
        body["detail"] = detail
    if errors:
        body["errors"] = errors
    if request_id := request.environ.get("arceaux.request_id"):
        body["instance"] = f"urn:request:{request_id}"
    # A field's name may come from the request, and hold what UTF-8 cannot.
    text = current_app.json.dumps(body).encode(errors="replace")
    response = current_app.response_class(text, status=status, mimetype=PROBLEM_JSON)
    response.headers["Content-Language"] = language
    return response


def reason(status: int) -> str:
    """The phrase of RFC 9110 for ``status``, also where Python (before 3.13) still has an older one."""
    return _PHRASES.get(status) or HTTPStatus(status).phrase


def request_language(*, otherwise: str = "en") -> str:
    """The language in which to answer this request; ``otherwise`` when it wishes for none that there is."""
    return preferred_language(request.headers.get("Accept-Language"), default=otherwise)


def _refusal(error: Refusal) -> Response:
    status = next(code for kind, code in _STATUS.items() if isinstance(error, kind))
    language = request_language()
    errors = {
        field: [text.in_language(language) for text in texts]
        for field, texts in error.errors.items()
    }
    response = problem(status, error.slug, error.text.in_language(language), errors)
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if status in _RETRY_AFTER:
        response.headers["Retry-After"] = _RETRY_AFTER[status]
    return response


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    messages = getattr(error, "data", {}).get("messages")
    if status == 422 and messages is not None:
        return _invalid(messages)
    ours = _DETAILS.get(status) if _says_nothing_of_its_own(error) else None
    detail = ours.in_language(request_language()) if ours else error.description
    slug = reason(status).lower().replace(" ", "-")
    response = problem(status, slug, detail)
    for name, value in error.get_headers(request.environ):
        if name in ("Allow", "Retry-After", "Location"):
            response.headers[name] = value
    return response


def _says_nothing_of_its_own(error: HTTPException) -> bool:
    return error.code == 400 or error.description == type(error).description


def _invalid(messages: Mapping[str, Any]) -> Response:
    """marshmallow's nested messages, flattened to ``participant.email`` → ``[message, …]``."""
    language = request_language()
    errors: dict[str, list[str]] = {}
    for location in messages.values():
        for field, says in flatten(location):
            errors.setdefault(field or "body", []).append(
                in_french(says) if language == "fr" else says
            )
    return problem(422, Invalid.slug, Invalid.says.in_language(language), errors)


def _storage_away(error: Exception) -> Response:
    if isinstance(getattr(error, "orig", error), DeadlockDetected):
        return _crossed()
    log.warning("storage_unavailable", extra={"reason": type(error).__name__})
    response = problem(503, "unavailable", _UNAVAILABLE.in_language(request_language()))
    response.headers["Retry-After"] = _RETRY_AFTER[503]
    return response


def _crossed() -> Response:
    """Two requests waited for one another, and the database let the other one go on."""
    log.info("crossed")
    response = problem(409, "crossed", _CROSSED.in_language(request_language()))
    response.headers["Retry-After"] = "1"
    return response


def _storage_failure(error: DBAPIError) -> Response:
    if error.connection_invalidated:
        return _storage_away(error)
    return _unexpected(error)


def _data_refused(_error: Exception) -> Response:
    """A value that no column can hold, such as a NUL character: a schema let it through, yet it is the caller's."""
    return problem(422, Invalid.slug, Invalid.says.in_language(request_language()))


def _unexpected(error: Exception) -> Response:
    log.error("unexpected_error", exc_info=error)
    return problem(500, "unexpected", _UNEXPECTED.in_language(request_language()))
