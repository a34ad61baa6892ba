"""What a request for sessions asks for, in the words of the use case."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.registrations.operations.offer.listing import SessionFilter


def filter_of(
    query: dict[str, Any], *, ends_after: datetime | None, statuses: Sequence[str]
) -> SessionFilter:
    """The filter that a loaded ``SessionFilterQuery`` describes."""
    return SessionFilter(
        ends_after=ends_after,
        begins_before=query["to"],
        programme=query["programme"],
        organisation=query["organisation"],
        theme=query["theme"],
        place=query["place"],
        words=query["q"],
        open=query["open"],
        statuses=statuses,
    )
