"""Signing in with an identity of the City's, or of whoever else issues them."""

from typing import TYPE_CHECKING, Any

import marshmallow as ma
from flask import current_app, redirect, request

from services.registrations.api.tokens import tokens_of
from services.registrations.db import transaction
from services.registrations.operations.staff import identities
from services.registrations.refusals import NotKnownHere
from services.registrations.schemas.staff import TokensSchema
from shared.errors import NotFound
from shared.web.fields import Words
from shared.web.routes import Routes

if TYPE_CHECKING:
    from services.registrations.oidc import Issuer

PATH = "/v1/staff/oidc"

routes = Routes("oidc", __name__, url_prefix=PATH)

_COOKIE = "arceaux_oidc"


class CallbackQuery(ma.Schema):
    """What the issuer sends back: a code, or an error; and what else it likes."""

    class Meta:
        unknown = ma.EXCLUDE

    state = Words(most=200, blank=True, load_default="")
    code = Words(most=4000, load_default=None)
    error = Words(most=200, load_default=None)
    iss = Words(most=2000, load_default=None)


@routes.route("/start")
@routes.access(public=True, limited=True)
@routes.refuses(404)
@routes.response(302)
def start() -> Any:
    """Send the browser to the issuer, to come back to `callback` within ten minutes."""
    issuer = _issuer()
    with transaction() as session:
        state, attempt = identities.begin_attempt(session)
    url = issuer.authorization_url(
        state=state, nonce=attempt.nonce, code_verifier=attempt.code_verifier
    )
    answer = redirect(url)
    # Who comes back must be who was sent: a stranger's link would sign one in as the stranger.
    answer.set_cookie(
        _COOKIE,
        state,
        max_age=identities.PATIENCE,
        path=PATH,
        secure=current_app.extensions["arceaux.settings"].public_url.startswith("https:"),
        httponly=True,
        samesite="Lax",
    )
    return answer


@routes.route("/callback")
@routes.access(public=True, limited=True)
@routes.refuses(401, 404)
@routes.arguments(CallbackQuery, location="query")
@routes.response(200, TokensSchema)
def callback(query: dict[str, Any]) -> dict[str, Any]:
    """Sign in the one whom the issuer vouches for, if an account was made for them."""
    issuer = _issuer()
    if query["state"] != request.cookies.get(_COOKIE):
        raise NotKnownHere
    with transaction() as session:
        attempt = identities.take_attempt(session, query["state"])
    # RFC 9207: an issuer that names itself must be the one that was asked.
    named = (query["iss"] or issuer.settings.issuer).rstrip("/") == issuer.settings.issuer
    if attempt is None or query["error"] or query["code"] is None or not named:
        raise NotKnownHere
    identity = issuer.identity(
        code=query["code"], nonce=attempt.nonce, code_verifier=attempt.code_verifier
    )
    with transaction() as session:
        signed_in = identities.sign_in_as(
            session,
            issuer=identity.issuer,
            subject=identity.subject,
            email=identity.email,
            roles=identity.roles,
        )
    return tokens_of(signed_in)


def _issuer() -> "Issuer":
    issuer: Issuer | None = current_app.extensions["arceaux.oidc"]
    if issuer is None:
        raise NotFound
    return issuer
