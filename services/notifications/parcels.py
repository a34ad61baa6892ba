"""What is carried to people, and what every carrier can do, whatever the channel."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from services.notifications.domain.states import Answer
from services.notifications.rendering.about import About


@dataclass(frozen=True, slots=True)
class Addressee:
    """To whom a message goes, and what of theirs its carriers and words need."""

    given_name: str
    email: str | None
    phone: str | None
    access_key: str = ""
    participant_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Parcel:
    """All that one person is told at once. ``id`` stays the same at every attempt, if nothing joins it.

    ``number`` counts the attempts of its first message.
    """

    id: UUID
    addressee: Addressee
    language: str
    abouts: tuple[About, ...]
    number: int = 1


class Carrier(Protocol):
    """Hands parcels over on one channel."""

    @property
    def away(self) -> bool:
        """Whether whoever carries could not be reached last time."""

    def carry(self, parcel: Parcel, hand_over: Callable[[], bool]) -> Answer | None:
        """Hand ``parcel`` over; None when ``hand_over``, called at the last moment, forbade it."""

    def close(self) -> None: ...
