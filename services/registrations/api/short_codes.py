"""The short code of a letter: what its holder would see by the manage link, and that link."""

from typing import Any

from flask import current_app, request

from services.registrations.api import registration_answers
from services.registrations.api.caller import STAFF, scope
from services.registrations.db import transaction
from services.registrations.operations.seats import find
from services.registrations.schemas.registrations import CodeAnswer
from shared.events.links import manage_url
from shared.web.rates import PublicRate
from shared.web.routes import Routes, caller

routes = Routes("short codes", __name__, url_prefix="/v1/registrations/by-code")


@routes.route("/<short_code>")
@routes.access(*STAFF, public=True, limited=True)
@routes.refuses(404)
@routes.response(200, CodeAnswer)
def shown(short_code: str) -> dict[str, Any]:
    """The registration of a letter's code, however it was typed. Whatever is not one is answered alike.

    One address may try a few times a minute. The public is given the manage link, which also cancels and accepts.
    """
    if caller() is None:
        _spend_a_try()
    with transaction() as session:
        found = find.find_by_code(session, short_code, scope=scope() if caller() else None)
        registration_answers.record(session, "read", found)
        answer = registration_answers.shown(session, found)
        if caller() is None:
            under = found.made_under or found.participant
            public_url = current_app.extensions["arceaux.settings"].public_url
            answer["manage_url"] = manage_url(public_url, found.id, under.access_key)
    return answer


def _spend_a_try() -> None:
    rate: PublicRate = current_app.extensions["arceaux.code_rate"]
    rate.spend(request.remote_addr or "unknown")
