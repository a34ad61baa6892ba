"""Staff sign in, stay signed in, sign out, and choose their password."""

from typing import Any
from uuid import UUID

from services.registrations.api.tokens import network_address, tokens_of
from services.registrations.db import database, transaction
from services.registrations.models import Staff
from services.registrations.operations.staff import accounts, sign_in
from services.registrations.refusals import NoAccount
from services.registrations.schemas.staff import (
    FirstPassword,
    InvitationSchema,
    PasswordChange,
    RefreshRequest,
    SignInRequest,
    TokensSchema,
)
from shared.auth import STAFF_ROLES
from shared.web.routes import Routes, staff

routes = Routes("sign-in", __name__, url_prefix="/v1/staff")


@routes.route("/sign-in", methods=["POST"])
@routes.access(public=True, limited=True)
@routes.refuses(401)
@routes.arguments(SignInRequest)
@routes.response(200, TokensSchema)
def enter(body: dict[str, Any]) -> dict[str, Any]:
    """Sign in with a password. After some failures one has to wait, longer each time."""
    return tokens_of(sign_in.sign_in(database, **body, address=network_address()))


@routes.route("/refresh", methods=["POST"])
@routes.access(public=True, limited=True)
@routes.refuses(401)
@routes.arguments(RefreshRequest)
@routes.response(200, TokensSchema)
def refresh(body: dict[str, Any]) -> dict[str, Any]:
    """The next tokens. A refresh token is good once: a second use ends the sign-in it belongs to."""
    return tokens_of(sign_in.refresh(database, body["refresh_token"]))


@routes.route("/sign-out", methods=["POST"])
@routes.access(public=True, limited=True)
@routes.arguments(RefreshRequest)
@routes.response(204)
def leave(body: dict[str, Any]) -> None:
    """Sign out: the refresh token is not good any more. A second call changes nothing."""
    with transaction() as session:
        sign_in.sign_out(session, body["refresh_token"])


@routes.route("/password", methods=["POST"])
@routes.access(*STAFF_ROLES)
@routes.refuses(401)
@routes.arguments(PasswordChange)
@routes.response(200, TokensSchema)
def change_password(body: dict[str, Any]) -> dict[str, Any]:
    """Change one's own password; every other sign-in of the account ends."""
    return tokens_of(
        sign_in.change_password(
            database,
            _own_id(),
            current=body["current_password"],
            new=body["new_password"],
            address=network_address(),
        )
    )


@routes.route("/invitations/<token>")
@routes.access(public=True, limited=True)
@routes.refuses(404)
@routes.response(200, InvitationSchema)
def invitation(token: str) -> Staff:
    """Whom an invitation is for, as long as it is good."""
    with transaction() as session:
        return accounts.invited(session, token)


@routes.route("/invitations/<token>", methods=["POST"])
@routes.access(public=True, limited=True)
@routes.refuses(404)
@routes.arguments(FirstPassword)
@routes.response(200, TokensSchema)
def accept_invitation(body: dict[str, Any], token: str) -> dict[str, Any]:
    """Set the first password, or a new one in place of a forgotten one, and sign in."""
    with transaction() as session:
        signed_in = accounts.accept_invitation(session, token, body["password"])
    return tokens_of(signed_in)


def _own_id() -> UUID:
    kind, _, identity = staff().subject.partition(":")
    try:
        own = UUID(identity)
    except ValueError:
        raise NoAccount from None
    if kind != "staff":
        raise NoAccount
    return own
