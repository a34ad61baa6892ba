"""Who is asking, for routes of those who speak with people."""

from flask import request

from services.notifications.operations.audit import Actor
from services.notifications.operations.scope import Scope
from shared.web.routes import staff

DESK = ("adviser", "manager")


def actor() -> Actor:
    """The member of staff who asks, as the trail names them."""
    member = staff()
    return Actor(member.subject, member.role, request.environ["arceaux.request_id"])


def scope() -> Scope:
    """Which messages the member of staff who asks may see."""
    return Scope(staff().advised)
