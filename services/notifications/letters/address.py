"""Addresses as they stand on letters (NF Z 10-011, and the country for whoever lives abroad)."""

from collections.abc import Mapping
from typing import Any

from babel import Locale

from services.notifications.rendering.text import one_line

_HOME = "FR"


def on_an_envelope(name: str, address: Mapping[str, Any]) -> list[str]:
    """The lines of the address block: the name, the lines below it, postcode and town in capitals, the country."""
    lines = [name, *address["lines"], f"{address['postcode']} {address['city'].upper()}"]
    if address["country"] != _HOME:
        # The country in the language of the country that the letter leaves.
        known = Locale("fr").territories
        lines.append(known.get(address["country"], address["country"]).upper())
    return [one_line(line) for line in lines]
