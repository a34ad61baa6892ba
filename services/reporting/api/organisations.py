"""Whose figures a member of staff may see."""

from shared.errors import Forbidden
from shared.web.routes import staff


def own_organisation(asked: str | None) -> str | None:
    """The organisation to count: the one asked for, and for a facilitator no other than their own.

    Raises:
        Forbidden: it is another's, or the facilitator's token names none.
    """
    member = staff()
    if member.role != "facilitator":
        return asked
    if member.organisation is None or asked not in (None, member.organisation):
        raise Forbidden
    return member.organisation
