"""What whoever holds somebody's link or letter is not told: which discreet programme it is about."""

from dataclasses import replace

from services.registrations.models import Activity
from services.registrations.operations.seats.answers import SessionSummary
from shared.errors import Text
from shared.web.problems import request_language
from shared.web.routes import caller

_NEUTRAL = Text("Your appointment", "Votre rendez-vous")


def title_for_anyone(activity: Activity) -> str:
    """The title of ``activity`` for those who may be strangers, in the language of the request."""
    return _neutral() if activity.programme.discreet else activity.title


def summary_for_caller(session: SessionSummary) -> SessionSummary:
    """What an answer says of ``session``: to the public, of a discreet one, when and where it is, and no more."""
    if caller() is not None or not session.discreet:
        return session
    return replace(session, title=_neutral(), programme=None, organisation=None)


def _neutral() -> str:
    return _NEUTRAL.in_language(request_language())
