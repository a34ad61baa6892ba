"""The carriers of one thread, one per channel."""

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

from services.notifications.domain.channels import Channel
from services.notifications.mail.carrier import MailCarrier
from services.notifications.parcels import Carrier
from services.notifications.settings import MailSettings, sms_settings
from services.notifications.sms.carrier import SmsCarrier
from shared.db import Database


class Carriers:
    """Carriers by channel, each made when first needed and all closed together. Not thread-safe."""

    def __init__(self, settings: MailSettings, database: Database) -> None:
        self.settings = settings
        self._makers: Mapping[Channel, Callable[[], Carrier]] = {
            Channel.EMAIL: lambda: MailCarrier(settings),
            Channel.SMS: lambda: SmsCarrier(database, sms_settings(), settings.sender.display_name),
        }
        self._made: dict[Channel, Carrier] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for carrier in self._made.values():
            carrier.close()

    def __getitem__(self, channel: Channel) -> Carrier:
        """The carrier of ``channel``.

        Raises:
            KeyError: nothing is carried by it; its messages are lists for staff.
        """
        if channel not in self._made:
            self._made[channel] = self._makers[channel]()
        return self._made[channel]

    @property
    def away(self) -> bool:
        """Whether someone could not be reached last time."""
        return any(carrier.away for carrier in self._made.values())
