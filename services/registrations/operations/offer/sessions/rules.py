"""What a session may not be, whoever makes or changes it."""

from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

from services.registrations.domain import RegistrationMode
from services.registrations.models import Session
from shared.errors import invalid


def set_minimum(session: Session) -> None:
    """Unless one is given, the programme's, where people register and there are as many seats."""
    usual = session.activity.programme.minimum
    if session.minimum is None and usual is not None and usual <= session.capacity:
        session.minimum = None if session.registration == RegistrationMode.NONE else usual


def set_day_of_decision(session: Session) -> None:
    """Unless one is given, so many days before the start as the programme says; none without a minimum."""
    days = session.activity.programme.decision_days
    if session.minimum is None:
        session.decide_by = None
    elif session.decide_by is None and days is not None:
        # So many days at the place, where a day may have 23 or 25 hours.
        begins = session.starts_at.astimezone(ZoneInfo(session.place.timezone))
        session.decide_by = (begins - timedelta(days=days)).astimezone(UTC)


def refuse_impossible(session: Session) -> None:
    """Raises Invalid, naming the field: a day of decision, a minimum or a window that cannot be."""
    if session.decide_by is not None and session.decide_by > session.starts_at:
        raise invalid(
            "decide_by",
            "It must not be after the session begins.",
            "La date ne peut pas suivre le début de la session.",
        )
    if session.minimum is not None and session.registration == RegistrationMode.NONE:
        raise invalid(
            "minimum",
            "Nobody registers for this session: it has no minimum.",
            "Cette session est sans inscription : elle n'a pas de minimum.",
        )
    if session.minimum is not None and session.minimum > session.capacity:
        raise invalid(
            "minimum",
            "It must not exceed the capacity.",
            "Le minimum ne peut pas dépasser la capacité.",
        )
    # A new session opens, unless told otherwise, when it is made.
    if session.opens_at is not None and session.opens_at >= session.closes_at:
        raise invalid(
            "closes_at",
            "It must come after registration opens.",
            "La clôture doit suivre l'ouverture des inscriptions.",
        )
