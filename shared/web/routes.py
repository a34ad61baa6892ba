"""Routes that state who may call them, and a blueprint that writes it all into the OpenAPI document."""

from collections.abc import Callable, Mapping
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar, cast

import flask_smorest
import marshmallow as ma
from apispec import APISpec
from flask import Flask, Request, abort, current_app, g, request
from webargs.flaskparser import FlaskParser
from werkzeug.routing import UnicodeConverter, ValidationError

from shared.auth import ROLES, Caller, Verifier
from shared.errors import Forbidden, Unauthenticated
from shared.web.problems import PROBLEM_JSON, ProblemSchema, reason
from shared.web.rates import Client, PublicRate

View = TypeVar("View", bound=Callable[..., Any])
_BEARER = "staff"
_API_KEY = "client"
# Under this name a service keeps how it knows a program by its key, if it gives out keys.
CLIENT_OF = "arceaux.client_of"


class Api(flask_smorest.Api):  # type: ignore[misc]
    """flask-smorest, with every error a problem document and every route's access in the document."""

    ERROR_SCHEMA = ProblemSchema
    DEFAULT_ERROR_RESPONSE_NAME = None

    def init_app(self, app: Flask, **options: Any) -> None:
        app.url_map.converters.update(default=_PathPart, string=_PathPart)
        super().init_app(app, **options)

    def _register_error_handlers(self) -> None:
        """Errors are ``shared.web.problems``' affair."""

    def _register_responses(self) -> None:
        for status in HTTPStatus:
            if status >= 400:
                self.spec.components.response(
                    _component(status),
                    {
                        "description": reason(status),
                        "content": {PROBLEM_JSON: {"schema": ProblemSchema}},
                    },
                    lazy=True,
                )

    def _init_spec(self, **options: Any) -> None:
        super()._init_spec(**options)
        self.spec.components.security_scheme(
            _BEARER, {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
        )


class _Parser(FlaskParser):
    """Reads JSON bodies and queries; whatever cannot be read is the caller's mistake, never ours."""

    def load_json(self, req: Request, schema: Any) -> Any:
        if not req.is_json and req.get_data(cache=True):
            abort(415)
        try:
            return super().load_json(req, schema)
        except (ValueError, RecursionError):
            # Numbers of thousands of digits, and thousands of brackets within brackets.
            abort(400)

    def pre_load(
        self, location_data: Mapping[str, Any], *, schema: ma.Schema, req: Request, location: str
    ) -> Mapping[str, Any]:
        """Refuse what staff ask for by a name that there is not: a mistyped filter would answer everything.

        The public follows links, to which other programs add parameters of their own.
        """
        if location == "query" and caller() is not None:
            known = {field.data_key or name for name, field in schema.load_fields.items()}
            unknown = {name: ["Unknown field."] for name in location_data if name not in known}
            if unknown:
                raise ma.ValidationError(unknown)
        return super().pre_load(location_data, schema=schema, req=req, location=location)


class _PathPart(UnicodeConverter):
    """A part of a path that storage can hold: with a NUL character, there is nothing at that address."""

    def to_python(self, value: str) -> str:
        if "\x00" in value:
            raise ValidationError
        return value


class Routes(flask_smorest.Blueprint):  # type: ignore[misc]
    """A blueprint whose every route says who may call it (``access``) and what it may refuse."""

    ARGUMENTS_PARSER = _Parser()

    def __init__(self, name: str, import_name: str, **options: Any) -> None:
        super().__init__(name, import_name, **options)
        self._prepare_doc_cbks.append(_document_access)

    # flask-smorest is untyped: these give its decorators the type that mypy needs to see through them.

    def route(self, rule: str, **options: Any) -> Callable[[View], View]:
        return cast("Callable[[View], View]", super().route(rule, **options))

    def arguments(self, schema: Any, **options: Any) -> Callable[[View], View]:
        # An instance made once: webargs would make one of a class at every request.
        schema = schema() if isinstance(schema, type) else schema
        return cast("Callable[[View], View]", super().arguments(schema, **options))

    def doc(self, **options: Any) -> Callable[[View], View]:
        return cast("Callable[[View], View]", super().doc(**options))

    def response(
        self, status_code: int, schema: Any = None, **options: Any
    ) -> Callable[[View], View]:
        return cast("Callable[[View], View]", super().response(status_code, schema, **options))

    @staticmethod
    def access(
        *roles: str, public: bool = False, limited: bool = False, keyed: bool = False
    ) -> Callable[[View], View]:
        """Let ``roles`` in, and everyone when ``public``; ``limited`` bounds how often an address may.

        Where it is ``keyed``, a program may present its API key, and its own limit holds instead.
        The caller, or None for the public, is then :func:`caller`, and the program :func:`client`.
        """
        unknown = set(roles) - set(ROLES)
        if unknown:
            raise ValueError(f"no such role: {', '.join(sorted(unknown))}")

        def decorator(view: View) -> View:
            @wraps(view)
            def guarded(*args: Any, **kwargs: Any) -> Any:
                g.caller, g.client = _identify(), None
                if g.caller is None or g.caller.role not in roles:
                    if not public:
                        raise Forbidden if g.caller else Unauthenticated
                    g.caller = None
                    g.client = _client() if keyed else None
                    if limited:
                        _spend()
                return view(*args, **kwargs)

            access = {"roles": roles, "public": public, "limited": limited, "keyed": keyed}
            _note(guarded, "access", access)
            return cast("View", guarded)

        return decorator

    @staticmethod
    def refuses(*statuses: int) -> Callable[[View], View]:
        """Document the refusals that are this route's own (the usual ones are added by themselves)."""

        def decorator(view: View) -> View:
            _note(view, "refuses", statuses)
            return view

        return decorator


def caller() -> Caller | None:
    """Whoever the token of this request speaks for; None for the public."""
    found: Caller | None = g.caller
    return found


def client() -> Client | None:
    """The program whose API key came with this request; None for everyone else."""
    found: Client | None = g.client
    return found


def staff() -> Caller:
    """The caller of a route that is not public."""
    found = caller()
    if found is None:
        raise Unauthenticated
    return found


def public_rate() -> PublicRate:
    rate: PublicRate = current_app.extensions["arceaux.public_rate"]
    return rate


def _identify() -> Caller | None:
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated
    verifier: Verifier = current_app.extensions["arceaux.verifier"]
    return verifier.verify(token.strip())


def _client() -> Client | None:
    key = request.headers.get("X-API-Key")
    if key is None:
        return None
    found: Client = current_app.extensions[CLIENT_OF](key)
    return found


def _spend() -> None:
    if program := client():
        public_rate().spend_of(program)
    else:
        public_rate().spend(request.remote_addr or "unknown")


def _note(view: Callable[..., Any], name: str, value: Any) -> None:
    """Keep ``value`` where flask-smorest gathers what it will document."""
    view.__dict__["_apidoc"] = {**getattr(view, "_apidoc", {}), name: value}


def _document_access(
    doc: dict[str, Any], doc_info: Mapping[str, Any], *, spec: APISpec, **_: Any
) -> dict[str, Any]:
    """Add security, roles and the refusals that follow from them to one operation."""
    access = doc_info["access"]
    statuses = {503, *doc_info.get("refuses", ())}
    doc["security"] = _security(access, spec)
    if doc["security"]:
        statuses |= {401} if access["public"] else {401, 403}
    if access["roles"]:
        doc["x-roles"] = list(access["roles"])
    doc["x-public"] = access["public"]
    if access["limited"]:
        statuses.add(429)
    if "requestBody" in doc:
        statuses |= {400, 413, 415}
    responses = doc.setdefault("responses", {})
    for status in sorted(statuses):
        responses.setdefault(str(status), _component(status))
    for status, response in responses.items():
        # flask-smorest names those that it adds itself after Python's constants.
        if isinstance(response, str):
            responses[status] = _component(int(status))
    return doc


def _security(access: Mapping[str, Any], spec: APISpec) -> list[dict[str, list[str]]]:
    """By which of these one may come in; the empty one is for those who bring nothing."""
    ways: list[dict[str, list[str]]] = [{_BEARER: []}] if access["roles"] else []
    if access["keyed"]:
        ways.append({_API_KEY: []})
        if _API_KEY not in spec.components.security_schemes:
            scheme = {"type": "apiKey", "in": "header", "name": "X-API-Key"}
            spec.components.security_scheme(_API_KEY, scheme)
    return [*ways, {}] if ways and access["public"] else ways


def _component(status: int) -> str:
    """The name under which the problem document of ``status`` is described."""
    return reason(status).upper().replace(" ", "_").replace("-", "_")
