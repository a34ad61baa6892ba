"""The call list: whom to call, in what words, and what came of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notifications.api.caller import DESK, actor
from services.notifications.db import database, transaction
from services.notifications.delivery import in_own_words, kinds_told, parcel_of
from services.notifications.domain.calls import CallOutcome
from services.notifications.domain.written import Written
from services.notifications.models import Notification
from services.notifications.operations import audit, calls
from services.notifications.operations.calls import Call
from services.notifications.operations.templates import words_for
from services.notifications.rendering.spoken import spoken
from services.notifications.schemas import (
    CallRequest,
    CallSchema,
    NotedCallSchema,
)
from services.notifications.settings import author
from shared.web.pagination import PageQuery, cut, page_of, position
from shared.web.problems import request_language
from shared.web.routes import Routes

routes = Routes("calls", __name__, url_prefix="/v1/calls")


@routes.route("")
@routes.access(*DESK)
@routes.arguments(PageQuery, location="query")
@routes.response(200, page_of(CallSchema))
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """People to call because nothing else reaches them, the most urgent first, each with all there is to tell.

    Of discreet sessions the words say that there is an appointment, and no more. Who looks is put on record.
    """
    after = position(query["cursor"], datetime.fromisoformat, UUID, str)
    with transaction() as session:
        rows = calls.list_calls(
            session,
            after=(after[0], after[1], after[2]) if after else None,
            limit=query["limit"] + 1,
        )
        page, following = cut(rows, query["limit"], lambda call: call.place)
        shown = [told.notification.id for call in page for told in call.claim.tellings]
        audit.record(session, actor(), "call-list", shown)
        own_words = words_for(session, {key for call in page for key in kinds_told(call.claim)})
    return {"items": [_item(call, own_words) for call in page], "next": following}


@routes.route("/<uuid:notification_id>", methods=["POST"])
@routes.access(*DESK)
@routes.refuses(404, 409)
@routes.arguments(CallRequest)
@routes.response(200, NotedCallSchema)
def note(body: dict[str, Any], notification_id: UUID) -> Mapping[str, Sequence[Notification]]:
    """Someone called: what came of it. Said again, nothing changes.

    Whoever does not answer three times, or has another number, is told by the next channel they have, or at
    their next visit.
    """
    with transaction() as session:
        noted = calls.note_call(
            session,
            notification_id,
            besides=body["besides"],
            tries=body["tries"],
            outcome=CallOutcome(body["outcome"]),
        )
        audit.record(session, actor(), "call", [one.id for one in noted])
        return {"items": noted}


def _item(call: Call, own_words: Mapping[tuple[str, str], Written]) -> dict[str, Any]:
    by = author()
    place = by.sender.display_name
    parcel = parcel_of(call.claim, by.public_url, phone=by.phone)
    abouts = in_own_words(database, parcel, call.claim, own_words, place).abouts
    first = call.claim.tellings[0].notification
    return {
        "id": first.id,
        "besides": [told.notification.id for told in call.claim.tellings[1:]],
        "participant_id": call.contact.participant_id,
        "given_name": call.contact.given_name,
        "family_name": call.contact.family_name,
        "phone": call.contact.phone,
        "language": first.language,
        "words": spoken(abouts, place=place, language=first.language),
        "meaning": spoken(abouts, place=place, language=request_language(otherwise="fr")),
        "by": call.by,
        "tries": call.tries,
        "last_tried_at": call.last_tried_at,
    }
