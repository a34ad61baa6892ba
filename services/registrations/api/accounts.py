"""The accounts of staff, kept by managers."""

from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy.orm import Session as Transaction

from services.registrations.api.caller import actor
from services.registrations.db import transaction
from services.registrations.models import Staff
from services.registrations.operations.staff import accounts, audit
from services.registrations.schemas.staff import (
    InvitedSchema,
    StaffChange,
    StaffInvitation,
    StaffQuery,
    StaffSchema,
)
from shared.web.pagination import cut, page_of, position
from shared.web.routes import Routes

routes = Routes("staff", __name__, url_prefix="/v1/staff")


@routes.route("")
@routes.access("manager")
@routes.arguments(StaffQuery, location="query")
@routes.response(200, page_of(StaffSchema))
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """The accounts, in the order of their making."""
    after = position(query["cursor"], UUID)
    with transaction() as session:
        rows = accounts.list_accounts(
            session,
            email=query["email"],
            after=after[0] if after else None,
            limit=query["limit"] + 1,
        )
        audit.record(session, actor(), "read", "staff")
    items, following = cut(rows, query["limit"], lambda row: (row.id,))
    return {"items": items, "next": following}


@routes.route("", methods=["POST"])
@routes.access("manager")
@routes.refuses(409)
@routes.arguments(StaffInvitation)
@routes.response(201, InvitedSchema)
def invite(body: dict[str, Any]) -> dict[str, Any]:
    """Make an account; the link in the answer, good once and for 72 hours, lets its owner choose a password."""
    with transaction() as session:
        staff, secret = accounts.invite(session, **body)
        return _invited(session, staff, secret)


@routes.route("/<uuid:staff_id>/invitation", methods=["POST"])
@routes.access("manager")
@routes.refuses(404, 409)
@routes.response(200, InvitedSchema)
def invite_again(staff_id: UUID) -> dict[str, Any]:
    """A new link: for one that was lost, or a password that is forgotten. The earlier link is void."""
    with transaction() as session:
        staff, secret = accounts.invite_again(session, staff_id)
        return _invited(session, staff, secret)


@routes.route("/<uuid:staff_id>")
@routes.access("manager")
@routes.refuses(404)
@routes.response(200, StaffSchema)
def shown(staff_id: UUID) -> Staff:
    """One account."""
    with transaction() as session:
        audit.record(session, actor(), "read", "staff", staff_id)
        return accounts.find_account(session, staff_id)


@routes.route("/<uuid:staff_id>", methods=["PATCH"])
@routes.access("manager")
@routes.refuses(404, 409)
@routes.arguments(StaffChange)
@routes.response(200, StaffSchema)
def change(body: dict[str, Any], staff_id: UUID) -> Staff:
    """Change what someone may do, keep them out, or let them in again."""
    with transaction() as session:
        audit.record(session, actor(), "change", "staff", staff_id)
        return accounts.change_account(session, staff_id, body)


def _invited(session: Transaction, staff: Staff, secret: str) -> dict[str, Any]:
    audit.record(session, actor(), "invite", "staff", staff.id)
    public_url = current_app.extensions["arceaux.settings"].public_url
    return {
        "staff": staff,
        "invitation_url": accounts.invitation_url(public_url, secret),
        "invitation_expires_at": staff.invitation_expires_at,
    }
