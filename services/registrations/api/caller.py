"""What the caller of a request may see and do here."""

from shared.errors import Forbidden
from shared.web.routes import caller

DESK = ("adviser", "manager")


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
