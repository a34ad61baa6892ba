"""Letters to print, post, and take back when they are returned."""

from typing import Any
from uuid import UUID

from flask import Response

from services.notifications.api.caller import DESK, actor, scope
from services.notifications.db import database, transaction
from services.notifications.delivery import in_own_words, kinds_told, parcel_of
from services.notifications.letters.print import Letter, print_letters
from services.notifications.operations import audit, letters
from services.notifications.operations.letters import ToWrite
from services.notifications.operations.templates import words_for
from services.notifications.schemas import (
    LettersQuery,
    NotedLetters,
    PrintedRequest,
    ReturnedRequest,
)
from services.notifications.settings import author
from shared.web.problems import request_language
from shared.web.routes import Routes

routes = Routes("letters", __name__, url_prefix="/v1")

_PDF = "application/pdf"
_BINARY = {"type": "string", "format": "binary"}


@routes.route("/notifications/<uuid:notification_id>/letter.pdf")
@routes.access(*DESK)
@routes.refuses(404)
@routes.response(200, _BINARY, content_type=_PDF)
def one(notification_id: UUID) -> Response:
    """One message as a letter (PDF/UA-1), to post or to hand over, whatever its channel.

    Of a discreet programme that one does not advise, while it waits to be told here.
    """
    with transaction() as session:
        written = letters.write_one(session, notification_id, scope())
        audit.record(session, actor(), "print", [notification_id])
    return _pdf([written], "letter.pdf")


@routes.route("/letters.pdf")
@routes.access(*DESK)
@routes.refuses(404)
@routes.arguments(LettersQuery, location="query")
@routes.response(
    200,
    _BINARY,
    content_type=_PDF,
    headers={
        "Letters-Batch": {
            "schema": {"type": "string", "format": "uuid"},
            "description": "What to say to `/v1/letters/printed`.",
        }
    },
)
def to_print(query: dict[str, Any]) -> Response:  # noqa: ARG001 - it has one value, which says what is asked for
    """The letters that wait to be printed, in one PDF, up to 200; those to one person are one letter."""
    with transaction() as session:
        batch, written = letters.write_batch(session)
        audit.record(
            session,
            actor(),
            "print",
            [told.notification.id for letter in written for told in letter.claim.tellings],
        )
    response = _pdf(written, "letters.pdf")
    response.headers["Letters-Batch"] = str(batch)
    return response


@routes.route("/letters/printed", methods=["POST"])
@routes.access(*DESK)
@routes.refuses(404)
@routes.arguments(PrintedRequest)
@routes.response(200, NotedLetters)
def printed(body: dict[str, Any]) -> dict[str, Any]:
    """They are printed and posted: a whole batch, or single ones. Said again, nothing changes."""
    with transaction() as session:
        noted = letters.note_printed(session, batch=body["batch"], ids=body["ids"])
        audit.record(session, actor(), "post", noted)
    return {"items": noted}


@routes.route("/letters/returned", methods=["POST"])
@routes.access(*DESK)
@routes.refuses(404)
@routes.arguments(ReturnedRequest)
@routes.response(200, NotedLetters)
def returned(body: dict[str, Any]) -> dict[str, Any]:
    """They came back: the address is not used again, and the people are called, or told at their next visit."""
    with transaction() as session:
        noted = letters.note_returned(session, body["ids"])
        audit.record(session, actor(), "take-back", noted)
    return {"items": noted}


def _pdf(written: list[ToWrite], name: str) -> Response:
    by = author()
    place = by.sender.display_name
    with transaction() as session:
        own_words = words_for(session, {key for one in written for key in kinds_told(one.claim)})
    document = print_letters(
        [
            Letter(
                in_own_words(
                    database,
                    parcel_of(one.claim, by.public_url, phone=by.phone),
                    one.claim,
                    own_words,
                    place,
                ),
                one.contact.family_name if one.contact else "",
                one.contact.postal_address if one.contact else None,
            )
            for one in written
        ],
        place,
        request_language(otherwise="fr"),
    )
    response = Response(document, content_type=_PDF)
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    response.cache_control.private = response.cache_control.no_store = True
    return response
