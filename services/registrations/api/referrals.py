"""Referrals to partner institutions: kept by advisers, each of the programmes they advise."""

from typing import Any
from uuid import UUID

from services.registrations.api.caller import actor, scope
from services.registrations.db import transaction
from services.registrations.models import Referral
from services.registrations.operations.held import referrals
from services.registrations.operations.staff import audit
from services.registrations.schemas.referrals import (
    ReferralChange,
    ReferralQuery,
    ReferralRequest,
    ReferralSchema,
)
from shared.web.pagination import cut, page_of, position
from shared.web.routes import Routes, staff

routes = Routes("referrals", __name__, url_prefix="/v1/referrals")


@routes.route("")
@routes.access("adviser")
@routes.arguments(ReferralQuery, location="query")
@routes.response(200, page_of(ReferralSchema))
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """Referrals, of discreet programmes those that the adviser advises."""
    after = position(query["cursor"], UUID)
    with transaction() as session:
        rows = referrals.list_referrals(
            session,
            scope(),
            participant=query["participant"],
            programme=query["programme"],
            partner=query["partner"],
            status=query["status"],
            after=after[0] if after else None,
            limit=query["limit"] + 1,
        )
        audit.record(session, actor(), "read", "referrals", participant=query["participant"])
    items, following = cut(rows, query["limit"], lambda referral: (referral.id,))
    return {"items": items, "next": following}


@routes.route("", methods=["POST"])
@routes.access("adviser")
@routes.arguments(ReferralRequest)
@routes.response(201, ReferralSchema)
def create(body: dict[str, Any]) -> Referral:
    """Direct a person to a partner institution."""
    with transaction() as session:
        referral = referrals.open_referral(
            session,
            referrals.NewReferral(**body),
            opened_by=staff().subject,
            scope=scope(),
        )
        _record(session, "create", referral)
        return referral


@routes.route("/<uuid:referral_id>")
@routes.access("adviser")
@routes.refuses(404)
@routes.response(200, ReferralSchema)
def shown(referral_id: UUID) -> Referral:
    """One referral as it stands."""
    with transaction() as session:
        referral = referrals.find_referral(session, referral_id, scope())
        _record(session, "read", referral)
        return referral


@routes.route("/<uuid:referral_id>", methods=["PATCH"])
@routes.access("adviser")
@routes.refuses(404, 409)
@routes.arguments(ReferralChange)
@routes.response(200, ReferralSchema)
def change(body: dict[str, Any], referral_id: UUID) -> Referral:
    """Note what the partner decided, or correct what was asked."""
    with transaction() as session:
        referral = referrals.change_referral(
            session, referral_id, body, changed_by=staff().subject, scope=scope()
        )
        _record(session, "change", referral)
        return referral


def _record(session: Any, verb: str, referral: Referral) -> None:
    audit.record(
        session, actor(), verb, "referral", referral.id, participant=referral.participant_id
    )
