"""What waits to be told to a person who comes to the desk, and that they were told."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.notifications.api.caller import DESK, actor
from services.notifications.db import database, transaction
from services.notifications.delivery import in_own_words, kinds_told, parcel_of
from services.notifications.domain.written import Written
from services.notifications.models import Notification
from services.notifications.operations import audit, desk
from services.notifications.operations.claim import Claim
from services.notifications.operations.templates import words_for
from services.notifications.rendering.spoken import spoken
from services.notifications.schemas import DeskItemSchema, DeskQuery, ToldHereSchema
from services.notifications.settings import author
from shared.web.pagination import cut, page_of, position
from shared.web.problems import request_language
from shared.web.routes import Routes

routes = Routes("desk", __name__, url_prefix="/v1/desk")


@routes.route("")
@routes.access(*DESK)
@routes.arguments(DeskQuery, location="query")
@routes.response(200, page_of(DeskItemSchema))
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """What waits to be told to a person, the oldest first, calls and letters to them included.

    As a page to hand over, each is at `/v1/notifications/{id}/letter.pdf`. Who looks is put on record.
    """
    after = position(query["cursor"], UUID)
    with transaction() as session:
        rows = desk.list_at_desk(
            session,
            query["participant"],
            after=after[0] if after else None,
            limit=query["limit"] + 1,
        )
        page, following = cut(rows, query["limit"], lambda one: (one.tellings[0].notification.id,))
        shown = [one.tellings[0].notification.id for one in page]
        audit.record(session, actor(), "desk-list", shown)
        own_words = words_for(session, {key for one in page for key in kinds_told(one)})
    return {"items": [_item(one, own_words) for one in page], "next": following}


@routes.route("/<uuid:notification_id>/handed-over", methods=["POST"])
@routes.access(*DESK)
@routes.refuses(404, 409)
@routes.response(200, ToldHereSchema)
def handed_over(notification_id: UUID) -> Notification:
    """The person was told at the desk: nobody calls or writes about it any more. Said again, nothing changes."""
    with transaction() as session:
        notification = desk.hand_over_at_desk(session, notification_id)
        audit.record(session, actor(), "hand-over", [notification_id])
        return notification


def _item(claim: Claim, own_words: Mapping[tuple[str, str], Written]) -> dict[str, Any]:
    by = author()
    place = by.sender.display_name
    parcel = parcel_of(claim, by.public_url, phone=by.phone)
    abouts = in_own_words(database, parcel, claim, own_words, place).abouts
    notification = claim.tellings[0].notification
    return {
        "id": notification.id,
        "kind": notification.kind,
        "channel": notification.channel,
        "registration_id": notification.registration_id,
        "created_at": notification.created_at,
        "language": notification.language,
        "words": spoken(abouts, place=place, language=notification.language),
        "meaning": spoken(abouts, place=place, language=request_language(otherwise="fr")),
    }
