"""What the caller of a request may see and do here."""

from flask import request

from services.registrations.operations.staff.audit import Actor
from services.registrations.operations.staff.scope import Scope
from shared.errors import Forbidden
from shared.web.routes import caller, staff

DESK = ("adviser", "manager")
STAFF = ("facilitator", *DESK)


def organisation_limit() -> str | None:
    """The organisation that a facilitator is kept to; None for whoever may see all.

    Raises:
        Forbidden: a facilitator's token that names no organisation.
    """
    found = caller()
    if found is None or found.role != "facilitator":
        return None
    if found.organisation is None:
        raise Forbidden
    return found.organisation


def scope() -> Scope:
    """Whose data the member of staff who calls may see. Managers know discreet programmes by numbers only.

    Raises:
        Forbidden: a facilitator's token that names no organisation.
    """
    return Scope(organisation_limit(), staff().advised)


def actor() -> Actor | None:
    """Who is to be put on record for what this request does; None for the public."""
    member = caller()
    if member is None:
        return None
    request_id = request.environ["arceaux.request_id"]
    return Actor(member.subject, member.role, member.organisation, request_id)
