"""What everyone who carries SMS can do, whoever they are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from services.notifications.domain.receipts import State
from services.notifications.domain.segments import SmsText
from services.notifications.domain.states import Answer


@dataclass(frozen=True, slots=True)
class Sms:
    """One SMS: ``to`` is an international number (E.164), ``reference`` our own name for it, unique."""

    to: str
    sender: str
    content: SmsText
    reference: str


@dataclass(frozen=True, slots=True)
class Reply:
    """How a hand-over ended.

    ``id`` is the provider's name for the SMS, ``cost`` what it asks in cents of a euro, None where it does
    not say. ``at_fault``: it is the provider that fails, and not this one SMS.
    """

    answer: Answer
    id: str | None = None
    cost: Decimal | None = None
    at_fault: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a provider says later: of the SMS with its ``id``, or with our ``reference``.

    ``state`` is None when it says only that there is something to ask about.
    """

    state: State | None
    id: str | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Callback:
    """A request that came in the name of a provider: nothing of it is believed until it is checked."""

    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes


class ForgedCallback(Exception):
    """A callback does not prove that it is from whom it says."""


class UnreadableCallback(ValueError):
    """A callback is not what its provider is known to send."""


class Provider(Protocol):
    """Carries SMS."""

    @property
    def name(self) -> str:
        """As in settings, rows and the address of its callbacks."""

    def send(self, sms: Sms, hand_over: Callable[[], bool]) -> Reply | None:
        """Hand ``sms`` over; None when ``hand_over``, called at the last moment, forbade it."""

    def find(self, reference: str, since: datetime) -> Reply | State:
        """What became of the SMS handed over with ``reference`` at about ``since``.

        A :class:`Reply` says that it has it, by which id and at what cost; else ``ABSENT`` or ``UNCLEAR``.
        """

    def look_up(self, id: str) -> State:
        """In which state the SMS with the provider's own ``id`` is."""

    def receipts(self, callback: Callback) -> list[Receipt]:
        """What a callback of the provider says.

        Raises:
            ForgedCallback, UnreadableCallback.
        """


def cents(amount: Any, price: Decimal) -> Decimal | None:
    """``amount`` of a provider's own units at ``price`` cents each; None for what is no such number."""
    if isinstance(amount, bool) or not isinstance(amount, int | float):
        return None
    cost = Decimal(str(amount)) * price
    return cost.quantize(Decimal("0.01")) if 0 <= cost < 100_000 else None
