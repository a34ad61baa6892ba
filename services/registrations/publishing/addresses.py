"""Where a session can be read of, and what identifies it there."""

from uuid import UUID

from services.registrations.models import Place


def urn(identifier: UUID) -> str:
    """A name that stays when addresses change (RFC 9562)."""
    return f"urn:uuid:{identifier}"


def in_one_line(place: Place) -> str:
    """The place with its address, as an envelope has it: name, street, postcode and town."""
    town = " ".join(filter(None, (place.postcode, place.city)))
    return ", ".join(filter(None, (place.name, place.address, town)))
